"""Pictures on the way to a draw, where whoever watches a build can look at them.

They lie in `.assetgen/partials/KEY/NUMBER.SUFFIX` while their draw is under way, are
never taken for draws, and are gone when it ends. Their bytes come from outside and are
looked at by nobody here: only the first ones decide whether, and under which suffix,
they are written at all. One that cannot be written is left out: a picture to look at
must not cost a draw.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from assetgen.errors import DiskRefused
from assetgen.files import make_folder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.digest import Key
    from assetgen.providers.base import Partial

FOLDER: Final = ".assetgen/partials"
MAX_BYTES: Final = 64 * 2**20
"""Larger ones are not written."""

_KEY_DIGITS: Final = 16
_MAX_NUMBER: Final = 1_000


class Partials:
    """The partial pictures of one project; may be used from any thread."""

    def __init__(self, root: Path) -> None:
        """Keep them in the project at `root`."""
        self._root = root

    def show(self, key: Key, partial: Partial) -> str | None:
        """Write a picture and return its path from the project's root.

        None where it is nothing to look at, or the disk refuses it.
        """
        suffix = _suffix(partial.data)
        if suffix is None or not 0 < partial.number <= _MAX_NUMBER:
            return None
        path = f"{_folder(key)}/{partial.number}.{suffix}"
        try:
            make_folder(self._root / FOLDER, 0o700)
            write_atomically(
                self._root / path,
                partial.data,
                durable=False,
                mode=0o600,
                folder_mode=0o700,
                what="partial",
            )
        except DiskRefused:
            return None
        return path

    def clear(self, key: Key) -> None:
        """Remove the pictures of one request, if there are any."""
        with suppress(OSError):
            shutil.rmtree(self._root / _folder(key))

    def clear_all(self) -> None:
        """Remove what an earlier build left behind when it was killed."""
        with suppress(OSError):
            shutil.rmtree(self._root / FOLDER)


def _folder(key: Key) -> str:
    return f"{FOLDER}/{key[:_KEY_DIGITS]}"


def _suffix(data: bytes) -> str | None:
    """Return the suffix that the first bytes ask for; None if it is no such picture."""
    if len(data) > MAX_BYTES:
        return None
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return None
