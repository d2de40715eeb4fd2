"""`assetgen doctor`: looks for what would keep a build from working, and says it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from assetgen.errors import DiskRefused, ExitCode
from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from assetgen.cli.console import Console

_LIBRARIES = (
    "pyyaml",
    "jsonschema",
    "jsonschema-rs",
    "pillow",
    "diskcache",
    "filelock",
)
_OPTIONAL = ("rich", "openai", "watchfiles", "platformdirs")
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre"),
        *("afs", "beegfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse"),
    }
)
_LITTLE_SPACE_BYTES = 200 * 1024 * 1024
_COLORS = {"ok": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m"}


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        status: ``error`` where a build cannot work like this.
        hint: What to do about it; empty if nothing.
    """

    name: str
    status: Literal["ok", "warning", "error"]
    detail: str
    hint: str = ""


def run(args: Namespace, console: Console) -> int:
    """Look and print; 1 if something would keep a build from working."""
    path = Path(os.path.abspath(args.file))  # noqa: PTH100  # links stay as they are
    findings = list(_look(path, console.environ))
    if args.format == "json":
        rows = [finding._asdict() for finding in findings]
        console.data(json.dumps({"doctor": 1, "findings": rows}, indent=2))
    else:
        shown = [
            each for each in findings if not console.quiet or each.status == "error"
        ]
        lines = [_line(finding, color=console.color_out) for finding in shown]
        if lines:
            console.data("\n".join(lines))
    failed = any(finding.status == "error" for finding in findings)
    return ExitCode.SOME_FAILED if failed else ExitCode.DONE


def _line(finding: Finding, *, color: bool) -> str:
    status = f"{finding.status:<8}"
    if color:
        status = f"{_COLORS[finding.status]}{status}\x1b[0m"
    line = f"{status} {finding.name:<14} {escape_terminal(finding.detail)}"
    return f"{line}\n{'':<24}{escape_terminal(finding.hint)}" if finding.hint else line


def _look(spec: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    root = spec.parent
    yield _python()
    yield from _libraries()
    yield from _codecs()
    yield _spec(spec)
    yield _folder("project folder", root)
    store = Path(environ.get("ASSETGEN_STORE") or root / ".assetgen" / "store")
    yield _folder("store", store)
    yield _file_system(root, _mounts())
    yield _git()
    yield _key(environ)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < (3, 11):  # noqa: UP036  # the doctor is for broken set-ups
        return Finding(
            "python", "error", version, "assetgen needs Python 3.11 or newer"
        )
    return Finding("python", "ok", version)


def _libraries() -> Iterator[Finding]:
    from importlib import metadata

    for name in (*_LIBRARIES, *_OPTIONAL):
        try:
            yield Finding(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            needed = name in _LIBRARIES
            yield Finding(
                name,
                "error" if needed else "warning",
                "not installed",
                f"`pip install {name}` adds it",
            )


def _codecs() -> Iterator[Finding]:
    from assetgen.transforms.codecs import codecs

    try:
        found = codecs()
    except ImportError as error:
        yield Finding("codecs", "error", f"Pillow cannot be loaded: {error}")
        return
    purposes = {"webp": "webp files", "avif": "avif files", "freetype": "text layers"}
    missing = [purposes[name] for name, there in found.items() if not there]
    if missing:
        yield Finding(
            "codecs",
            "warning",
            f"this Pillow cannot write {', '.join(missing)}",
            "the wheel from the package index can: `pip install --upgrade pillow`",
        )
    else:
        yield Finding("codecs", "ok", ", ".join(found))


def _spec(spec: Path) -> Finding:
    if not spec.is_file():
        hint = "`assetgen init` writes a first one"
        return Finding("spec", "warning", f"there is no {spec.name} here", hint)
    return Finding("spec", "ok", str(spec))


def _folder(name: str, folder: Path) -> Finding:
    """Look whether files can be written there, and how much room is left."""
    import shutil

    from assetgen.files import require_writable

    try:
        require_writable(folder)
        place = folder
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
    except DiskRefused as error:
        return Finding(name, "error", error.message, error.hint or "")
    except OSError as error:
        return Finding(name, "error", f"{folder}: {error.strerror or error}")
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _LITTLE_SPACE_BYTES:
        return Finding(name, "warning", detail, "a build may run out of space")
    return Finding(name, "ok", detail)


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text("utf-8", "replace")
    except OSError:
        return ""


def file_system_of(folder: str, mounts: str) -> str:
    """Return the type of the file system that holds `folder`; empty if unknown.

    Args:
        folder: An absolute path without links.
        mounts: Text of ``/proc/mounts``.
    """
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = folder == point or folder.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def _file_system(root: Path, mounts: str) -> Finding:
    kind = file_system_of(os.path.realpath(root), mounts)
    if kind in _NETWORK:
        return Finding(
            "file system",
            "warning",
            f"the project lies on a network file system ({kind})",
            "two machines must not build it at once; a local checkout is faster",
        )
    return Finding("file system", "ok", kind or "unknown")


def _git() -> Finding:
    import shutil

    found = shutil.which("git")
    if found is None:
        hint = "assetgen builds without it; the spec and the lock belong into it"
        return Finding("git", "warning", "not found", hint)
    return Finding("git", "ok", found)


def _key(environ: Mapping[str, str]) -> Finding:
    """Tell whether a key is there; never more of it than its last four characters."""
    key = environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        hint = "placeholders need none; real pictures need OPENAI_API_KEY"
        return Finding("key", "ok", "OPENAI_API_KEY is not set", hint)
    end = f", ends in {key[-4:]}" if len(key) >= 20 else ""
    return Finding("key", "ok", f"OPENAI_API_KEY is set{end}")
