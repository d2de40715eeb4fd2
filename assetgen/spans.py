"""Where a value stands in a spec file, so that every message can point at it.

Two stages: the core speaks of a `Place` (a file and a path of keys, cheap to carry
around); `document` turns it into a `Span` (line and column) when a message needs one.
"""

from __future__ import annotations

from assetgen.values import Value


class Place(Value):
    """A value of a spec file, by its path of keys.

    Attributes:
        file: The file, relative to the project root, with forward slashes.
        pointer: Keys and list positions from the top, for example
            ``("assets", "hero", "outputs", 0, "path")``; empty for the whole file.
        on_key: Whether the key itself is meant, and not its value.
    """

    file: str
    pointer: tuple[str | int, ...] = ()
    on_key: bool = False

    def at(self, *keys: str | int) -> Place:
        """Return the place of a value inside this one."""
        return Place(self.file, (*self.pointer, *keys))

    def key(self, *keys: str | int) -> Place:
        """Return the place of a key inside this one."""
        return Place(self.file, (*self.pointer, *keys), on_key=True)


class Span(Value):
    """A stretch of one line of a spec file.

    Attributes:
        path: The file, relative to the project root, with forward slashes.
        line: Line number, counted from 1 as editors do.
        column: Column in code points, counted from 1.
        width: Length of the stretch in code points; at least 1.
    """

    path: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        """Return ``path:line:column``, the form terminals make clickable."""
        return f"{self.path}:{self.line}:{self.column}"
