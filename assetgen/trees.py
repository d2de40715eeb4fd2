"""A project's folder that is not a folder of the disk: what a spec is read through.

A spec's files are read through `files.read_contained` and looked for by `including`. Both
take the project's root; where that is a `Tree`, they ask it, and nothing of the disk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class TreeEntry(NamedTuple):
    """One name in a folder; asked as `os.DirEntry` is.

    Attributes:
        folder: Whether it is a folder itself (and no link to one).
    """

    name: str
    folder: bool

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002  # links are files here
        """Return whether it is a folder."""
        return self.folder


class Tree(ABC):
    """Files by path, forward slashes, relative to the project root."""

    @abstractmethod
    def read(self, relative: str, limit_bytes: int) -> bytes | None:
        """Return a file's bytes, or None if nothing is there.

        Raises:
            PolicyRefused: A link leads out of the root; it is no file; it is too large.
            DiskRefused: It is there and cannot be read.
        """

    @abstractmethod
    def listing(self, folder: str) -> Iterable[TreeEntry]:
        """Return what is in a folder (empty for the root); nothing if it is none."""
