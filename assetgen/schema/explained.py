"""Keys that people write and no spec has, each with what to do instead; a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECTION: Final = (
    "a spec says what to draw; connection settings come from flags, the environment "
    "or the user configuration"
)
_NO_CODE: Final = "a spec says what to draw; it cannot load or run code"
_NO_ADDRESS: Final = "a spec names files of the project only; put the picture into it"
MAIN_FILE_KEYS: Final = frozenset(
    (
        "budget",
        "cache",
        "defaults",
        "include",
        "profiles",
        "project",
        "provider",
        "targets",
    )
)
EXPLAINED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        [
            "base_url",
            "api_base",
            "api_key",
            "apikey",
            "key",
            "token",
            "secret",
            "organization",
            "endpoint",
            "host",
            "proxy",
            "headers",
            "credentials",
            "timeout",
            "retries",
        ],
        _CONNECTION,
    ),
    **dict.fromkeys(
        [
            "plugin",
            "plugins",
            "command",
            "cmd",
            "run",
            "exec",
            "script",
            "shell",
            "hooks",
            "import",
            "env",
        ],
        _NO_CODE,
    ),
    **dict.fromkeys(["url", "urls", "href", "image_url"], _NO_ADDRESS),
    "seed": "the service has no seed; the lock file keeps pictures as they are",
    "response_format": "pictures always come as bytes; remove the line",
    "style": "the parameter is gone; say it in the prompt",
    "steps": "did you mean `process`?",
    "images": "did you mean `inputs`?",
    "src": "did you mean `file`?",
    "variants": "did you mean `variations_of` or `matrix`?",
}
