"""Spec files as people leave them: any indentation, any style, comments everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = (
    "cat", "a grey cat", "1024x1024", "12", "0.50", "true", "no", "a#b", "x:y",
    "${style}", "-5", "~", "https://example.com/#top",
)  # fmt: skip
QUOTED = (
    "'it''s # here'", '"a: b"', '"tab\\t and \\" quote"', "''", '"#fff"', '"*x"',
    "'- a'",
)  # fmt: skip
FOLDED = (
    ("a long text", "that goes on", "- and on"),
    ("one", "", "two"),
    ("'single", "", "  quoted # no comment'"),
    ('"double', "  goes \\", "  on \\ ", '  and on"'),
)
BLOCKS = (
    ("|", ("line", "  deeper # no comment", "", "end")),
    (">-", ("folded", "text")),
    (">", ("folded", "", "- text:")),
    ("|+", ("kept", "", "")),
    ("|-", ("# looks like a comment", "key: value")),
    ("|", ("blanks   ", "   ", "inside")),
)
KEYS = (
    "version", "vars", "assets", "targets", "defaults", "prompt", "outputs", "alt",
    "size", "tags", "process", "inputs", "n", "notes",
)  # fmt: skip


class _Scribbler:
    """Writes one file; `pick` decides everything."""

    def __init__(self, draw: Callable) -> None:
        self._draw = draw
        self._count = 0
        self.comments: list[str] = []
        self.anchors: list[str] = []

    def pick(self, choices):
        return self._draw(st.sampled_from(choices))

    def chance(self, of: int) -> bool:
        return self._draw(st.integers(1, of)) == of

    def name(self) -> str:
        self._count += 1
        return f"k{self._count}"

    def comment(self) -> str:
        self._count += 1
        text = self.pick(("note", "size: 12", "- a.png", "'quote", "ü ${x} [ {"))
        self.comments.append(f"# {self._count} {text}")
        return self.comments[-1]

    def aside(self) -> str:
        """Return a comment for the end of a line, or nothing."""
        return self.pick((" ", "   ")) + self.comment() if self.chance(4) else ""

    def above(self, column: int) -> list[str]:
        """Return what may stand above an entry."""
        lines = []
        while self.chance(3):
            if self.chance(2):
                lines.append(self.pick(("", "   ")))
            else:
                at = self.pick((column, column, column, 0, column + 2))
                lines.append(" " * at + self.comment())
        return lines

    def keys(self) -> list[str]:
        some = self._draw(
            st.lists(st.sampled_from(KEYS), max_size=4, unique=True).filter(len)
        )
        return [*some, self.name()] if self.chance(3) else some

    # --- values -------------------------------------------------------------

    def value(self, column: int, depth: int) -> tuple[str, list[str]]:
        """Return what follows a key or a dash on its line, and the lines below.

        Args:
            column: Of the key or the dash.
            depth: How much deeper it may go.
        """
        kinds = ["plain", "plain", "quoted", "folded", "block", "flow", "null", "alias"]
        if depth:
            kinds += ["map", "map", "list", "list", "spread"]
        kind = self.pick(kinds)
        anchor = ""
        if kind not in ("alias", "null") and self.chance(8):
            anchor = self.name()
        head, lines = getattr(self, f"_{kind}")(column, depth)
        if anchor:
            self.anchors.append(anchor)
            head = f" &{anchor}{head}"
        return head, lines

    def _plain(self, _column, _depth):
        return f" {self.pick(PLAIN)}{self.aside()}", []

    def _quoted(self, _column, _depth):
        return f"  {self.pick(QUOTED)}{self.aside()}", []

    def _null(self, _column, _depth):
        return self.aside(), []

    def _alias(self, _column, _depth):
        if not self.anchors:
            return " none", []
        return f" *{self.pick(self.anchors)}{self.aside()}", []

    def _folded(self, column, _depth):
        first, *rest = self.pick(FOLDED)
        pad = " " * (column + self.pick((1, 2, 5)))
        return f" {first}", [pad + line if line else "" for line in rest[:-1]] + [
            pad + rest[-1] + self.aside()
        ]

    def _block(self, column, _depth):
        style, lines = self.pick(BLOCKS)
        pad = self.pick((3, 4))  # deeper than any comment that may follow
        if self.chance(3):
            style = f"{style[0]}{pad}{style[1:]}"
        indent = " " * (column + pad)
        return f" {style}{self.aside()}", [
            indent + line if line else "" for line in lines
        ]

    def _flow(self, _column, _depth):
        return f" {self._braces(2)}{self.aside()}", []

    def _braces(self, depth: int) -> str:
        count = self.pick((0, 1, 3, 8))
        parts = [
            self._braces(depth - 1)
            if depth and self.chance(6)
            else self.pick(("cat", '"a, b"', "12", "'x: y'", "-1"))
            for _ in range(count)
        ]
        gap = self.pick((",", ", ", " ,  "))
        if self.chance(2):
            return f"[{gap.join(parts)}]"
        gap = self.pick((", ", " ,  "))
        return f"{{{gap.join(f'{self.name()}: {part}' for part in parts)}}}"

    def _spread(self, column, _depth):
        """Return braces over several lines, with comments between."""
        pad = " " * (column + 2)
        lines = []
        for _ in range(self.pick((1, 3))):
            lines += self.above(column + 2)
            lines.append(f"{pad}{self.name()}: {self._braces(1)},{self.aside()}")
        return " {" + self.aside(), [*lines, f"{pad}}}{self.aside()}"]

    def _map(self, column, depth):
        inner = column + self.pick((1, 2, 4))
        head = self.aside()
        return head, self.map(inner, depth - 1)

    def _list(self, column, depth):
        inner = column + self.pick((1, 2, 4))
        head = self.aside()
        return head, self.list(inner, depth - 1)

    def map(self, column: int, depth: int) -> list[str]:
        """Return the lines of a map."""
        lines: list[str] = []
        for key in self.keys():
            lines += self.above(column)
            head, below = self.value(column, depth)
            lines += [" " * column + self.pick((key, key, f'"{key}"')) + ":" + head]
            lines += below
        return lines + self.above(column)

    def list(self, column: int, depth: int) -> list[str]:
        """Return the lines of a list."""
        lines: list[str] = []
        for _ in range(self.pick((1, 2, 3))):
            lines += self.above(column)
            if depth and self.chance(3):
                first, *rest = self._compact(column, depth)
                lines += [" " * column + "-" + first, *rest]
                continue
            head, below = self.value(column, depth)
            lines += [" " * column + "-" + head, *below]
        return lines + self.above(column)

    def _compact(self, column: int, depth: int) -> list[str]:
        """Return a map or a list that starts on the line of its dash."""
        gap = self.pick((1, 3))
        inner = column + 1 + gap
        make = self.pick((self.map, self.list))
        lines = make(inner, depth - 1)
        while not lines[0].strip() or lines[0].lstrip().startswith("#"):
            if lines[0].strip():
                self.comments.remove(lines[0].strip())
            del lines[0]
        return [" " * gap + lines[0].lstrip(" "), *lines[1:]]


@st.composite
def scribbles(draw) -> tuple[str, list[str]]:
    """Draw the text of a file that is a map, and its comments in reading order."""
    scribbler = _Scribbler(draw)
    lines = scribbler.above(0)
    lines += scribbler.map(0, 3)
    end = draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = end.join(lines) + draw(st.sampled_from(("", end, end + end)))
    return draw(st.sampled_from(("", "", "---" + end))) + text, scribbler.comments
