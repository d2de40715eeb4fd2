"""Whether requests can be asked for, and which line of the spec is to blame if not.

`providers.parameters` has the rules and speaks of request keys. Here each of its
findings gets a place: the key of the asset itself, of the profile's `set` or of
`defaults`, whichever had the last word. What one line does to a thousand assets is one
problem that says how many they are.

Nothing is read or asked: the model table and all else are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import Problem
from assetgen.model import Drawn, FileRef
from assetgen.providers.parameters import (
    Finding,
    check_model,
    check_parameters,
    check_size,
)
from assetgen.spans import Place
from assetgen.values import Value, replace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from assetgen.measures import Measures
    from assetgen.model import Asset, AssetName, Size
    from assetgen.providers.models import Model, ModelTable
    from assetgen.providers.parameters import Role
    from assetgen.resolve.settings import Settings

PLACEHOLDER: Final = "placeholder"
"""Draws without a model; one that a spec names all the same is checked."""

_OF_THE_ASSET: Final = frozenset(
    ("prompt", "n", "inputs", "mask", "extend", "markup", "outside")
)
"""Keys that only the asset itself can state."""

_MEGABYTE: Final = 1_000_000
_NOBODY: Final = 3


class Voices(Value):
    """Who may state a request parameter beside the asset itself.

    Attributes:
        main: The spec's own file, which has `defaults` and `profiles`.
    """

    settings: Settings
    main: str

    def place_of(self, asset: Asset, source: Drawn, key: str) -> tuple[int, Place]:
        """Return where the last word about a request key is said.

        Returns:
            How far that is from the asset (0: its own key, 1: the profile, 2:
            `defaults`, 3: nobody says it), and the place; the asset's for nobody.
        """
        settings, path = self.settings, key.split(".", 1)
        if key in _OF_THE_ASSET:
            said = key != "prompt" or bool(source.prompt)
            return (0, asset.place.at(key)) if said else (_NOBODY, asset.place.key())
        if key in settings.overrides and settings.profile is not None:
            inside = Place(self.main, ("profiles", settings.profile, "set"))
            return 1, inside.at(*path)
        if key in source.stated:
            return 0, asset.place.at(*path)
        if key in settings.defaults:
            return 2, Place(self.main, ("defaults", *path))
        return _NOBODY, asset.place.key()


class Requests:
    """Checks what assets ask of providers, and keeps what is wrong until it is told."""

    def __init__(
        self,
        voices: Voices,
        table: Callable[[str], ModelTable | None],
        lifts: Callable[[str, str], bool],
        today: dt.date,
    ) -> None:
        """Check requests of one spec.

        Args:
            table: Gives the models of a provider; None where it has no table.
            lifts: Tells of a provider and a model whether its server may have the model
                although the table says otherwise.
        """
        self._voices = voices
        self._table_of = table
        self._lifts = lifts
        self._today = today
        self._tables: dict[str, ModelTable | None] = {}
        self._verdicts: dict[object, tuple[Finding, ...]] = {}
        self._looked_at: set[AssetName] = set()
        self._found: dict[Problem, int] = {}

    def take(self) -> list[Problem]:
        """Return the problems that were found since the last time, each once."""
        found = [_counted(problem, count) for problem, count in self._found.items()]
        self._found.clear()
        return found

    # --- what is checked ------------------------------------------------------

    def look(self, assets: Iterable[Asset]) -> None:
        """Check what the spec alone shows of requests; of each asset once."""
        for asset in assets:
            if asset.name in self._looked_at:
                continue
            self._looked_at.add(asset.name)
            named = self._model_of(asset)
            if named is None:
                continue
            source, name, table = named
            for finding in self._verdict(source, name, table):
                self._add(asset, source, finding)

    def measure(
        self, asset: Asset, measures: Measures, weight_of: Callable[[str], int]
    ) -> None:
        """Check what the pictures that go out rule out.

        Args:
            weight_of: Gives the bytes of a picture of the repository; 0 if unknown.
        """
        source = asset.source
        if not isinstance(source, Drawn) or not source.inputs:
            return
        self._check_stated_size(asset, source, measures)
        named = self._model_of(asset)
        model = named[2].get(named[1]) if named is not None else None
        if named is None or model is None or not model.described:
            return
        sizes = measures.input_sizes(asset)
        if len(sizes) > model.max_inputs:
            self._problem(
                "bad-value",
                f"these are {len(sizes)} inputs, and {named[1]} takes"
                f" {model.max_inputs}",
                asset.place.at("inputs"),
            )
        self._check_weights(asset, source, model, weight_of)
        if source.takes_size_of_input and sizes and sizes[0] is not None:
            asked = measures.request_size(asset)
            if asked is not None:
                self._check_size_of_input(asset, source, named[1], model, asked)

    def judge(self, roles: Iterable[tuple[Asset, Role]]) -> None:
        """Check whether the models are there for what has to be drawn."""
        for asset, role in roles:
            named = self._model_of(asset)
            if named is None:
                continue
            source, name, table = named
            finding = self._state(source, name, table, role)
            if finding is not None:
                self._add(asset, source, finding)

    def remark(self, assets: Iterable[Asset]) -> None:
        """Note models that are not there; beside errors, before a plan can be made.

        Whether something would have to be drawn is not known then, so it is a warning.
        """
        for asset in assets:
            named = self._model_of(asset)
            finding = named and self._state(*named, "drawn")
            if named is not None and finding:
                self._add(asset, named[0], replace(finding, severity="warning"))

    # --- one asset ------------------------------------------------------------

    def _model_of(self, asset: Asset) -> tuple[Drawn, str, ModelTable] | None:
        """Return the model that an asset's request goes to, by name, with its table."""
        source = asset.source
        if not isinstance(source, Drawn):
            return None
        provider = source.provider
        if source.model is None and provider == PLACEHOLDER:
            return None
        if provider not in self._tables:
            self._tables[provider] = self._table_of(provider)
        table = self._tables[provider]
        if table is None:
            return None
        return source, source.model or table.default, table

    def _verdict(
        self, source: Drawn, name: str, table: ModelTable
    ) -> tuple[Finding, ...]:
        """Return what the rules say; requests that differ in words only share it."""
        model = table.get(name)
        if model is None:
            return ()
        lifted = self._lifts(source.provider, name)
        if len(source.prompt) * 2 > model.prompt_max_chars or source.inputs:
            return check_parameters(source, model, name, table, lifted=lifted)
        key = (name, source.provider, source.params, source.operation, source.n)
        try:
            known = self._verdicts.get(key)
        except TypeError:  # a map or a list among `params`
            return check_parameters(source, model, name, table, lifted=lifted)
        if known is None:
            known = check_parameters(source, model, name, table, lifted=lifted)
            self._verdicts[key] = known
        return known

    def _state(
        self, source: Drawn, name: str, table: ModelTable, role: Role
    ) -> Finding | None:
        lifted = self._lifts(source.provider, name)
        return check_model(name, table, self._today, role, lifted=lifted)

    def _check_stated_size(
        self, asset: Asset, source: Drawn, measures: Measures
    ) -> None:
        """Report a size of the asset's own that pixels cannot be put back into."""
        if source.extend is not None or not source.puts_back:
            return
        asked, first = source.pixel_size, measures.ref_size(source.inputs[0])
        if "size" not in source.stated or asked is None or first in (None, asked):
            return
        self._problem(
            "bad-size",
            f"the request asks for {asked}, but pixels outside the mask are put back"
            f" from a first input of {first}",
            asset.place.at("size"),
            "leave `size` out to ask for the input's, resize the input in an asset of"
            " its own, or write `outside: accept`",
        )

    def _check_weights(
        self,
        asset: Asset,
        source: Drawn,
        model: Model,
        weight_of: Callable[[str], int],
    ) -> None:
        limit = model.input_max_mb * _MEGABYTE
        for position, ref in enumerate(source.inputs):
            if not isinstance(ref, FileRef) or weight_of(ref.path) < limit:
                continue
            vary = source.operation == "vary"
            path = ("variations_of",) if vary else ("inputs", position)
            self._problem(
                "bad-input",
                f"{ref.path} has {weight_of(ref.path):,} bytes, and an input has fewer"
                f" than {limit:,}",
                asset.place.at(*path),
                "make it smaller: an asset with `file` and the step `resize` does it",
            )

    def _check_size_of_input(
        self, asset: Asset, source: Drawn, name: str, model: Model, asked: Size
    ) -> None:
        """Report a first input in whose size the model cannot draw."""
        finding = check_size(asked, model, name)
        if finding is None:
            return
        if finding.severity != "error":
            key = "extend" if source.extend is not None else "mask"
            self._add(asset, source, replace(finding, keys=(key,)))
            return
        reason, nearest = model.size.allows(asked), model.size.nearest(asked)
        if source.extend is not None:
            self._problem(
                "bad-size",
                f"the extended picture goes out as {asked}, which {name} cannot draw:"
                f" {reason}",
                asset.place.at("extend"),
                f"extend to a size that it draws, for example `to: {nearest}`; an input"
                " that is too large for it can be resized in an asset of its own",
            )
            return
        self._problem(
            "bad-size",
            f"the first input is {asked}, which {name} cannot draw: {reason}",
            asset.place.at("mask"),
            f"resize the input to {nearest} in an asset of its own{_enlarging(asked, nearest)}"
            " and edit that one, or write `outside: accept` to take the answer in another"
            " size as it comes",
        )

    # --- places ---------------------------------------------------------------

    def _add(self, asset: Asset, source: Drawn, finding: Finding) -> None:
        """Keep a finding with the place that is nearest to the asset."""
        said = [
            (*self._voices.place_of(asset, source, key), key) for key in finding.keys
        ]
        nearest, place, key = min(said, key=lambda each: each[0])
        related = tuple(
            (other, f"`{name}` is said here")
            for away, other, name in said
            # The message names the model; only where it is said afar needs showing.
            if name != key and away < _NOBODY and (name != "model" or away != nearest)
        )
        self._keep(
            Problem(
                finding.code,
                finding.message,
                place,
                finding.hint,
                related,
                severity=finding.severity,
            )
        )

    def _problem(
        self, code: str, message: str, place: Place, hint: str | None = None
    ) -> None:
        self._keep(Problem(code, message, place, hint))

    def _keep(self, problem: Problem) -> None:
        self._found[problem] = self._found.get(problem, 0) + 1


def _counted(problem: Problem, count: int) -> Problem:
    """Return a problem that says how many assets it strikes, where it is several."""
    if count == 1:
        return problem
    return replace(problem, message=f"{problem.message} ({count:,} assets)")


def _enlarging(size: Size, wanted: Size) -> str:
    """Return what the step `resize` needs to be told where it makes a picture larger."""
    larger = wanted.width > size.width or wanted.height > size.height
    return " (with `enlarge: true`)" if larger else ""
