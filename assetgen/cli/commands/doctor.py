"""`assetgen doctor`: looks for what would keep a build from working, and says it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from assetgen.config import Config, config_path, read_config
from assetgen.connections import IGNORED_VARIABLES, connection, warnings_of
from assetgen.errors import (
    AssetgenError,
    CredentialsMissing,
    DiskRefused,
    ExitCode,
    UsageError,
)
from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from assetgen.cli.console import Console
    from assetgen.providers.connection import Connection

_LIBRARIES = (
    "pyyaml",
    "jsonschema",
    "jsonschema-rs",
    "pillow",
    "diskcache",
    "filelock",
    "platformdirs",
)
_OPTIONAL = ("rich", "openai", "watchfiles")
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
    findings = list(_look(path, console.environ, args.server))
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


def _look(
    spec: Path, environ: Mapping[str, str], server: str | None
) -> Iterator[Finding]:
    root = spec.parent
    config, about_config = _config(environ)
    yield _python()
    yield from _libraries()
    yield from _codecs()
    yield _spec(spec)
    yield _folder("project folder", root)
    own = config.store or root / ".assetgen" / "store"
    yield _folder("store", Path(environ.get("ASSETGEN_STORE") or own))
    yield _file_system(root, _mounts())
    yield _git()
    yield about_config
    if about_config.status == "error":  # the rest would speak of other settings
        yield Finding("server", "warning", "not looked at: the settings are wrong")
        return
    yield _models(config)
    yield from _server(config, server, environ)


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


# --- who is asked -----------------------------------------------------------------


def _config(environ: Mapping[str, str]) -> tuple[Config, Finding]:
    """Return the user's settings, empty ones where they are broken."""
    try:
        config = read_config(environ)
    except AssetgenError as error:
        return Config(), Finding("config", "error", error.message, error.hint or "")
    except ImportError as error:
        return Config(), Finding("config", "error", f"cannot be found: {error}")
    if config.path is None:
        none = f"none; {config_path(environ)[0]} would be read"
        return config, Finding("config", "ok", none)
    return config, Finding("config", "ok", str(config.path))


def _models(config: Config) -> Finding:
    try:
        table = config.model_table()
    except UsageError as error:
        return Finding("models", "error", error.message, error.hint or "")
    detail = f"table of {table.as_of}, {table.default} by default"
    own = len({*config.models, *config.prices})
    if own:
        detail += f", {own} row{'s' if own > 1 else ''} changed by you"
    return Finding("models", "ok", detail, "`assetgen models --spec` tells their ends")


def _server(
    config: Config, server: str | None, environ: Mapping[str, str]
) -> Iterator[Finding]:
    """Tell where requests go and with which key; nobody is asked."""
    try:
        asked = connection(config, server, environ)
    except UsageError as error:
        yield Finding("server", "error", error.message, error.hint or "")
        return
    detail = f"{asked.server}: {asked.host} ({asked.base_url})"
    unsafe = warnings_of(asked)
    if unsafe:
        yield Finding("server", "warning", detail, unsafe[0])
    else:
        yield Finding("server", "ok", detail)
    yield _key(asked)
    for name in IGNORED_VARIABLES:
        if environ.get(name):
            yield Finding("environment", "warning", f"{name} is set, and not sent")


def _key(asked: Connection) -> Finding:
    """Tell whether a key is there; never more of it than its last four characters."""
    if not asked.key_env:
        return Finding("key", "ok", "none is sent: the server needs none")
    if asked.key is None:
        hint = f"placeholders need none; real pictures need {asked.key_env}"
        return Finding("key", "ok", f"{asked.key_env} is not set", hint)
    try:
        asked.require_key()
    except CredentialsMissing as error:
        return Finding("key", "warning", error.message, error.hint or "")
    ending = asked.key.ending()
    end = f", ends in {ending}" if ending else ""
    return Finding("key", "ok", f"{asked.key_env} is set{end}")
