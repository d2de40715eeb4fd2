"""Where requests go and with which key: settings of the user, never of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit

from assetgen.errors import CredentialsMissing
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_HOST: Final = "api.openai.com"
_LONG_ENOUGH: Final = 20


class Secret:
    """A key that no message, log or traceback shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide `text`."""
        self._text = text

    def reveal(self) -> str:
        """Return the key itself; for the header of a request and nothing else."""
        return self._text

    def ending(self) -> str:
        """Return its last four characters; nothing of a key that is short."""
        return self._text[-4:] if len(self._text) >= _LONG_ENOUGH else ""

    def __repr__(self) -> str:
        """Return that there is one."""
        return f"Secret(...{self.ending()})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Return whether both hide the same."""
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        """Return a hash of what is hidden."""
        return hash(("Secret", self._text))

    def __reduce__(self) -> NoReturn:
        """Refuse to be turned into bytes, which would be a file with the key.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a Secret cannot be serialised")


class Connection(Value, kw_only=True):
    """A server that speaks the image API, as the user set it up.

    Attributes:
        server: What the user calls it: ``openai``, a name of the configuration, or the
            environment variable that gives its URL.
        base_url: With the version in its path, without a slash at the end.
        key: None where the variable is not set; the server may need none.
        key_env: Name of the variable that holds the key; empty where none is needed.
        models: What the server calls a model (a deployment, say), by the spec's name.
            A model that is named here is there, whatever the table says.
        variations: Whether it still has the endpoint for variations.
        images_per_minute: What the user says that the account may ask for.
        jobs: Requests in flight; None for the default.
        organization: Sent as ``OpenAI-Organization``; empty where it is not sent.
        project: Sent as ``OpenAI-Project``; empty where it is not sent.
    """

    server: str = "openai"
    base_url: str = OPENAI_URL
    key: Secret | None = None
    key_env: str = "OPENAI_API_KEY"
    models: Mapping[str, str] = field(default_factory=dict)
    variations: bool = False
    images_per_minute: float | None = None
    jobs: int | None = None
    organization: str = ""
    project: str = ""

    @property
    def host(self) -> str:
        """The host that requests go to, with its port where one is given."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def is_openai(self) -> bool:
        """Whether requests go to OpenAI itself; its models' ends then hold."""
        name = (urlsplit(self.base_url).hostname or "").rstrip(".")
        return name == OPENAI_HOST or name.endswith(f".{OPENAI_HOST}")

    def require_key(self) -> None:
        """Make sure that requests can be sent; a server without `key_env` needs no key.

        Raises:
            CredentialsMissing: The variable is not set, or holds what cannot be a key.
        """
        if not self.key_env:
            return
        if self.key is None:
            raise CredentialsMissing(
                f"there is no key for {self.host}: the variable {self.key_env} is not set",
                hint=f"set {self.key_env}, or build with --provider placeholder, "
                "which needs no key",
            )
        if not _can_be_sent(self.key.reveal()):
            raise CredentialsMissing(
                f"the variable {self.key_env} holds more than a key: blanks, line ends "
                "or letters outside ASCII",
                hint=f"set {self.key_env} to the key alone, or build with "
                "--provider placeholder, which needs no key",
            )


def _can_be_sent(key: str) -> bool:
    """Return whether a header can hold `key`; libraries would show one that cannot."""
    return key.isascii() and key.isprintable() and " " not in key
