"""The shortest way through a build: is everything as the last build left it?

Reads one file and asks `stat` for the spec, its inputs and the outputs; nothing else.
This module must stay free of imports beyond `os`, `array` and `zlib`: its start-up is
what people wait for most often. The form of the file is written down in `state`.
"""

from __future__ import annotations

import os
from array import array
from zlib import crc32

MAGIC = b"assetgen state 1"


def up_to_date(root: str, options: str, version: str) -> str | None:
    """Return the last build's closing line if a build would change nothing.

    Args:
        root: The project root.
        options: Every flag and variable that matters, in one line, as the last build
            wrote it.
        version: The program's version.

    Returns:
        None when anything differs, or when that cannot be told: the caller then takes
        the long way, which finds out what.
    """
    try:
        with open(root + "/.assetgen/state", "rb", buffering=0) as file:  # noqa: PTH123
            data = file.readall()
    except OSError:
        return None
    try:
        return _judge(root + "/", data, options, version)
    except (ValueError, IndexError):
        return None


def _judge(base: str, data: bytes, options: str, version: str) -> str | None:
    end = data.index(b"\n")
    words = data[:end].split()
    if b" ".join(words[:3]) != MAGIC:
        return None
    head_size, path_size, count, rest_size, checksum = (int(word) for word in words[3:])
    at = end + 1
    if len(data) != at + head_size + path_size + 24 * count + rest_size:
        return None
    if crc32(memoryview(data)[at:]) != checksum:
        return None  # damaged; the long way says so and writes it anew
    head = data[at : at + head_size].decode("utf-8", "surrogateescape").split("\n")
    if head[0] != version or head[1] != options:
        return None
    if not all(_is_as_it_was(base, line) for line in head[4:]):
        return None
    at += head_size
    paths = data[at : at + path_size].decode("utf-8", "surrogateescape").split("\n")
    at += path_size
    figures = array("q", data[at : at + 24 * count])
    if count and not _outputs_are_as_they_were(base, paths, figures):
        return None
    return head[2]


def _is_as_it_was(base: str, line: str) -> bool:
    kind, size, mtime_ns, ctime_ns, _, path = line.split("\t", 5)
    try:
        found = os.stat(path if path[:1] == "/" else base + path)  # noqa: PTH116
    except OSError:
        return size == "-2"
    if kind == "folder":
        return found.st_mtime_ns == int(mtime_ns)
    return (
        found.st_size == int(size)
        and found.st_mtime_ns == int(mtime_ns)
        and found.st_ctime_ns == int(ctime_ns)
    )


def _outputs_are_as_they_were(base: str, paths: list[str], figures: array[int]) -> bool:
    """Return whether every output has the figures that were written down.

    A plain loop over `os.stat` beats `os.scandir` here: folders hold other files, too.
    """
    stat = os.stat
    at = 0
    try:
        for path in paths:
            found = stat(base + path)
            if (
                found.st_mtime_ns != figures[at + 1]
                or found.st_size != figures[at]
                or found.st_ctime_ns != figures[at + 2]
            ):
                return False
            at += 3
    except OSError:
        return False
    return True
