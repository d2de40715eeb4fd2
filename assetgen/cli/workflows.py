"""The files that `init --ci` writes; the same ones that `examples/ci/` shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "github": {
        ".github/workflows/assets.yml": "pull-request.yml",
        ".github/workflows/assets-main.yml": "main.yml",
    },
    "gitlab": {".gitlab-ci.yml": "gitlab-ci.yml"},
}
"""For each service, where a file goes and which one it is."""


def workflow_text(name: str) -> str:
    """Return one of the files."""
    return (_folder() / name).read_text("utf-8")


def repository_root(folder: Path) -> Path | None:
    """Return the root of the git repository that `folder` lies in; None without one."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


def _folder() -> Path:
    """Return where the files lie: in the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packed = package / "workflows"
    return packed if packed.is_dir() else package.parent / "examples" / "ci"
