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
    ExitCode,
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
from assetgen.resolve.raw_draws import (
    asks_for_svg,
    svg_file_problems,
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


class PictureCheck:
    """Looks at pictures of the repository, at each one once.

    Attributes:
        sizes: Of the pictures that were looked at; None where something is wrong.
        weights: Their bytes.
        svgs: Those that have no pixels.
    """

    def __init__(self, files: FileDigests) -> None:
        """Look at `files`."""
        self._files = files
        self.sizes: dict[str, Size | None] = {}
        self.weights: dict[str, int] = {}
        self.svgs: set[str] = set()

    def size(self, path: str) -> Size | None:
        """Return a picture's size; None if it cannot be opened."""
        if path not in self.sizes:
            look = self._look_at(path, None)
            self.sizes[path] = look if isinstance(look, Size) else None
        return self.sizes[path]

    def weight(self, path: str) -> int:
        """Return a picture's bytes; 0 if it cannot be read."""
        self.size(path)
        return self.weights.get(path, 0)

    def look(
        self,
        assets: Sequence[Asset],
        cards: Mapping[AssetName, Card],
        _settings: Settings,
    ) -> list[Problem]:
        """Return what is wrong with the pictures that `assets` name."""
        return [
            problem
            for asset in assets
            for problem in self.problems(asset, cards[asset.name])
        ]

    def problems(self, asset: Asset, card: Card) -> list[Problem]:
        """Return what is wrong with the pictures that an asset names."""
        found: list[Problem] = []
        for each in card.files:
            if each.path not in asset.files and each.path not in self.sizes:
                place = asset.place.at(*each.at)
                if each.at[-1:] == ("font",):
                    found += self._font_problems(each.path, place)
                    continue
                look = self._look_at(each.path, place)
                if isinstance(look, Problem):
                    found.append(look)
                self.sizes[each.path] = look if isinstance(look, Size) else None
        return found + (svg_file_problems(asset, self.svgs) if self.svgs else [])

    def _look_at(self, path: str, place: Place | None) -> Size | Problem:
        from assetgen.transforms.opening import PictureRefused, probe

        data = self._read(path, place)
        if isinstance(data, Problem):
            return data
        self.weights[path] = len(data)
        try:
            info = probe(data)
        except PictureRefused as error:
            return Problem("bad-input", f"{path}: {error.message}", place, error.hint)
        if info.format == "svg":
            self.svgs.add(path)
        return Size(info.width, info.height)

    def _font_problems(self, path: str, place: Place) -> list[Problem]:
        from assetgen.transforms.fonts import FontRefused
        from assetgen.transforms.lettering import require_font

        data = self._read(path, place)
        if isinstance(data, Problem):
            return [data]
        try:
            require_font(data)
        except FontRefused as error:
            said = f"{path}: {error.message}"
            return [Problem("bad-font", said, place, error.hint)]
        return []

    def _read(self, path: str, place: Place | None) -> bytes | Problem:
        try:
            data = self._files.read(path)
        except PolicyRefused as error:
            outside = "leads out" in error.message
            code = ExitCode.REFUSED if outside else ExitCode.SPEC_INVALID
            return Problem(
                "bad-input", error.message, place, error.hint, exit_code=code
            )
        except DiskRefused as error:
            return Problem("unreadable", error.message, place, error.hint)
        if data is None:
            return Problem("no-such-file", f"there is no file `{path}`", place)
        return data


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
