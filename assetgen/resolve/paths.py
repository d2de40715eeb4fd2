"""What a path of the spec may look like; words only, no file is touched.

Every path of a spec is relative to the project root, has forward slashes and stays
below the root by its words. That no symlink leads out is checked later, where files
are opened. Outputs have to meet more: they are pictures (or a sheet's data), and never
something that a project, a tool or a service reads as its own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from assetgen.errors import ExitCode, Problem
from assetgen.resolve.findings import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Format
    from assetgen.spans import Place

MAX_SEGMENT_BYTES: Final = 255
MAX_PATH_LENGTH: Final = 1024

FORMATS: Final[Mapping[str, Format]] = {
    "png": "png",
    "jpg": "jpg",
    "jpeg": "jpg",
    "webp": "webp",
    "avif": "avif",
    "gif": "gif",
    "ico": "ico",
    "icns": "icns",
    "svg": "svg",
}
"""Picture formats by suffix."""

_RESERVED: Final = (
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]"
    r"|lpt[0-9\u00b9\u00b2\u00b3])"
)
_RESERVED_SEGMENT = re.compile(rf"{_RESERVED} *(?:\..*)?", re.IGNORECASE | re.DOTALL)
_OPEN = r"\$\{[a-z]{1,8}\}"
_PLAIN_SEGMENT = (
    rf"(?!{_RESERVED}(?:[./]|$))(?:[a-z0-9_@+]|{_OPEN})"
    rf"(?:[a-z0-9_.@+-]|{_OPEN})*(?<!\.)"
)
_PLAIN = re.compile(rf"{_PLAIN_SEGMENT}(?:/{_PLAIN_SEGMENT})*", re.IGNORECASE)
"""Paths that are beyond doubt; all others are examined rule by rule."""

_PLAIN_LENGTH: Final = 200
_DRIVE = re.compile(r"[A-Za-z]:")
_SHORT_NAME = re.compile(r"~[0-9]")
_FORBIDDEN_SIGNS: Final = frozenset('\\:*?"<>|')
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))

_GUARDED_SUFFIXES: Final = frozenset(
    [
        "bash",
        "bat",
        "c",
        "cc",
        "cfg",
        "cjs",
        "cmake",
        "cmd",
        "cnf",
        "com",
        "conf",
        "cpp",
        "cs",
        "css",
        "csv",
        "cxx",
        "db",
        "dll",
        "dylib",
        "ejs",
        "env",
        "exe",
        "fish",
        "gd",
        "go",
        "gradle",
        "groovy",
        "h",
        "hcl",
        "hpp",
        "htm",
        "html",
        "import",
        "in",
        "ini",
        "ipynb",
        "jar",
        "java",
        "js",
        "json",
        "json5",
        "jsonc",
        "jsonl",
        "jsx",
        "key",
        "kt",
        "less",
        "lock",
        "lua",
        "m",
        "make",
        "md",
        "meta",
        "mjs",
        "mk",
        "mm",
        "mod",
        "msi",
        "ndjson",
        "nix",
        "pem",
        "php",
        "pl",
        "plist",
        "properties",
        "ps1",
        "py",
        "pyc",
        "pyi",
        "pyw",
        "rake",
        "rb",
        "rs",
        "rst",
        "sass",
        "scala",
        "scss",
        "service",
        "sh",
        "so",
        "sql",
        "sqlite",
        "sum",
        "svelte",
        "swift",
        "tcl",
        "tf",
        "toml",
        "tres",
        "ts",
        "tscn",
        "tsx",
        "txt",
        "unity",
        "vbs",
        "vue",
        "wasm",
        "xml",
        "yaml",
        "yml",
        "zsh",
    ]
)
"""Suffixes of code, configuration and data that are nobody's picture."""

_GUARDED_NAMES: Final = frozenset(
    [
        "brewfile",
        "caddyfile",
        "codeowners",
        "copying",
        "dockerfile",
        "gemfile",
        "gnumakefile",
        "jenkinsfile",
        "justfile",
        "license",
        "makefile",
        "notice",
        "pipfile",
        "procfile",
        "rakefile",
        "readme",
        "tiltfile",
        "vagrantfile",
    ]
)
"""Files without a suffix that tools and people read as their own."""

_GUARDED_DATA: Final = frozenset(
    [
        "app.json",
        "biome.json",
        "bower.json",
        "composer.json",
        "deno.json",
        "jsconfig.json",
        "lerna.json",
        "manifest.json",
        "nx.json",
        "package-lock.json",
        "package.json",
        "project.json",
        "renovate.json",
        "tsconfig.json",
        "turbo.json",
        "vercel.json",
    ]
)
"""JSON files that tools read as their own."""


def is_plain(text: str) -> bool:
    """Tell whether a path is beyond doubt; with a picture's suffix an output may be so.

    No part of such a path is hidden, reserved, unusual or longer than allowed. Names
    that are still to be filled in (``${width}``) may stand in it.
    """
    return len(text) <= _PLAIN_LENGTH and _PLAIN.fullmatch(text) is not None


def normal_path(
    text: object, place: Place, *, glob: bool = False, folder: bool = False
) -> str | Problem:
    """Return the path without empty and ``.`` parts, or the problem with it.

    Args:
        text: The path as the spec says it, templates filled in.
        place: Of the path.
        glob: Whether ``*``, ``?`` and ``[`` may be in it.
        folder: Whether it names a folder, which may then end in ``/`` and be ``.``.
    """
    if not isinstance(text, str):
        return Problem("wrong-type", "expected a path", place)
    if is_plain(text):
        return text
    reason = _fault(text, glob=glob)
    if reason is None and text.endswith("/") and not folder:
        reason = "ends in `/` and so names a folder"
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if reason is None and not parts and not folder:
        reason = "names no file"
    if reason is not None:
        return Problem("bad-path", f"the path {quoted(text)} {reason}", place)
    return "/".join(parts) or "."


def _fault(text: str, *, glob: bool) -> str | None:
    """Return what is wrong with a path as the end of a sentence; None if nothing."""
    for rule in (_place_fault, _length_fault):
        reason = rule(text)
        if reason is not None:
            return reason
    allowed = "*?" if glob else ""
    for sign in text:
        if unicodedata.category(sign) in _INVISIBLE:
            return "holds characters that cannot be seen"
        if sign in _FORBIDDEN_SIGNS and sign not in allowed:
            return f"holds `{sign}`, which not every system allows"
    faults = (_part_fault(part) for part in text.split("/"))
    return next((fault for fault in faults if fault is not None), None)


def _place_fault(text: str) -> str | None:
    if not text.strip():
        return "is empty"
    if "://" in text:
        return "is a URL; only files of the project can be named"
    if text.startswith(("/", "\\")) or _DRIVE.match(text):
        return "is absolute; paths are relative to the project root"
    if text.startswith("~"):
        return "begins with `~`; paths are relative to the project root"
    if "\\" in text:
        return "has a backslash; folders are separated by `/` everywhere"
    return None


def _length_fault(text: str) -> str | None:
    if len(text) > MAX_PATH_LENGTH:
        return f"has {len(text):,} characters; {MAX_PATH_LENGTH:,} are allowed"
    return None


def _part_fault(part: str) -> str | None:
    if part in ("", "."):
        return None
    if part == "..":
        return "holds `..`; paths stay inside the project and are written directly"
    if part[-1] in ". " or part[0] == " ":
        return f"has the part {quoted(part)}, which begins or ends with a space or dot"
    if len(part.encode("utf-8", "surrogatepass")) > MAX_SEGMENT_BYTES:
        return f"has a part that is longer than {MAX_SEGMENT_BYTES} bytes"
    if _RESERVED_SEGMENT.fullmatch(part):
        return f"has the part {quoted(part)}, which Windows keeps for devices"
    return None


def split_suffix(path: str) -> tuple[str, str]:
    """Return a path without its suffix, and the suffix in lower case without dot."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or "/" in suffix or not stem or stem.endswith("/"):
        return path, ""
    return stem, suffix.lower()


def guarded(path: str, place: Place, *, data: bool = False) -> Problem | None:
    """Return why an output must not be written at `path`; None if it may.

    Args:
        path: As `normal_path` returns it.
        place: Of the path.
        data: Whether it is a data file (``.json`` or ``.tres``) and not a picture.
    """
    *folders, name = path.split("/")
    _, suffix = split_suffix(path)
    lowered = name.lower()
    reason = None
    hidden = next((part for part in (*folders, name) if part.startswith(".")), None)
    if hidden is not None and path != ".":
        reason = f"{quoted(hidden)} is hidden, and belongs to a tool"
    elif any(_SHORT_NAME.search(part) for part in (*folders, name)):
        reason = "`~` with a digit may stand for another name on Windows"
    elif path.startswith("-"):
        reason = "programs read a leading `-` as an option"
    elif data and suffix in {"json", "tres"}:
        reason = (
            f"{quoted(name)} belongs to a tool" if lowered in _GUARDED_DATA else None
        )
    elif suffix in _GUARDED_SUFFIXES or lowered in _GUARDED_NAMES:
        reason = "that is a place for code, settings or text"
    if reason is None:
        return None
    return Problem(
        "protected-output",
        f"{quoted(path)} cannot be an output: {reason}",
        place,
        exit_code=ExitCode.REFUSED,
    )


def guarded_folder(path: str, place: Place) -> Problem | None:
    """Return why a target must not write into the folder `path`; None if it may."""
    hidden = next((part for part in path.split("/") if part.startswith(".")), None)
    if path == "." or (
        hidden is None and not path.startswith("-") and not _SHORT_NAME.search(path)
    ):
        return None
    return Problem(
        "protected-output",
        f"the folder {quoted(path)} cannot be a target: it belongs to a tool",
        place,
        exit_code=ExitCode.REFUSED,
    )
