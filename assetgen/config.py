"""The user's own settings: `config.toml` as values; nothing of it comes from a project.

The file is the one that ``ASSETGEN_CONFIG`` names, else `config.toml` in the platform's
folder for settings (``~/.config/assetgen`` on Linux). Every key must be known, so that a
slip is told and not ignored. A key of a service never stands in it: the file names the
variable that holds it. `schemas/config.schema.json` describes the same for editors.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from assetgen.errors import UsageError
from assetgen.files import read_if_there, shown
from assetgen.naming import did_you_mean
from assetgen.providers.connection import OPENAI_URL, Connection
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from assetgen.providers.models import ModelTable

VARIABLE: Final = "ASSETGEN_CONFIG"
OPENAI_SERVER: Final = "openai"
"""The server that is there without being configured; a table of that name sets limits."""

TOP_KEYS: Final = (
    "server",
    "store",
    "providers",
    "budget",
    "servers",
    "models",
    "prices",
)
BUDGET_KEYS: Final = ("build_usd", "watch_usd")
SERVER_KEYS: Final = (
    "base_url",
    "key_env",
    "images_per_minute",
    "jobs",
    "models",
    "variations",
)
_SECRETS: Final = frozenset(
    {"api_key", "apikey", "key", "secret", "token", "password", "authorization"}
)
_SERVER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ENV_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
_MAX_BYTES: Final = 1_000_000
_MAX_JOBS: Final = 10_000
_MAX_AMOUNT: Final = 1e9


class BudgetCaps(Value, kw_only=True):
    """What builds may cost, in US dollars; None where the file does not say."""

    build_usd: float | None = None
    watch_usd: float | None = None


class Server(Value, kw_only=True):
    """A named server; the fields mean what they mean in `Connection`."""

    base_url: str = OPENAI_URL
    key_env: str = "OPENAI_API_KEY"
    images_per_minute: float | None = None
    jobs: int | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    variations: bool = False


class Config(Value, kw_only=True):
    """What the user set up for all projects.

    Attributes:
        path: The file that was read; None where there is none.
        server: Name of the server to ask unless flags or variables name one; may be
            empty.
        store: Folder with `cas/` and `ac/` for all projects.
        providers: Plug-ins that may be loaded.
        models: Rows of the model table that are added or changed, as written.
        prices: Prices that are changed, as written.
    """

    path: Path | None = None
    server: str = ""
    store: Path | None = None
    providers: tuple[str, ...] = ()
    budget: BudgetCaps = field(default_factory=BudgetCaps)
    servers: Mapping[str, Server] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def model_table(self) -> ModelTable:
        """Return the built-in model table with the user's rows and prices.

        Raises:
            UsageError: A row or price makes no sense; the message names file and key.
        """
        from assetgen.providers.models import built_in_table

        table = built_in_table()
        if not self.models and not self.prices:
            return table
        try:
            return table.with_overrides({"models": self.models, "prices": self.prices})
        except UsageError as error:
            where = shown(self.path) if self.path is not None else "config.toml"
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from None


def config_path(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return where the file is looked for, and whether the user named it."""
    named = environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute(), True
    import platformdirs

    folder = platformdirs.user_config_path("assetgen", appauthor=False)
    return folder / "config.toml", False


def read_config(environ: Mapping[str, str]) -> Config:
    """Return the user's settings; empty ones where there is no file.

    Raises:
        UsageError: The file that ``ASSETGEN_CONFIG`` names is missing, or a file says
            something that has no meaning.
        DiskRefused: It cannot be read.
    """
    path, named = config_path(environ)
    data = read_if_there(path)
    if data is None:
        if named:
            raise UsageError(
                f"there is no file {shown(path)}, which {VARIABLE} names",
                hint=f"write it, or unset {VARIABLE}",
            )
        return Config()
    return parse_config(data, path)


def parse_config(data: bytes, path: Path) -> Config:
    """Return what a file says.

    Args:
        data: The whole file.
        path: Where it lies, for messages and for relative folders in it.

    Raises:
        UsageError: It is no TOML, or says something that has no meaning.
    """
    top = _Table(path, (), _toml(data, path))
    top.only(TOP_KEYS)
    servers = {
        name: _server(name, table) for name, table in top.tables("servers").items()
    }
    server = top.text("server")
    if server and server not in servers and server != OPENAI_SERVER:
        top.refuse(
            "server",
            f"there is no table [servers.{_key(server)}]",
            did_you_mean(server, (*servers, OPENAI_SERVER)),
        )
    return Config(
        path=path,
        server=server,
        store=_folder(path, top.text("store")),
        providers=top.texts("providers"),
        budget=_budget(top.table("budget")),
        servers=servers,
        models={name: each.rows for name, each in top.tables("models").items()},
        prices={name: each.rows for name, each in top.tables("prices").items()},
    )


def _toml(data: bytes, path: Path) -> dict[str, Any]:
    import tomllib

    if len(data) > _MAX_BYTES:
        raise UsageError(f"{shown(path)} is larger than {_MAX_BYTES:,} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{shown(path)} is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        # ValueError: a number of 5,000 digits. Python's words may hold a value, and a
        # key that somebody pasted is one: only the place is told.
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        at = f":{place[1]}:{place[2]}" if place else ""
        raise UsageError(
            f"{shown(path)}{at}: not valid TOML",
            hint="texts stand in quotes, lists in square brackets, each key once",
        ) from None


def _folder(path: Path, text: str) -> Path | None:
    """Return a folder that the file names: relative ones lie beside the file."""
    return path.parent / Path(text).expanduser() if text else None


def _budget(table: _Table) -> BudgetCaps:
    table.only(BUDGET_KEYS)
    return BudgetCaps(
        build_usd=table.amount("build_usd"), watch_usd=table.amount("watch_usd")
    )


# --- servers ----------------------------------------------------------------------


def _server(name: str, table: _Table) -> Server:
    if _SERVER_NAME.fullmatch(name) is None:
        table.refuse(
            "", "a server's name is made of letters, digits, dots, dashes and _"
        )
    table.only(SERVER_KEYS)
    base_url = table.text("base_url").rstrip("/")
    if not base_url and name != OPENAI_SERVER:
        table.refuse("base_url", "is missing", 'as in "https://example.com/v1"')
    if base_url:
        problem = url_problem(base_url)
        if problem is not None:
            table.refuse("base_url", problem)
    return Server(
        base_url=base_url or OPENAI_URL,
        key_env=_key_env(table, base_url or OPENAI_URL),
        images_per_minute=table.amount("images_per_minute", least_excluded=True),
        jobs=table.count("jobs", _MAX_JOBS),
        models=_deployments(table),
        variations=table.flag("variations"),
    )


def _key_env(table: _Table, base_url: str) -> str:
    """Return the name of the variable with the key.

    It must be said for every server but OpenAI's own: nobody's key for OpenAI is sent
    to another host because a line is missing.
    """
    if "key_env" not in table.rows:
        if Connection(base_url=base_url).is_openai:
            return "OPENAI_API_KEY"
        table.refuse(
            "key_env",
            "is missing: the name of the variable that holds the key",
            'write key_env = "" if the server needs none',
        )
    text = table.text("key_env")
    if text and _ENV_NAME.fullmatch(text) is None:
        # What stands there may be the key itself, so it is not shown.
        table.refuse(
            "key_env",
            "expected the name of a variable, in capitals, and not the key itself",
            'for example key_env = "AZURE_API_KEY", and set that variable to the key',
        )
    return text


def _deployments(table: _Table) -> Mapping[str, str]:
    """Return what the server calls each model; a list keeps the spec's names."""
    value = table.rows.get("models", [])
    if isinstance(value, list):
        return {name: name for name in table.texts("models")}
    if not isinstance(value, dict) or not all(
        isinstance(each, str) and each and name for name, each in value.items()
    ):
        table.refuse("models", "expected a list of names, or a table from name to name")
    return dict(value)


def url_problem(url: str) -> str | None:
    """Return why `url` cannot be the address of a server; None if it can.

    The message never repeats the address, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "expected an address such as https://example.com/v1"
    if (
        any(char.isspace() or not char.isprintable() for char in url)
        or not url.isascii()
    ):
        return "an address is written in plain ASCII, without blanks"
    if parts.scheme not in {"http", "https"} or not host:
        return "expected an address that begins with https:// or http://"
    if "@" in parts.netloc:
        return "an address must not hold a name or a password"
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "an address ends with its path: no ? and no #"
    return None


# --- reading ----------------------------------------------------------------------


class _Table:
    """A table of the file that knows its place."""

    def __init__(self, path: Path, keys: tuple[str, ...], rows: dict[str, Any]) -> None:
        self._path = path
        self._keys = keys
        self.rows = rows

    def refuse(self, key: str, message: str, hint: str | None = None) -> NoReturn:
        """Refuse what stands at `key`, or the table itself.

        Raises:
            UsageError: Always.
        """
        keys = (*self._keys, key) if key else self._keys
        where = ".".join(_key(each) for each in keys)
        raise UsageError(f"{shown(self._path)}: {where}: {message}", hint=hint)

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that have no meaning."""
        for key in self.rows:
            if key in known:
                continue
            if key.lower().replace("-", "_") in _SECRETS:
                self.refuse(
                    key,
                    "keys and passwords do not belong into this file",
                    'name the variable that holds the key: key_env = "MY_SERVER_KEY"',
                )
            self.refuse(
                key,
                "unknown key",
                did_you_mean(key, known) or f"known keys are {', '.join(known)}",
            )

    def text(self, key: str) -> str:
        value = self.rows.get(key, "")
        if not isinstance(value, str):
            self.refuse(key, "expected text in quotes")
        return value.strip()

    def flag(self, key: str) -> bool:
        value = self.rows.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "expected true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.rows.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(each, str) and each for each in value
        ):
            self.refuse(key, "expected a list of names in quotes")
        return tuple(dict.fromkeys(value))

    def amount(self, key: str, *, least_excluded: bool = False) -> float | None:
        """Return a number from 0 (itself excluded on demand); None if there is none."""
        value = self.rows.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, "expected a number")
        if not 0 <= value <= _MAX_AMOUNT or (least_excluded and not value):
            least = "above 0" if least_excluded else "of 0 or more"
            self.refuse(key, f"expected a number {least}")
        return float(value)

    def count(self, key: str, most: int) -> int | None:
        value = self.rows.get(key)
        if value is None:
            return None
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 1 <= value <= most:
            self.refuse(key, f"expected a whole number from 1 to {most}")
        return int(value)

    def table(self, key: str) -> _Table:
        value = self.rows.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, f"expected a table: [{key}]")
        return _Table(self._path, (*self._keys, key), value)

    def tables(self, key: str) -> dict[str, _Table]:
        """Return the tables of a table, by name."""
        outer = self.table(key)
        for name, value in outer.rows.items():
            if not isinstance(value, dict):
                outer.refuse(name, f"expected a table: [{key}.{_key(name)}]")
        return {name: outer.table(name) for name in outer.rows}


def _key(text: str) -> str:
    """Return a key as TOML writes it, short enough for a message."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return text[:64]
    return '"' + text[:64].replace("\\", "\\\\").replace('"', '\\"') + '"'
