"""What can be known about pictures before anything is drawn, with places in the spec.

The files that the spec names are looked at (inside the project? there? a picture?), and
sizes are followed through the graph as far as the spec settles them: an output that
would enlarge its picture, a mask of another size, a file that cannot hold transparency
are errors of the spec and not of the build. So is a request that the provider is known
to refuse: it is never sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.asking import Requests, Voices
from assetgen.decide import Action
from assetgen.errors import (
    AssetFailed,
    AssetgenError,
    DiskRefused,
    NotAvailable,
    PolicyRefused,
    Problem,
)
from assetgen.iconcheck import icon_problems
from assetgen.maskcheck import guide_problems
from assetgen.measures import Measures
from assetgen.model import (
    AssetName,
    Drawn,
    ImageLayer,
    Layers,
    Size,
    TextLayer,
)
from assetgen.naming import did_you_mean
from assetgen.picturecheck import PictureCheck
from assetgen.resolve.raw_draws import (
    asks_for_svg,
    svg_use_problems,
)
from assetgen.sheetcheck import sheet_problems
from assetgen.sources import located, refuse_if_errors, spec_reader
from assetgen.transforms.optimizing import require_optimizer
from assetgen.transforms.sizing import output_size
from assetgen.transforms.tracing import require_traceable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from assetgen.errors import Diagnostic
    from assetgen.load import Loaded
    from assetgen.model import Asset
    from assetgen.observe import FileDigests
    from assetgen.plan import Plan
    from assetgen.providers.parameters import Role
    from assetgen.registry import Registry
    from assetgen.resolve.link import Card
    from assetgen.resolve.settings import Settings
    from assetgen.snapshot import Snapshot
    from assetgen.spans import Place


class Checks:
    """What can be known before anything is drawn, looked at in three steps.

    `look` while the spec is loaded, at each asset alone; `check_world` once all assets
    are linked, at what they take from each other; `check_draws` once there is a plan,
    at what has to be drawn. What did not change is looked at in the last one only, and
    only if it has to be drawn.
    """

    def __init__(
        self, files: FileDigests, registry: Registry, main: str, today: dt.date
    ) -> None:
        """Check a spec.

        Args:
            files: Gives the bytes of project files.
            registry: The providers of this run.
            main: The spec's own file.
            today: Models end on days.
        """
        self.pictures = PictureCheck(files)
        self._files = files
        self._registry = registry
        self._main = main
        self._today = today
        self._requests: Requests | None = None
        self._remarked = False

    def look(
        self,
        assets: Sequence[Asset],
        cards: Mapping[AssetName, Card],
        settings: Settings,
    ) -> list[Problem]:
        """Return what is wrong with each of `assets` for itself; each is new once."""
        return self._with_remarks(self._alone(assets, cards, settings), assets)

    def _alone(
        self,
        assets: Sequence[Asset],
        cards: Mapping[AssetName, Card],
        settings: Settings,
    ) -> list[Problem]:
        found = self.pictures.look(assets, cards, settings)
        requests = self._requests_of(settings)
        requests.look(assets)
        return [*found, *requests.take()]

    def _with_remarks(
        self, found: list[Problem], assets: Iterable[Asset]
    ) -> list[Problem]:
        """Return errors with what is worth saying beside them; else `found` alone."""
        if not _stops(found) or self._requests is None:
            return found
        self._remarked = True
        self._requests.remark(assets)
        return [*found, *self._requests.take()]

    def measures(self, loaded: Loaded) -> Measures:
        """Return the sizes of the spec's pictures, as far as they are settled."""
        matches = loaded.catalogue.matches
        return Measures(loaded.assets, self.pictures.size, lambda glob: matches[glob])

    def check_world(
        self, loaded: Loaded, measures: Measures, changed: Collection[str]
    ) -> tuple[Diagnostic, ...]:
        """Return warnings about what the spec says of pictures that exist.

        Only assets whose part of the spec is new are looked at, and files that changed.

        Args:
            loaded: The spec.
            measures: From `measures`.
            changed: Input files that changed since the last build.

        Raises:
            SpecInvalid: With everything that is wrong.
        """
        fresh = [loaded.assets[name] for name in loaded.fresh]
        found = self._alone(fresh, loaded.cards, loaded.settings)
        found += self._across(loaded, measures, fresh)
        if changed:
            for name, card in loaded.cards.items():
                if any(each.path in changed for each in card.files):
                    asset = loaded.assets[name]
                    found.extend(self.pictures.problems(asset, card))
                    found.extend(icon_problems(asset, self._files.read))
        return _told(loaded, self._with_remarks(found, fresh))

    def beside(self, loaded: Loaded) -> list[Problem]:
        """Return what assets that are whole take wrongly from each other.

        Args:
            loaded: The part of the spec that is whole, where another part has errors.
        """
        fresh = [loaded.assets[name] for name in loaded.fresh]
        found = self._across(loaded, self.measures(loaded), fresh)
        if self._remarked:
            return found
        requests = self._requests_of(loaded.settings)
        requests.remark(fresh)
        return [*found, *requests.take()]

    def _across(
        self, loaded: Loaded, measures: Measures, fresh: Sequence[Asset]
    ) -> list[Problem]:
        found = self._check(loaded, measures, fresh)
        for sheet in _sheets_of(loaded):
            found.extend(sheet_problems(sheet, measures))
        for asset in fresh:
            found.extend(icon_problems(asset, self._files.read))
        found.extend(_uses_of_svg(loaded, fresh))
        return found

    def check_draws(
        self, loaded: Loaded, measures: Measures, plan: Plan, snapshot: Snapshot
    ) -> tuple[Diagnostic, ...]:
        """Return warnings about requests that a build of `plan` would make.

        Raises:
            SpecInvalid: With everything that the provider is known to refuse.
        """
        fresh = set(loaded.fresh)
        drawn = [each.name for each in plan.looked_at if each.action is Action.DRAW]
        late = [loaded.assets[name] for name in drawn if name not in fresh]
        requests = self._requests_of(loaded.settings)
        found = []
        if late:
            requests.look(late)
            found.extend(self._check(loaded, measures, late, outputs=False))
        judged: list[tuple[Asset, Role]] = []
        for each in plan.looked_at:
            asset = loaded.assets[each.name]
            if each.action is Action.DRAW and not _stands_in(asset, snapshot):
                judged.append((asset, "drawn"))
            elif each.name in fresh:
                judged.append((asset, "kept"))
        requests.judge(judged)
        found.extend(requests.take())
        return _told(loaded, found)

    def _requests_of(self, settings: Settings) -> Requests:
        if self._requests is None:
            registry = self._registry
            self._requests = Requests(
                Voices(settings, self._main),
                registry.table,
                registry.lifts,
                self._today,
            )
        return self._requests

    def _check(
        self,
        loaded: Loaded,
        measures: Measures,
        assets: Iterable[Asset],
        *,
        outputs: bool = True,
    ) -> list[Problem]:
        check = _Check(self._files, measures)
        requests = self._requests_of(loaded.settings)
        before = len(measures.problems)
        for asset in assets:
            if outputs:
                check.provider(asset, self._registry)
                check.outputs(asset)
                check.sizes(asset)
                check.texts(asset)
            check.problems.extend(
                guide_problems(asset, loaded.assets, measures, self._files.read)
            )
            requests.measure(asset, measures, self.pictures.weight)
        return [*check.problems, *measures.problems[before:], *requests.take()]


def _uses_of_svg(loaded: Loaded, fresh: Iterable[Asset]) -> list[Problem]:
    """Return where pixels of an SVG are needed, by what is new or of what is new."""
    users = {asset.name: asset for asset in fresh}
    svgs = {name for name, asset in users.items() if asks_for_svg(asset.source)}
    for name, needs in loaded.graph.needs.items() if svgs else ():
        if not svgs.isdisjoint(needs):
            users[name] = loaded.assets[name]
    found: list[Problem] = []
    for user in users.values():
        found += svg_use_problems(
            user,
            lambda name: asks_for_svg(loaded.assets[AssetName(name)].source),
            lambda pattern: loaded.catalogue.matches[pattern],
        )
    return found


def _sheets_of(loaded: Loaded) -> list[Asset]:
    """Return the sheets that are new, or of which a frame is."""
    fresh = set(loaded.fresh)
    users = dict.fromkeys(loaded.fresh)
    if fresh:
        needs = loaded.graph.needs.items()
        users.update((n, None) for n, used in needs if not fresh.isdisjoint(used))
    return [
        loaded.assets[name]
        for name in users
        if any(ref.at[0] == "sheet" for ref in loaded.cards[name].refs)
        or any(file.at[0] == "sheet" for file in loaded.cards[name].files)
    ]


def _stands_in(asset: Asset, snapshot: Snapshot) -> bool:
    """Return whether a free picture would stand in for one that the lock pins."""
    assert isinstance(asset.source, Drawn)
    facts = snapshot.providers[asset.source.provider]
    return facts.deterministic and not facts.paid and asset.name in snapshot.pins


def _stops(problems: Iterable[Problem]) -> bool:
    return any(each.severity == "error" for each in problems)


def _told(loaded: Loaded, problems: Sequence[Problem]) -> tuple[Diagnostic, ...]:
    """Return the problems with their lines.

    Raises:
        SpecInvalid: One of them is an error.
    """
    if not problems:
        return ()
    found = located(problems, spec_reader(loaded.root, loaded.text))
    refuse_if_errors(found)
    return found


class _Check:
    """Collects what is wrong with the sizes of pictures and of texts."""

    def __init__(self, files: FileDigests, measures: Measures) -> None:
        self._files = files
        self._measures = measures
        self.problems: list[Problem] = []

    def _error(
        self,
        code: str,
        message: str,
        place: Place | None,
        *,
        hint: str | None = None,
    ) -> None:
        self.problems.append(Problem(code, message, place, hint))

    def provider(self, asset: Asset, registry: Registry) -> None:
        """Report a provider that this run does not have."""
        if not isinstance(asset.source, Drawn):
            return
        name = asset.source.provider
        if registry.get(name) is None:
            near = did_you_mean(name, registry.names())
            self._error(
                "unknown-provider",
                f"there is no provider `{name}` in this run",
                asset.place,
                hint=near
                or "a plug-in is loaded only if --provider or your own "
                "configuration names it",
            )

    def outputs(self, asset: Asset) -> None:
        """Report outputs that the sizes which are settled already rule out.

        Of the files of one entry the first that cannot be is told, with their number.
        """
        size = self._measures.size(asset.name)
        wrong: dict[tuple[Place, str], list[AssetgenError]] = {}
        for out in asset.outputs:
            if out.format is None:
                continue
            place = out.place or asset.place
            try:
                made = output_size(size, out)
                if out.format == "svg" and not asks_for_svg(asset.source):
                    require_traceable(made)
                if out.optimize:
                    require_optimizer()
            except AssetFailed as error:
                wrong.setdefault((place, "bad-size"), []).append(error)
            except NotAvailable as error:
                wrong.setdefault((place, "not-installed"), []).append(error)
        for (place, code), errors in wrong.items():
            messages = list(dict.fromkeys(each.message for each in errors))
            said = messages[0]
            if len(messages) > 1:
                said += f" (and {len(messages) - 1} more like it)"
            self._error(code, said, place, hint=errors[0].hint)

    def sizes(self, asset: Asset) -> None:
        """Report a check that a size which is settled cannot pass."""
        wanted = asset.checks.size if asset.checks is not None else None
        size = self._measures.size(asset.name)
        if wanted is not None and size not in (None, wanted):
            problem = Problem(
                "check-fails",
                f"the picture will be {size}, and the check asks for {wanted}",
                asset.place.at("checks", "size"),
                "change the check, or bring the picture to that size with a step, for"
                f" example `resize: {{width: {wanted.width}, height: {wanted.height}}}`",
                # What a provider brings decides, not what it was asked for.
                severity="warning" if isinstance(asset.source, Drawn) else "error",
            )
            self.problems.append(problem)

    def texts(self, asset: Asset) -> None:
        """Report layers of text that their canvas or their font has no room for."""
        source = asset.source
        if not isinstance(source, Layers):
            return
        lowest = source.layers[0] if source.layers else None
        canvas = source.canvas
        if canvas is None and isinstance(lowest, ImageLayer):
            canvas = self._measures.ref_size(lowest.ref)
        for position, layer in enumerate(source.layers):
            if isinstance(layer, TextLayer) and layer.font and canvas is not None:
                self._text(layer, canvas, asset.place.at("layers", position))

    def _text(self, layer: TextLayer, canvas: Size, place: Place) -> None:
        from assetgen.transforms.fonts import FontRefused
        from assetgen.transforms.lettering import set_text

        assert layer.font is not None
        try:
            set_text(layer, canvas, self._files.read(layer.font.path) or b"")
        except (FontRefused, PolicyRefused, DiskRefused):
            return  # said of the font itself
        except AssetFailed as error:
            self._error("bad-text", error.message, place.at("text"), hint=error.hint)
