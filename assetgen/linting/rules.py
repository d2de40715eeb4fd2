"""The lint rules: a spec that is loaded to what would better be otherwise; pure.

A rule says nothing where it is not sure: a warning that is wrong teaches people to
ignore the others. What one line does to many assets is one warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.errors import Problem
from assetgen.model import AssetRef, Drawn, Sheet
from assetgen.providers.parameters import ENDS_SOON_DAYS
from assetgen.spans import Place
from assetgen.values import Value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from assetgen.asking import Voices
    from assetgen.load import Loaded
    from assetgen.model import Asset, AssetName, Json
    from assetgen.providers.models import Model, ModelTable

NEAR_LIMIT: Final = 0.9
"""Share of a model's longest prompt above which a prompt is worth a warning."""

ON_PAGES: Final = frozenset((None, "responsive", "og", "densities", "thumbnail"))
"""Built-in presets whose files stand in pages; the others make icons."""


class Subject(Value, kw_only=True):
    """What rules look at.

    Attributes:
        assets: All assets, resolved, in spec order.
        entries: The raw maps under ``assets:`` by their places.
        dependents: The assets that use each asset.
        table: Gives the models of a provider; None where it has no table.
        today: Models end on days.
    """

    loaded: Loaded
    assets: tuple[Asset, ...]
    entries: Mapping[Place, Mapping[str, Json]]
    dependents: Mapping[AssetName, tuple[AssetName, ...]]
    voices: Voices
    table: Callable[[str], ModelTable | None]
    today: dt.date

    def drawn(self) -> Iterator[tuple[Asset, Drawn, Model | None]]:
        """Yield each asset that is drawn, with its model; None where it is unknown."""
        for asset in self.assets:
            source = asset.source
            if not isinstance(source, Drawn):
                continue
            table = self.table(source.provider)
            free = source.model is None and source.provider == "placeholder"
            known = None if table is None or free else table.get(source.model)
            yield asset, source, known


class Rule(NamedTuple):
    """A rule.

    Attributes:
        name: As messages, `--allow` and comments say it.
        summary: What it finds, one sentence.
        reason: Why that matters.
        find: Returns what it found, with the rule's name as the code.
    """

    name: str
    summary: str
    reason: str
    find: Callable[[Subject], Iterator[Problem]]


# --- what nobody uses -------------------------------------------------------------


def _unused_vars(subject: Subject) -> Iterator[Problem]:
    used: set[str] = set()
    own: dict[Place, set[str]] = {}
    for asset in subject.assets:
        for name, _, origin in asset.variables:
            if origin == "spec":
                used.add(name)
            elif origin == "asset":
                own.setdefault(asset.place, set()).add(name)
    for name, place in _declared(subject.loaded, "vars"):
        if name not in used:
            yield Problem(
                "unused-var", f"no asset uses the variable `{name}`", place, _REMOVE
            )
    for place, raw in subject.entries.items():
        names = raw.get("vars")
        for name in names if isinstance(names, dict) else ():
            if name not in own.get(place, ()):
                yield Problem(
                    "unused-var",
                    f"the asset does not use its variable `{name}`",
                    place.key("vars", name),
                    _REMOVE,
                )


def _unused_presets(subject: Subject) -> Iterator[Problem]:
    presets = subject.loaded.settings.presets
    if not presets:
        return
    waiting = [
        name
        for raw in subject.entries.values()
        for name in _presets_in(raw.get("outputs"))
    ]
    used: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        for name in (wanted,) if "$" not in wanted else _matching(wanted, presets):
            if name in presets and name not in used:
                used.add(name)
                waiting += _presets_in(presets[name].outputs)
    for name, place in _declared(subject.loaded, "presets"):
        if name not in used:
            yield Problem(
                "unused-preset", f"no asset uses the preset `{name}`", place, _REMOVE
            )


def _presets_in(outputs: Json) -> list[str]:
    """Return the presets that a list of outputs names."""
    listed = outputs if isinstance(outputs, list) else []
    return [
        str(each["preset"])
        for each in listed
        if isinstance(each, dict) and "preset" in each
    ]


def _matching(template: str, names: Mapping[str, object]) -> list[str]:
    """Return the names that a template could stand for."""
    parts = (re.escape(part) for part in re.split(r"\$\{[^{}]*\}", template))
    pattern = re.compile(".*".join(parts))
    return [name for name in names if pattern.fullmatch(name)]


def _unused_targets(subject: Subject) -> Iterator[Problem]:
    used = {each.target for asset in subject.assets for each in asset.outputs}
    for name, place in _declared(subject.loaded, "targets"):
        if name not in used:
            yield Problem(
                "unused-target",
                f"no output goes to the target `{name}`",
                place,
                _REMOVE,
            )


def _unused_assets(subject: Subject) -> Iterator[Problem]:
    whole: dict[Place, int] = {}
    idle: dict[Place, list[AssetName]] = {}
    for asset in subject.assets:
        whole[asset.place] = whole.get(asset.place, 0) + 1
        if not asset.outputs and not subject.dependents.get(asset.name):
            idle.setdefault(asset.place, []).append(asset.name)
    for place, names in idle.items():
        count = whole[place]
        what = f"`{names[0]}` has" if count == 1 else _of_all(names, count)
        yield Problem(
            "unused-asset",
            f"{what} no outputs, and no other asset uses it",
            place.key(),
            "give it `outputs`, or remove it",
        )


def _of_all(names: list[AssetName], count: int) -> str:
    if len(names) == 1:
        return f"`{names[0]}`, one of {count:,} assets, has"
    return f"each of {len(names):,} of {count:,} assets (`{names[0]}`, ...) has"


def _declared(loaded: Loaded, section: str) -> Iterator[tuple[str, Place]]:
    """Yield the names of a top-level map in all files, with the places of their keys."""
    for file in loaded.text.files:
        names = file.head.get(section)
        if isinstance(names, dict):
            for name in names:
                yield name, Place(file.path, (section, name), on_key=True)


# --- requests ---------------------------------------------------------------------


def _long_prompts(subject: Subject) -> Iterator[Problem]:
    for asset, source, model in subject.drawn():
        if model is None or not model.described:
            continue
        limit = model.prompt_max_chars
        if len(source.prompt) > limit * NEAR_LIMIT:
            yield Problem(
                "prompt-near-limit",
                f"the prompt has {len(source.prompt):,} characters, and {model.id} takes"
                f" {limit:,}",
                asset.place.at("prompt"),
                "shorten it: models lose track of long prompts before they refuse them",
            )


def _auto_with_budget(subject: Subject) -> Iterator[Problem]:
    if subject.loaded.settings.budget.build_usd is None:
        return
    found: dict[tuple[Place, str], int] = {}
    for asset, source, model in subject.drawn():
        if model is None or not model.described:
            continue
        params = dict(source.params)
        left_open = []
        if "auto" in model.qualities and params.get("quality", "auto") == "auto":
            left_open.append("quality")
        if not source.takes_size_of_input and params.get("size", "auto") == "auto":
            left_open.append("size")
        for key in left_open:
            _, place = subject.voices.place_of(asset, source, key)
            found[place, key] = found.get((place, key), 0) + 1
    for (place, key), count in found.items():
        yield Problem(
            "auto-with-budget",
            f"the model chooses the {key}, so the price is not known before, and the"
            f" spec has a budget{_struck(count)}",
            place,
            f"write the `{key}` that is wanted, here or under `defaults`",
        )


def _lossy_masters(subject: Subject) -> Iterator[Problem]:
    found: dict[Place, list[str]] = {}
    for asset, source, _ in subject.drawn():
        params = dict(source.params)
        form = params.get("output_format")
        compressed = form == "webp" and params.get("output_compression", 100) != 100
        if form != "jpeg" and not compressed:
            continue
        use = _second_use(asset, subject)
        if use:
            _, place = subject.voices.place_of(asset, source, "output_format")
            found.setdefault(place, []).append(f"`{asset.name}` {use}")
    for place, uses in found.items():
        yield Problem(
            "lossy-master",
            f"{uses[0]}, and is drawn with losses that every use repeats"
            f"{_struck(len(uses))}",
            place,
            "draw it as png or as webp without `output_compression`; the outputs say"
            " how small their files are",
        )


def _second_use(asset: Asset, subject: Subject) -> str:
    """Return what is made of a draw beside one file of it; empty if nothing is."""
    users = subject.dependents.get(asset.name)
    if users:
        return f"is used by `{users[0]}`"
    if asset.process:
        return "goes through `process`"
    return f"has {len(asset.outputs)} outputs" if len(asset.outputs) > 1 else ""


def _models_that_end(subject: Subject) -> Iterator[Problem]:
    found: dict[tuple[Place, Model], int] = {}
    instead: dict[str, str] = {}
    for asset, source, model in subject.drawn():
        table = subject.table(source.provider)
        if model is None or table is None or model.shutdown is None or source.frozen:
            continue
        if 0 < (model.shutdown - subject.today).days <= ENDS_SOON_DAYS:
            _, place = subject.voices.place_of(asset, source, "model")
            found[place, model] = found.get((place, model), 0) + 1
            instead[model.id] = table.replacement(model)
    for (place, model), count in found.items():
        assert model.shutdown is not None
        left = (model.shutdown - subject.today).days
        days = "tomorrow" if left == 1 else f"in {left} days"
        yield Problem(
            "model-ends-soon",
            f"{model.id} ends {days}, on {model.shutdown}{_struck(count)}",
            place,
            f"move to {instead[model.id]}, or freeze what is to stay as it is"
            " (`frozen: true`)",
        )


def _struck(count: int) -> str:
    return "" if count == 1 else f" ({count:,} assets)"


# --- pages ------------------------------------------------------------------------


def _missing_alts(subject: Subject) -> Iterator[Problem]:
    pages = {
        name
        for name, target in subject.loaded.settings.targets.items()
        if target.engine == "web" or target.snippets
    }
    found: dict[Place, list[str]] = {}
    for asset in subject.assets:
        if asset.alt is not None or isinstance(asset.source, Sheet):
            continue
        shown = [
            each.target
            for each in asset.outputs
            if each.preset == "responsive"
            or (each.target in pages and each.preset in ON_PAGES)
        ]
        if shown:
            found.setdefault(asset.place, []).append(
                f"`{asset.name}` goes to pages (target `{shown[0]}`) and has no `alt`"
            )
    for place, messages in found.items():
        yield Problem(
            "missing-alt",
            f"{messages[0]}{_struck(len(messages))}",
            place.key(),
            'say what it shows to those who cannot see it; `alt: ""` is for decoration',
        )


# --- inputs -----------------------------------------------------------------------


def _doubled_inputs(subject: Subject) -> Iterator[Problem]:
    found: set[Place] = set()
    for asset, source, _ in subject.drawn():
        names = [each.name for each in source.inputs if isinstance(each, AssetRef)]
        again = next((name for name in names if names.count(name) > 1), None)
        if again is not None and len(set(source.inputs)) < len(source.inputs):
            place = asset.place.at("inputs")
            if place not in found:
                found.add(place)
                yield Problem(
                    "doubled-input",
                    f"`{again}` goes out more than once, and each time is paid for",
                    place,
                    "name it once; a prompt can speak of one image as often as it likes",
                )


_REMOVE: Final = "remove it, or the word that should name it is misspelt"

RULES: Final = (
    Rule(
        "unused-var",
        "a variable of the spec that no asset uses",
        "A word that was changed there and changes no picture is searched for long.",
        _unused_vars,
    ),
    Rule(
        "unused-preset",
        "a preset that no asset uses",
        "It looks as if files came from it.",
        _unused_presets,
    ),
    Rule(
        "unused-target",
        "a target that no output goes to",
        "Its folder stays empty, and a build says nothing about that.",
        _unused_targets,
    ),
    Rule(
        "unused-asset",
        "an asset without outputs that no other asset uses",
        "It is drawn and paid for, and nobody sees it.",
        _unused_assets,
    ),
    Rule(
        "prompt-near-limit",
        "a prompt longer than nine tenths of what its model takes",
        "A prompt over the limit is an error of every check; one word more and this is one.",
        _long_prompts,
    ),
    Rule(
        "auto-with-budget",
        "a size or quality that is left to the model, in a spec with a budget",
        "The plan can only count with the dearest one, so the budget stops builds that"
        " would have been cheap, or says little about those that run.",
        _auto_with_budget,
    ),
    Rule(
        "lossy-master",
        "a draw in jpeg, or webp with `output_compression`, that is worked on further",
        "Its losses are in everything made of it, and it cannot be drawn again the same.",
        _lossy_masters,
    ),
    Rule(
        "missing-alt",
        "a picture for pages without `alt`: in a target with `engine: web` or `snippets`,"
        " or of the preset `responsive`; icons and sheets are left out",
        "Those who cannot see it are told nothing.",
        _missing_alts,
    ),
    Rule(
        "model-ends-soon",
        f"a model that ends within {ENDS_SOON_DAYS} days, locked pictures included",
        "After that day no prompt that names it can be changed.",
        _models_that_end,
    ),
    Rule(
        "doubled-input",
        "the same picture twice among an asset's `inputs`",
        "Every input is paid for each time that it goes out.",
        _doubled_inputs,
    ),
)
"""All rules, in the order of the reference."""
