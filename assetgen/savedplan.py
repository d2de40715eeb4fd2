"""A plan in a file, and whether it still holds: `plan -o FILE`, `build --plan FILE`.

The file says what was asked (names, profile and the like), what the spec and the lock
said of each asset, and what would be done: requests, draws, prices, files. A build that
follows it makes its own plan and compares. Only if both are the same does it do
anything, so that what was reviewed is what is done and paid for.

The same project gives the same bytes: no times, no paths of a machine. Prompts are not
in it, only hashes of a request's parts, by which a change gets its name. How a file is
made from pictures that are at hand (derived, restored, fetched) is not compared: none
of it is asked of anybody. The file is read as data that anybody may have written: it
cannot bring code, credentials or a budget with it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.actionkey import request_parts
from assetgen.decide import Action
from assetgen.digest import canonical, digest_of
from assetgen.errors import ChangesPending, UsageError
from assetgen.files import read_if_there
from assetgen.registry import BUILT_IN, OPENAI
from assetgen.values import Value, as_mapping, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assetgen.decide import PlannedAsset
    from assetgen.model import AssetName, Json
    from assetgen.world import Options, Planned

FORM: Final = 1
"""Version of the file's form."""

_LISTED: Final = 20
_SHORT: Final = 16
"""Hexadecimal digits that tell apart what one project says at two times."""

_WORDS: Final = ("names", "tags", "targets")
_NAMES: Final = ("profile", "provider")
_SWITCHES: Final = ("force", "retry_rejected", "retry_unknown", "redraw_missing")
_AT_HAND: Final = frozenset({Action.DERIVE, Action.RESTORE, Action.FETCH})


class SavedPlan(Value, kw_only=True):
    """A plan as its file has it.

    Attributes:
        path: The file, as messages name it.
        asked: Names, tags, targets, profile, provider and switches it was made with.
        assets: What it says of each asset, by name.
        removals: Files that would be removed.
    """

    path: str
    asked: Mapping[str, Json]
    assets: Mapping[str, dict[str, Json]]
    removals: tuple[str, ...]


class Moved(Value):
    """An asset (or file) that is not as it was when the plan was made.

    Attributes:
        reason: One clause in lower case.
    """

    name: str
    reason: str


# --- writing ------------------------------------------------------------------


def as_document(planned: Planned, options: Options) -> str:
    """Return the text of the file that stands for a plan."""
    lock = planned.world.lock
    assets = _assets(planned)
    document: dict[str, Json] = {
        "saved_plan": FORM,
        "spec": digest_of(
            canonical([[n, each["spec"]] for n, each in assets.items()]).encode()
        ),
        "lock": digest_of(lock.text().encode()),
        "asked": _asked(options),
        "assets": [{"name": name, **each} for name, each in assets.items()],
        "removals": list(planned.plan.removals),
        "draws": planned.plan.draws(),
        "estimate_usd": planned.plan.estimate_usd(),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _asked(options: Options) -> dict[str, Json]:
    given = as_mapping(options)
    asked: dict[str, Json] = {name: sorted(set(given[name])) for name in _WORDS}
    return asked | {name: given[name] for name in (*_NAMES, *_SWITCHES)}


def _assets(planned: Planned) -> dict[AssetName, dict[str, Json]]:
    """Return what a plan says of each of its assets, in build order."""
    prints = planned.loaded.catalogue.fingerprints
    lock = planned.world.lock
    found: dict[AssetName, dict[str, Json]] = {}
    for each in planned.plan.assets:
        row = lock.rows.get(each.name)
        found[each.name] = {
            "spec": prints[each.name][:_SHORT],
            "lock": None if row is None else digest_of(row.encode())[:_SHORT],
            "action": each.action.value,
            **_work(each),
        }
    return found


def _work(asset: PlannedAsset) -> dict[str, Json]:
    """Return what is to be done for an asset; {} for nothing."""
    work: dict[str, Json] = {}
    if asset.draws:
        work["draws"] = asset.draws
        work["estimate_usd"] = asset.estimate.usd
        work["estimate"] = asset.estimate.kind
    if asset.request is not None:
        work["key"] = asset.key
        work["request"] = {
            name: digest_of(value.encode("utf-8", "surrogatepass"))[:_SHORT]
            for name, value in request_parts(asset.request)
        }
    if asset.outputs:
        work["outputs"] = [
            {
                "path": each.path or each.output.path,
                "action": each.action.value,
                "key": each.key,
            }
            for each in asset.outputs
        ]
    return work


# --- reading ------------------------------------------------------------------


def read_plan(path: Path, shown_as: str) -> SavedPlan:
    """Return the plan that a file holds.

    Raises:
        UsageError: There is no such file, or it holds no plan.
        DiskRefused: It cannot be read.
    """
    data = read_if_there(path)
    if data is None:
        raise UsageError(
            f"there is no plan {shown_as}", hint="`assetgen plan -o FILE` writes one"
        )
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "saved_plan" not in document:
        raise UsageError(
            f"{shown_as} is no plan", hint="`assetgen plan -o FILE` writes one"
        )
    if document["saved_plan"] != FORM:
        raise UsageError(
            f"version {document['saved_plan']!r} of the plan {shown_as} is not known "
            "here",
            hint="make it again with this version of assetgen",
        )
    assets, removals = document.get("assets"), document.get("removals")
    asked = document.get("asked")
    if not isinstance(asked, dict) or not _is_sound(asked):
        raise UsageError(f"{shown_as} does not say what the plan was made for")
    rows = assets if isinstance(assets, list) else []
    return SavedPlan(
        path=shown_as,
        asked=asked,
        assets={
            str(row["name"]): row
            for row in rows
            if isinstance(row, dict) and "name" in row
        },
        removals=tuple(map(str, removals)) if isinstance(removals, list) else (),
    )


def _is_sound(asked: dict[str, Json]) -> bool:
    """Return whether the flags in a file have the types of flags."""
    lists = [asked.get(name) for name in _WORDS]
    texts = [asked.get(name) for name in _NAMES]
    return (
        all(isinstance(x, list) and all(isinstance(y, str) for y in x) for x in lists)
        and all(x is None or isinstance(x, str) for x in texts)
        and all(isinstance(asked.get(name), bool) for name in _SWITCHES)
    )


def options_for(saved: SavedPlan, options: Options) -> Options:
    """Return `options` with what the plan was made for.

    Raises:
        UsageError: The flags say something of it, too, or the plan names a plug-in that
            neither flags nor settings do: a file cannot load code.
    """
    given, asked = _asked(options), dict(saved.asked)
    for name in (*_WORDS, "profile", *_SWITCHES):
        if given[name]:
            raise UsageError(
                f"{_flag(name)} cannot be given beside --plan: the plan says what is "
                "built",
            )
    provider = asked["provider"]
    if given["provider"] not in {None, provider}:
        raise UsageError(
            f"the plan was made with {_provider_words(provider)}, not with "
            f"--provider {options.provider}"
        )
    may_load = (*BUILT_IN, OPENAI, *options.providers, options.provider, None)
    if provider not in may_load:
        raise UsageError(
            f"the plan was made with the plug-in {provider!r}",
            hint=f"say --provider {provider} again if that is meant",
        )
    changes = {name: tuple(asked.pop(name)) for name in _WORDS}  # type: ignore[arg-type]  # `_is_sound`
    return replace(options, **changes, **{x: asked[x] for x in (*_NAMES, *_SWITCHES)})


def _flag(name: str) -> str:
    words = {"names": "NAME", "tags": "--tag", "targets": "--target"}
    return words.get(name) or f"--{name.replace('_', '-')}"


def _provider_words(provider: Json) -> str:
    return "the spec's providers" if provider is None else f"--provider {provider}"


# --- comparing ----------------------------------------------------------------


def refuse_if_moved(saved: SavedPlan, planned: Planned) -> None:
    """Raise if a plan made now differs from the saved one.

    Raises:
        ChangesPending: It does; says what moved and why.
    """
    moved = tuple(what_moved(saved, planned))
    if not moved:
        return
    listed = "; ".join(f"{each.name}: {each.reason}" for each in moved[:_LISTED])
    more = f"; and {len(moved) - _LISTED:,} more" if len(moved) > _LISTED else ""
    raise ChangesPending(
        f"the plan {saved.path} does not hold any more: {listed}{more}",
        hint="make a new one with `assetgen plan -o FILE`, and look at it",
    )


def what_moved(saved: SavedPlan, planned: Planned) -> Iterator[Moved]:
    """Yield the assets and files that are not as they were when the plan was made."""
    now = _assets(planned)
    for name, each in now.items():
        was = saved.assets.get(name)
        reason = "it is new" if was is None else _difference(was, each)
        if reason:
            yield Moved(name, reason)
    for gone in sorted(saved.assets.keys() - now.keys()):
        yield Moved(gone, "it is gone")
    for path in sorted(set(planned.plan.removals) ^ set(saved.removals)):
        stays = path in saved.removals
        is_now = "would not be removed any more" if stays else "would be removed now"
        yield Moved(path, is_now)


def _difference(was: dict[str, Json], now: dict[str, Json]) -> str:
    """Return how what is said of an asset differs; empty if it does not.

    What is nearest to the cause comes first: the request, then the lock, then the rest.
    """
    if was.get("key") and now.get("key") and was["key"] != now["key"]:
        parts = ", ".join(_parts_moved(was.get("request"), now.get("request")))
        return f"its request changed ({parts})" if parts else "its request changed"
    if was.get("lock") != now.get("lock"):
        return "its line in the lock changed"
    if was.get("spec") != now.get("spec"):
        return "its part of the spec changed"
    if _kind(was) != _kind(now):
        return f"{was.get('action')} then, {now['action']} now"
    if was.get("draws", 0) != now.get("draws", 0):
        return f"{was.get('draws', 0)} draws then, {now.get('draws', 0)} now"
    prices = [(x.get("estimate_usd"), x.get("estimate")) for x in (was, now)]
    if prices[0] != prices[1]:
        return f"its price was {_usd(prices[0][0])} and is {_usd(prices[1][0])}"
    return _outputs_moved(was.get("outputs"), now.get("outputs"))


def _parts_moved(was: Json, now: Json) -> Iterator[str]:
    """Yield the names of the parts of a request that differ."""
    old = was if isinstance(was, dict) else {}
    new = now if isinstance(now, dict) else {}
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield name.removeprefix("parameter ")


def _kind(asset: dict[str, Json]) -> Json:
    """Return an action; what is made from pictures at hand counts as one."""
    action = asset.get("action")
    return "derive" if action in {each.value for each in _AT_HAND} else action


def _usd(usd: Json) -> str:
    return f"${usd:.4f}" if isinstance(usd, int | float) else "not known"


def _outputs_moved(was: Json, now: Json) -> str:
    """Return which file is to be made otherwise; empty if none is."""
    old, new = _outputs(was), _outputs(now)
    for path in dict.fromkeys((*new, *old)):
        if old.get(path) != new.get(path):
            return f"{path} would be made otherwise"
    return ""


def _outputs(data: Json) -> dict[str, tuple[Json, Json]]:
    rows = (
        [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    )
    return {str(row.get("path")): (row.get("key"), _kind(row)) for row in rows}
