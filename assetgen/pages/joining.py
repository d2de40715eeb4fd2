"""The pages as files that open from disk: modules joined into one script; no I/O but reading.

Browsers do not load modules from ``file://``. The modules are written so that a few lines
can join them: imports are single lines at the top and name what they take, exports stand
before a function, class or constant. Each module becomes a function of its own, so that
names that two of them share do not meet.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent
"""Where the pages lie in the package."""

_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

_RULES: Final = (
    "default-src 'none'",
    # `'self'` is enough for files beside the page in Chromium; others count every file
    # as an origin of its own, and take the scheme.
    "script-src 'self' file:",
    "style-src 'self' file:",
    "img-src 'self' file: data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    # The one policy that names the parts of a large report, see `source.js`.
    "trusted-types assetgen-data",
)
STATIC_POLICY: Final = "; ".join(_RULES)
"""The policy of a page from disk: no inline script, no inline style, no connection.

`data:` is for the tile that a person chooses as a background. `frame-ancestors` and
`sandbox` have no effect in a meta element, so they are not there.
Source: Content Security Policy Level 3, section 3.3; tried in Chromium from ``file://``.
"""

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE
)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class Module(Value):
    """A module of the pages, taken apart.

    Attributes:
        name: Its file without the suffix.
        imports: Per module that it takes from: the names, as they are written.
        exports: What it hands out.
        body: The rest, without imports and without the word ``export``.
    """

    name: str
    imports: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    body: str


def page_files(folder: Path = FOLDER) -> Mapping[str, str]:
    """Return the files that a server may hand out, with their media types."""
    return {
        path.name: _TYPES[path.suffix]
        for path in sorted(folder.iterdir())
        if path.suffix in _TYPES
    }


def joined_script(folder: Path = FOLDER, start: str = "app") -> str:
    """Return a classic script that does what the module `start` and its imports do.

    Raises:
        ValueError: A module imports or exports in a form that cannot be joined, or
            modules import each other in a ring.
    """
    order: dict[str, Module] = {}
    _walk(folder, start, (), order)
    parts = [_wrapped(module) for module in order.values()]
    return "\n".join(('"use strict";', "(() => {", *parts, "})();", ""))


def static_index(data: Mapping[str, object], title: str) -> str:
    """Return the page of a static report; `app.js` and `app.css` lie beside it.

    Args:
        data: ``{"wall", "assets", "pictures", "thumbs"}``, as the pages read them, and
            with ``"parts"`` how many files hold further assets (see `static_part`).
        title: What the browser's tab says until the script runs.
    """
    block = _inert(data)
    policy = html.escape(STATIC_POLICY, quote=True)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="app.css">
</head>
<body>
<noscript>This report is shown by the script beside it.</noscript>
<script type="application/json" id="assetgen-data">{block}</script>
<script src="app.js"></script>
</body>
</html>
"""


def static_part(number: int, data: Mapping[str, object]) -> str:
    """Return the file ``data/<number>.js`` of a static report: a call with one text.

    Args:
        number: From 0.
        data: ``{"assets", "pictures", "thumbs"}`` of the assets whose id, its first
            eight digits taken as a number, leaves `number` when divided by the parts.
    """
    # Text and no literal, because a literal gives keys like `__proto__` a meaning.
    return f"assetgenPart({number}, {_inert(_inert(data))});\n"


def _inert(data: object) -> str:
    """Return JSON in ASCII that no reader of HTML takes for markup."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":  # so that no text of a spec can end the block
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _walk(
    folder: Path, name: str, above: tuple[str, ...], order: dict[str, Module]
) -> None:
    """Put a module after everything that it imports; a dozen levels at most."""
    if name in above:
        raise ValueError(f"modules in a ring: {' -> '.join((*above, name))}")
    if name in order:
        return
    module = _read(folder, name)
    for other, _ in module.imports:
        _walk(folder, other, (*above, name), order)
    order[name] = module


def _read(folder: Path, name: str) -> Module:
    """Take a module apart.

    Raises:
        ValueError: It has an import or export of another form.
    """
    text = (folder / f"{name}.js").read_text("utf-8")
    imports = tuple((match[2], match[1].strip()) for match in _IMPORT.finditer(text))
    exports = tuple(match[1] for match in _EXPORT.finditer(text))
    body = _EXPORT.sub("", _IMPORT.sub("", text)).strip("\n")
    if other := _OTHER.search(body):
        raise ValueError(f"{name}.js cannot be joined because of: {other[0]}")
    return Module(name, imports, exports, body)


def _wrapped(module: Module) -> str:
    """Return a module as a function that is called once and returns its exports."""
    taken = [f"const {{ {names} }} = from_{name};" for name, names in module.imports]
    given = f"return {{ {', '.join(module.exports)} }};"
    head = f"const from_{module.name} = (() => {{"
    return "\n".join((head, *taken, module.body, given, "})();"))
