"""What is known of the models: one table, data from `openai_models.json`.

The only I/O is the reading of that file, once. `model_rows` turns its rows, and those
of the user's configuration, into these values; `prices` counts with them. A model is
never named in code: what it can do stands in its row.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.providers.sizes import SizeRule
from assetgen.values import Value, field

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from assetgen.model import Json, Size

__all__ = [
    "GifRule",
    "Grid",
    "InputTokens",
    "Model",
    "ModelTable",
    "OutputTokens",
    "Patches",
    "Quote",
    "SizeRule",
    "SvgRule",
    "Table",
    "Tiles",
    "TokenPrices",
    "built_in_table",
]

TABLE_FILE: Final = "openai_models.json"

Status: TypeAlias = Literal["newest", "active", "deprecated", "shut down"]


class TokenPrices(Value, kw_only=True):
    """What tokens cost, in US dollars for a million of them.

    Attributes:
        text_out: Of words that come with the picture; None where the price list has
            no such row.
        as_of: The day the price list was read, as YYYY-MM-DD; empty if nobody said.
    """

    text_in: float
    image_in: float
    image_out: float
    text_out: float | None = None
    as_of: str = ""


class GifRule(Value, kw_only=True):
    """What moving pictures may be.

    Attributes:
        frames: Least and greatest `frame_count`.
        excludes: Request keys that cannot go with it.
    """

    frames: tuple[int, int]
    default_frames: int
    default_duration_ms: int
    excludes: tuple[str, ...] = ()


class SvgRule(Value, kw_only=True):
    """What vector pictures may be.

    Attributes:
        n_max: Most draws of one call.
        excludes: Request keys that cannot go with it.
    """

    n_max: int
    excludes: tuple[str, ...] = ()


class Grid(Value):
    """Output tokens of a picture by a formula over its size and the quality's grid.

    Attributes:
        cells: Cells along the longer edge, by quality.
        factors: What the formula's result is multiplied with, by quality; empty where
            the formula is exact. With factors the result is an estimate.
    """

    cells: tuple[tuple[str, int], ...]
    factors: tuple[tuple[str, float], ...] = ()


class Table(Value):
    """Output tokens of a picture as listed.

    Attributes:
        rows: Quality, size, tokens.
    """

    rows: tuple[tuple[str, Size, int], ...]


class Patches(Value):
    """Tokens of an input: squares of `side` pixels that cover it, `most` at most."""

    side: int
    most: int


class Tiles(Value, kw_only=True):
    """Tokens of an input: tiles that cover it once its short side is `short_side`.

    Attributes:
        base: For every input.
        each: For every tile.
        high_square: On top with high input fidelity, for a square input.
        high_other: The same for other inputs.
    """

    short_side: int
    base: int
    each: int
    high_square: int = 0
    high_other: int = 0


OutputTokens: TypeAlias = Grid | Table
InputTokens: TypeAlias = Patches | Tiles


class Quote(Value):
    """Where a figure comes from.

    Attributes:
        date: YYYY-MM-DD.
    """

    text: str
    date: str


class Model(Value, kw_only=True):
    """A model: what it can be asked for, what that costs, and how long it lives.

    Attributes:
        described: Whether the table knows what it can be asked for. Of one that it
            does not describe only the status and perhaps the price are known, all
            lists are empty, and no parameter can be checked.
        status: As of the table's date; `shutdown` decides.
        released: None where it is not known.
        shutdown: The first day on which it does not answer; None while none is known.
        replacement: The model to use instead.
        snapshots: Names that mean a dated version of this model.
        endpoints: Of ``generations``, ``edits``, ``variations``.
        input_max_mb: An input file is smaller than this; in 1,000,000 bytes.
        mask_max_mb: The same of a mask's file.
        qualities: With ``auto`` where the choice can be left to the model.
        transparency: ``doubtful`` where requests for it were refused lately.
        input_fidelity: Values it takes; empty if it must be left out.
        complexity: Values it takes; empty if it has none.
        gif: None where it draws no moving pictures; `svg` likewise.
        prices: None where no price is known.
        batch_discount: Share of the price that a batch saves.
        partial_tokens: Output tokens of one partial picture.
        output_tokens: None where nobody knows how they are counted; `input_tokens`
            likewise.
        sources: Field to the name of its source in `ModelTable.sources`; ``user`` is
            the configuration.
    """

    id: str
    described: bool = True
    status: Status = "active"
    released: dt.date | None = None
    shutdown: dt.date | None = None
    replacement: str | None = None
    snapshots: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    n_max: int = 10
    prompt_max_chars: int = 32_000
    max_inputs: int = 16
    input_max_mb: int = 50
    input_formats: tuple[str, ...] = ()
    mask_max_mb: int = 4
    qualities: tuple[str, ...] = ()
    size: SizeRule = field(default_factory=SizeRule)
    output_formats: tuple[str, ...] = ()
    transparency: Literal["yes", "doubtful", "no"] = "yes"
    input_fidelity: tuple[str, ...] = ()
    complexity: tuple[str, ...] = ()
    markup: bool = False
    gif: GifRule | None = None
    svg: SvgRule | None = None
    prices: TokenPrices | None = None
    batch_discount: float = 0.0
    partial_tokens: int = 0
    output_tokens: OutputTokens | None = None
    input_tokens: InputTokens | None = None
    sources: tuple[tuple[str, str], ...] = ()

    def source_of(self, name: str) -> str:
        """Return the name of the source of the field `name`; empty if none is said."""
        return dict(self.sources).get(name, "")


class ModelTable(Value, kw_only=True):
    """All models that are known, the user's among them.

    Attributes:
        default: The model to send where the spec names none.
        as_of: The day the built-in figures were gathered.
        rows: The rows the models were made from, for overrides on top of them.
    """

    models: tuple[Model, ...]
    default: str
    as_of: dt.date
    sources: tuple[tuple[str, Quote], ...] = ()
    rows: Mapping[str, Mapping[str, Json]] = field(default_factory=dict, compare=False)
    by_name: Mapping[str, Model] = field(
        default_factory=dict, init=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the models by all their names."""
        names = {name: each for each in self.models for name in each.snapshots}
        names |= {each.id: each for each in self.models}
        object.__setattr__(self, "by_name", names)

    def get(self, name: str | None) -> Model | None:
        """Return the model of that id or snapshot; for None the default model.

        Returns:
            None where the table knows no such model.
        """
        return self.by_name.get(self.default if name is None else name)

    def ids(self) -> tuple[str, ...]:
        """Return the models' ids, newest first."""
        return tuple(each.id for each in self.models)

    def names(self) -> tuple[str, ...]:
        """Return ids and snapshots: all names that `get` knows."""
        return tuple(self.by_name)

    def is_shut_down(self, model: Model, today: dt.date) -> bool:
        """Return whether the service does not answer for `model` any more."""
        return model.shutdown is not None and model.shutdown <= today

    def replacement(self, model: Model) -> str:
        """Return the id of the model to use instead of `model`."""
        return model.replacement or self.default

    def with_overrides(self, overrides: Mapping[str, object]) -> ModelTable:
        """Return a table with the user's models and prices over the known ones.

        Args:
            overrides: ``models`` and ``prices`` of the configuration: by model id a
                mapping of fields; see `model_rows`. Other keys are not looked at.

        Raises:
            UsageError: A model, field or value makes no sense; names its key.
        """
        from assetgen.providers.model_rows import overridden

        return overridden(self, overrides)


@functools.cache
def built_in_table() -> ModelTable:
    """Return the table that comes with the package."""
    import json
    from importlib.resources import files

    from assetgen.providers.model_rows import table_from

    text = files("assetgen.providers").joinpath(TABLE_FILE).read_text("utf-8")
    return table_from(json.loads(text))
