"""What the last build saw, in one file that the no-op path reads in one go.

The file has a head (which options, which files were read, with their stat figures), the
outputs' paths and stat figures in columns, and the assets' rows, in columns, too.
`noop` looks only into the first three parts and needs nothing but `os`; `observe` and `load`
read the rest, and decode an asset's own row only when they have to look at it.

    assetgen state 1 HEAD-BYTES PATH-BYTES OUTPUTS REST-BYTES REST-CRC
    head      lines: program version, options, summary, settings, then one line per
              watched file: kind, size, mtime, ctime, digest, path, divided by tabs
    paths     the outputs' paths, one a line, relative to the project root
    figures   size, mtime, ctime of every output: 64-bit integers, native order
    rest      a line with the sizes of its parts, then names, fingerprints, numbers of
              outputs, cards, rows (one line an asset each), and the shape (JSON)

Stat figures stand for bytes only where they cannot be "racily clean": a file that was
changed in the same instant in which it was read could change again without a trace, so
its figures are written as -1, which never matches.
"""

from __future__ import annotations

import json
import os
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from assetgen.digest import Digest, Identity, Key
from assetgen.model import AssetName
from assetgen.snapshot import Derived, Known, OutputRow, Row
from assetgen.values import Value, field

if TYPE_CHECKING:
    from assetgen.model import Json

MAGIC: Final = "assetgen state 1"
GRANULARITY_NS: Final = 20_000_000
"""Two changes closer together than this may carry the same time stamp."""


class Figures(NamedTuple):
    """What `stat` says of a file; all -1 where nothing can be relied on."""

    size: int
    mtime_ns: int
    ctime_ns: int


_MOST_SIZES_BYTES: Final = 1024
"""The line with the sizes of the parts is shorter."""

NO_FILE: Final = Figures(-2, -2, -2)
UNSURE: Final = Figures(-1, -1, -1)


def figures_of(path: str | os.PathLike[str]) -> Figures:
    """Return the figures of a file, `NO_FILE` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  # the no-op path keeps off pathlib
    except (FileNotFoundError, NotADirectoryError):
        return NO_FILE
    return Figures(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def settled(figures: Figures, began_ns: int) -> Figures:
    """Return `figures`, or `UNSURE` if the file changed since just before `began_ns`.

    Args:
        began_ns: A time before the file was read, in ns since the epoch.
    """
    if figures.ctime_ns > began_ns - GRANULARITY_NS:
        return UNSURE
    return figures


class Watched(Value):
    """A file whose change makes the last build's result doubtful.

    Attributes:
        kind: ``spec``, ``input``, ``lock``, ``config`` or ``folder`` (of which only
            the time counts: entries came or went).
        path: Relative to the project root, or absolute for files outside it.
    """

    kind: str
    path: str
    figures: Figures
    digest: Digest | None = None


class Shape(Value, kw_only=True):
    """How the assets hang together, so that it need not be worked out again.

    Attributes:
        files: For each spec file whose assets all have rows that still stand: its value
            without the assets, and the positions of its assets among all.
        order: Positions of all assets in build order.
        needs: The needs of the assets that have any.
        matches: What each glob stands for.
    """

    files: Mapping[str, tuple[dict[str, Json], int, int]] = field(default_factory=dict)
    order: Sequence[int] = ()
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    matches: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Rows(Mapping[AssetName, Row]):
    """The rows by asset name, in spec order, decoded one by one when asked for."""

    def __init__(self, columns: Columns | None = None) -> None:
        """Index the columns by name without decoding anything."""
        self.columns = columns or Columns()
        self._prints = dict(zip(self.columns.names, self.columns.prints, strict=True))
        self._positions: dict[str, int] | None = None
        self._starts: list[int] | None = None
        self._decoded: dict[str, Row] = {}

    def __getitem__(self, name: AssetName) -> Row:
        """Return the row of an asset."""
        found = self._decoded.get(name)
        if found is None:
            at = self.positions()[name]
            body = json.loads(self.columns.rows[at])
            found = _decode_row(self.columns.prints[at], body)
            self._decoded[name] = found
        return found

    def forget(self) -> None:
        """Let go of what was decoded; who asks again gets it decoded again."""
        self._decoded.clear()

    def __iter__(self) -> Iterator[AssetName]:
        """Return the names in the order of the file."""
        return iter([AssetName(name) for name in self.columns.names])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns.names)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a row, without decoding it."""
        return name in self._prints

    def fingerprint(self, name: AssetName) -> str | None:
        """Return the fingerprint of a row without decoding it."""
        return self._prints.get(name)

    def card(self, name: AssetName) -> tuple[int, list[object]]:
        """Return how many assets the entry stands for, and the plain data of the card."""
        siblings, card = json.loads(self.columns.cards[self.positions()[name]])
        return siblings, card

    def positions(self) -> Mapping[str, int]:
        """Return each asset's position in the file."""
        if self._positions is None:
            self._positions = {n: at for at, n in enumerate(self.columns.names)}
        return self._positions

    def starts(self) -> Sequence[int]:
        """Return where each row's outputs begin, and where the last row's end."""
        if self._starts is None:
            self._starts = [0, *accumulate(map(int, self.columns.counts))]
        return self._starts

    def outputs_at(self, name: AssetName) -> range:
        """Return where the asset's outputs stand in the columns of the file."""
        at = self.positions()[name]
        return range(self.starts()[at], self.starts()[at + 1])

    def owner_at(self, position: int) -> AssetName:
        """Return the asset of the output at a position in the columns of the file."""
        # Rows without outputs start where the next row starts: the last one counts.
        at = bisect_right(self.starts(), position) - 1
        return AssetName(self.columns.names[at])


class Columns(Value):
    """The assets' rows in columns; all of one length but for the outputs'.

    Attributes:
        prints: Of everything in the spec that decides the asset.
        counts: Numbers of outputs.
        cards: How many assets the spec's entry stands for, and what links this one to
            others (see `resolve.link`), as JSON.
        rows: The rest of each row as JSON; bytes, since few of them are ever decoded.
        paths: Of all outputs.
        figures: Three for each output.
    """

    names: list[str] = field(default_factory=list)
    prints: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    cards: list[bytes] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    figures: array[int] = field(default_factory=lambda: array("q"))

    def copy(self, old: Rows, first: int, last: int) -> None:
        """Add the rows of `old` from position `first` up to before `last`."""
        if first == last:
            return
        self.names.extend(old.columns.names[first:last])
        self.prints.extend(old.columns.prints[first:last])
        self.counts.extend(old.columns.counts[first:last])
        self.cards.extend(old.columns.cards[first:last])
        self.rows.extend(old.columns.rows[first:last])
        start, end = old.starts()[first], old.starts()[last]
        self.paths.extend(old.columns.paths[start:end])
        self.figures.extend(old.columns.figures[3 * start : 3 * end])

    def add(
        self,
        name: AssetName,
        row: Row,
        card: tuple[int, object],
        figures: Iterable[Figures],
    ) -> None:
        """Add a new row.

        Args:
            name: Of the asset.
            row: Its row.
            card: How many assets its entry stands for, and its card's plain data.
            figures: Of its outputs, in their order.
        """
        self.names.append(name)
        self.prints.append(row.fingerprint)
        self.counts.append(str(len(row.outputs)))
        self.cards.append(_text(card))
        self.rows.append(_text(_encode_row(row)))
        self.paths.extend(out.path for out in row.outputs)
        for each in figures:
            self.figures.extend(each)


class State(Value, kw_only=True):
    """The whole file.

    Attributes:
        settings: Hash of everything but the entries that decided the assets.
    """

    version: str = ""
    options: str = ""
    summary: str = ""
    settings: str = ""
    watched: tuple[Watched, ...] = ()
    rows: Rows = field(default_factory=Rows)
    shape: Shape = field(default_factory=Shape)

    @property
    def paths(self) -> list[str]:
        """Paths of all outputs."""
        return self.rows.columns.paths

    @property
    def figures(self) -> array[int]:
        """Three figures for each output."""
        return self.rows.columns.figures


# --- reading and writing ------------------------------------------------------


def format_state(state: State) -> bytes:
    """Return the bytes of a state file."""
    head = [state.version, state.options, state.summary, state.settings]
    for each in state.watched:
        figures = "\t".join(str(figure) for figure in each.figures)
        head.append(f"{each.kind}\t{figures}\t{each.digest or '-'}\t{each.path}")
    columns = state.rows.columns
    shape = state.shape
    parts = [
        _joined(columns.names),
        _joined(columns.prints),
        _joined(columns.counts),
        b"\n".join(columns.cards),
        b"\n".join(columns.rows),
        _text([dict(shape.files), shape.order, shape.needs, shape.matches]),
    ]
    sizes = " ".join(str(len(part)) for part in parts)
    rest = b"".join((f"{sizes}\n".encode(), *parts))
    head_bytes, path_bytes = _joined(head), _joined(columns.paths)
    body = b"".join((head_bytes, path_bytes, columns.figures.tobytes(), rest))
    start = (
        f"{MAGIC} {len(head_bytes)} {len(path_bytes)} {len(columns.paths)} "
        f"{len(rest)} {crc32(body)}\n"
    )
    return start.encode() + body


def _joined(lines: Iterable[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _split(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").split("\n") if data else []


def _text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def parse_state(data: bytes) -> State | None:
    """Return the state that `data` holds; None if it is torn, foreign or garbage."""
    try:
        end = data.index(b"\n")
        words = data[:end].decode("ascii").split()
        if " ".join(words[:3]) != MAGIC:
            return None
        head_size, path_size, count, rest_size, checksum = map(int, words[3:])
        # A view, since each slice of bytes would be another copy of megabytes.
        body = memoryview(data)[end + 1 :]
        if len(body) != head_size + path_size + 24 * count + rest_size:
            return None
        head = _split(bytes(body[:head_size]))
        at = head_size + path_size
        rest = body[at + 24 * count :]
        if crc32(body) != checksum:
            return None
        paths = _split(bytes(body[head_size:at]))
        figures = array("q", bytes(body[at : at + 24 * count]))
        rows, shape = _parse_rest(rest, paths, figures)
        return State(
            version=head[0],
            options=head[1],
            summary=head[2],
            settings=head[3],
            watched=tuple(_parse_watched(line) for line in head[4:]),
            rows=rows,
            shape=shape,
        )
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _parse_rest(
    rest: memoryview, paths: list[str], figures: array[int]
) -> tuple[Rows, Shape]:
    sizes, _, _ = bytes(rest[:_MOST_SIZES_BYTES]).partition(b"\n")
    parts: list[bytes] = []
    at = len(sizes) + 1
    for size in map(int, sizes.split()):
        parts.append(bytes(rest[at : at + size]))
        at += size
    names, prints, counts, cards, lines, shape = parts
    files, order, needs, matches = json.loads(shape)
    columns = Columns(
        _split(names),
        _split(prints),
        _split(counts),
        cards.split(b"\n") if cards else [],
        lines.split(b"\n") if lines else [],
        paths,
        figures,
    )
    return Rows(columns), Shape(files=files, order=order, needs=needs, matches=matches)


def _parse_watched(line: str) -> Watched:
    kind, size, mtime_ns, ctime_ns, digest, path = line.split("\t", 5)
    figures = Figures(int(size), int(mtime_ns), int(ctime_ns))
    return Watched(kind, path, figures, None if digest == "-" else Digest(digest))


def _encode_row(row: Row) -> Json:
    known = row.known
    outputs: list[Json] = [_encode_output(each) for each in row.outputs]
    return [
        row.key,
        row.checks,
        [list(known.images), list(known.draws), known.pick, list(known.provenance)],
        outputs,
    ]


def _encode_output(out: OutputRow) -> Json:
    derived = out.derived
    figures: list[Json] = [derived.bytes, derived.width, derived.height]
    return [out.path, out.key, derived.sha256, *figures, *derived.preview]


def _decode_row(fingerprint: str, data: Any) -> Row:
    """Return the row that `_encode_row` wrote; the file's own checks guard the form."""
    key, checks, known, outputs = data
    images, draws, pick, provenance = known
    return Row(
        fingerprint=fingerprint,
        key=Key(str(key)) if key else None,
        checks=Key(str(checks)) if checks else None,
        known=Known(
            images=tuple(Identity(each) for each in images),
            draws=tuple(Digest(each) for each in draws),
            pick=int(pick),
            provenance=tuple(provenance),
        ),
        outputs=tuple(
            OutputRow(
                path=path,
                key=Key(okey),
                derived=Derived(
                    Digest(sha),
                    int(size),
                    int(width),
                    int(height),
                    preview=tuple(map(str, preview)),
                ),
            )
            for path, okey, sha, size, width, height, *preview in outputs
        ),
    )
