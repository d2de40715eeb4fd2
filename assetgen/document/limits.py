"""How large and how deep a spec file may be, and what a fault in one looks like."""

from __future__ import annotations

from typing import Final

from assetgen.values import Value


class Limits(Value):
    """Bounds that keep a hostile file from costing time or memory.

    Attributes:
        file_bytes: Size of the file, checked before it is decoded.
        depth: Levels of maps and lists inside each other, aliases followed.
        nodes: Values and keys that are written in the file.
        expansion: Values that aliases and merge keys may add, where 64 characters of
            a text weigh as much as one value.
        text_chars: Length of one text.
        number_chars: Digits of one number, sign and exponent included.
        faults: Faults that are collected before the reading stops.
    """

    file_bytes: int = 32 * 1024 * 1024
    depth: int = 64
    nodes: int = 4_000_000
    expansion: int = 250_000
    text_chars: int = 1_000_000
    number_chars: int = 40
    faults: int = 100


DEFAULT: Final = Limits()


class Fault(Value):
    """Something wrong in a file, at character positions instead of lines.

    Attributes:
        start: First character, counted from 0.
        end: The character after the last one; may be `start`.
        related: Further stretches (start, end, label).
    """

    code: str
    message: str
    start: int = 0
    end: int = 0
    hint: str | None = None
    related: tuple[tuple[int, int, str], ...] = ()


class Broken(Exception):
    """Reading cannot go on; carries the last fault. Never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault."""
        super().__init__(fault.message)
        self.fault = fault
