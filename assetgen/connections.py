"""Which server this run asks, and with which key: flags, environment, user's settings.

The first of these that says something decides: ``--server NAME``, ``ASSETGEN_SERVER``,
``OPENAI_BASE_URL``, ``server`` in `config.toml`; else it is OpenAI. A spec or a `.env`
file of the project has no say. All of the environment that a request depends on is read
here, so what the openai library reads by itself must not reach it from elsewhere:

* ``OPENAI_API_KEY``: the key for OpenAI and for ``OPENAI_BASE_URL``; a named server has
  the variable that its ``key_env`` names. A server without one gets no
  ``Authorization`` header.
* ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``: sent to OpenAI's own hosts only, as
  `Connection.organization` and `Connection.project`; where these are empty, the headers
  are left out.
* ``OPENAI_CUSTOM_HEADERS``, ``OPENAI_ADMIN_KEY``: never sent. Headers may hold secrets
  of another server, and `show --curl` would not show what is sent.
* ``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``, ``SSL_CERT_DIR``:
  honoured by the HTTP library, as by every other program of the user's.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assetgen.config import OPENAI_SERVER, Server, url_problem
from assetgen.errors import UsageError
from assetgen.files import shown
from assetgen.naming import did_you_mean
from assetgen.providers.connection import Connection, Secret
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.config import Config

SERVER_VARIABLE: Final = "ASSETGEN_SERVER"
URL_VARIABLE: Final = "OPENAI_BASE_URL"
IGNORED_VARIABLES: Final = ("OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY")
"""What the openai library would read, and what is never sent from here."""


def connection(
    config: Config, server: str | None, environ: Mapping[str, str]
) -> Connection:
    """Return the server that this run asks.

    Args:
        server: What ``--server`` names; None without the flag.
        environ: The environment of the process.

    Raises:
        UsageError: There is no server of that name, or ``OPENAI_BASE_URL`` is no
            address.
    """
    name = server if server is not None else environ.get(SERVER_VARIABLE, "")
    if server is not None or name:
        origin = "--server" if server is not None else SERVER_VARIABLE
        return _named(config, name, origin, environ)
    url = environ.get(URL_VARIABLE, "").strip()
    if url:
        problem = url_problem(url.rstrip("/"))
        if problem is not None:
            raise UsageError(
                f"{URL_VARIABLE}: {problem}", hint='as in "https://example.com/v1"'
            )
        return _to(URL_VARIABLE, Server(base_url=url.rstrip("/")), environ)
    return _named(config, config.server or OPENAI_SERVER, "server", environ)


def lifts_models(connection: Connection, model: str | None) -> bool:
    """Return whether the server may have a model that the table says is not there.

    Another host than OpenAI's own may have models that ended, and ones that nobody else
    knows; and a server's ``models`` is the user's word that it has them.
    """
    return not connection.is_openai or model in connection.models


def warnings_of(connection: Connection) -> tuple[str, ...]:
    """Return what the user should know before prompts and key go there."""
    parts = urlsplit(connection.base_url)
    if parts.scheme == "https" or _is_loopback(parts.hostname or ""):
        return ()
    host = connection.host
    return (f"prompts and key go to {host} unencrypted: its address is http://",)


def _named(
    config: Config, name: str, origin: str, environ: Mapping[str, str]
) -> Connection:
    found = config.servers.get(name)
    if found is None and name == OPENAI_SERVER:
        found = Server()
    if found is None:
        known = (*config.servers, OPENAI_SERVER)
        where = f" in {shown(config.path)}" if config.path is not None else ""
        raise UsageError(
            f"{origin}: there is no server {name!r}{where}",
            hint=did_you_mean(name, known)
            or f"there are {', '.join(dict.fromkeys(known))}",
        )
    return _to(name, found, environ)


def _to(name: str, server: Server, environ: Mapping[str, str]) -> Connection:
    text = environ.get(server.key_env, "").strip() if server.key_env else ""
    made = Connection(
        server=name,
        base_url=server.base_url,
        key=Secret(text) if text else None,
        key_env=server.key_env,
        models=server.models,
        variations=server.variations,
        images_per_minute=server.images_per_minute,
        jobs=server.jobs,
    )
    if not made.is_openai:
        return made
    return replace(
        made,
        organization=environ.get("OPENAI_ORG_ID", "").strip(),
        project=environ.get("OPENAI_PROJECT_ID", "").strip(),
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
