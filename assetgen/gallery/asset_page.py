"""The page of one asset: its picture, draws, request, files, kin and history, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.changes import changes_of
from assetgen.decide import decide, price_of
from assetgen.gallery.commits import LastCommit, words_data
from assetgen.gallery.faces import NO_FACE, Faces
from assetgen.gallery.facts import facts_of
from assetgen.gallery.prompts import pieces_of
from assetgen.gallery.wall import Circumstances, asset_id, row_of
from assetgen.history import log_of
from assetgen.identify import flatten
from assetgen.locating import lines_of
from assetgen.model import AlphaMask, AssetRef, ColorMask, Drawn, FileRef
from assetgen.pictures import known_put_back_share
from assetgen.reasons import NewAsset, OutcomeOpen, PartChanged, PromptChanged
from assetgen.report.reason_text import reason_text
from assetgen.report.show_text import as_data as show_data
from assetgen.report.show_text import ref_text
from assetgen.sources import spec_reader, text_reader
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.costs import Call
    from assetgen.decide import PlannedAsset
    from assetgen.gallery.faces import Face
    from assetgen.history import Asked, LoggedDraw
    from assetgen.model import Asset, AssetName, Json, Ref
    from assetgen.reasons import Reason
    from assetgen.spans import Place
    from assetgen.world import Planned

PAGE_VERSION = 1


class Surroundings(Value, kw_only=True):
    """What a page is made from beside the plan.

    Attributes:
        faces: Finds pictures.
        around: What else rows show.
        calls: All calls of the ledger.
        commit: The spec of the last commit.
        children: What needs each asset directly, in spec order.
        line_of: Gives the line of an entry's place; None to look each up by itself.
        paints: Whether masks can be painted there.
    """

    faces: Faces
    around: Circumstances
    calls: Sequence[Call]
    commit: LastCommit
    children: dict[AssetName, tuple[AssetName, ...]]
    line_of: Callable[[Place], int | None] | None = None
    paints: bool = True


def page_of(planned: Planned, name: AssetName, given: Surroundings) -> dict[str, Json]:
    """Return the page of one asset.

    Raises:
        AssetgenError: A record, the ledger or the spec cannot be read.
    """
    asset = planned.loaded.assets[name]
    facts, faces = facts_of(asset), given.faces
    looked = _looked_at(planned, asset)
    needs = planned.loaded.graph.needs[name]
    image = faces.of_page(name, facts)
    inputs = _inputs(planned, asset, faces)
    draws, history = _draws(planned, looked, given)
    first = next((each["pic"] for each in inputs if isinstance(each, dict)), None)
    request = looked.request
    prompt = request.prompt if request is not None else _own_prompt(asset)
    return {
        "asset": PAGE_VERSION,
        "row": row_of(planned, faces, given.around, name, facts),
        "show": show_data(asset, looked, needs, _put_back(planned, looked)),
        "yaml_place": _place(planned, asset, given),
        "prompt": _prompt(planned, asset, prompt) if prompt is not None else None,
        "image": image.pic,
        "image_size": [image.width, image.height] if image.width else None,
        "draws": draws,
        "files": _files(planned, asset, looked, faces),
        "inputs": inputs,
        "mask": _mask(planned, asset, faces),
        "parents": [asset_id(each) for each in needs],
        "children": [asset_id(each) for each in given.children.get(name, ())],
        "history": history,
        "changes": {
            "since_build": _since_build(planned, asset, looked, given.around),
            "since_commit": given.commit.changes(planned, name),
        },
        "price": _price(planned, asset, looked),
        "compare": None,
        "paintable": _paintable(first or image.pic, faces) if given.paints else None,
    }


def _paintable(pic: Json, faces: Faces) -> Json:
    """Return the picture that a mask can be painted on: a drawing has no pixels."""
    return pic if isinstance(pic, str) and faces.has_pixels(pic) else None


def _looked_at(planned: Planned, asset: Asset) -> PlannedAsset:
    """Return the plan of the asset with its request, which a plan may have skipped."""
    looked = decide(asset, planned.knowledge, planned.snapshot)
    for each in planned.plan.looked_at:
        if each.name == asset.name:
            return replace(looked, action=each.action, reasons=each.reasons)
    return looked


def _put_back(planned: Planned, looked: PlannedAsset) -> list[float | None]:
    known, memo = looked.known, planned.world.memo
    if known is None:
        return []
    numbers = range(1, len(known.draws) + 1)
    return [known_put_back_share(memo, known, number) for number in numbers]


def _place(planned: Planned, asset: Asset, given: Surroundings) -> Json:
    place = asset.place.key()
    if given.line_of is not None:
        line = given.line_of(place)
    else:
        reader = spec_reader(planned.world.options.root, planned.loaded.text)
        line = lines_of([place], reader).get(place)
    return {"file": place.file, "line": line} if line else None


# --- the prompt -----------------------------------------------------------------


def _own_prompt(asset: Asset) -> str | None:
    return asset.source.prompt if isinstance(asset.source, Drawn) else None


def _prompt(planned: Planned, asset: Asset, prompt: str) -> dict[str, Json]:
    variables = {name: (value, origin) for name, value, origin in asset.variables}
    template = _template(planned, asset) if variables else None
    return {
        "text": prompt,
        "pieces": pieces_of(prompt, template, variables),
    }


def _template(planned: Planned, asset: Asset) -> str | None:
    """Return the prompt as the spec or its file has it; None where it cannot be had."""
    raw = planned.loaded.assets.raw(asset.name).get("prompt")
    if isinstance(raw, dict) and isinstance(path := raw.get("file"), str):
        text = text_reader(planned.world.options.root)(path)
        return text if isinstance(text, str) else None
    return raw if isinstance(raw, str) else None


# --- pictures -------------------------------------------------------------------


def _inputs(planned: Planned, asset: Asset, faces: Faces) -> list[Json]:
    source = asset.source
    if not isinstance(source, Drawn):
        return []
    refs = flatten(source.inputs, planned.knowledge)
    return [_input(planned, ref, faces) for ref in refs]


def _input(planned: Planned, ref: Ref, faces: Faces) -> dict[str, Json]:
    face = _face_of(planned, ref, faces)
    name = ref.name if isinstance(ref, AssetRef) else None
    return {
        "label": ref_text(ref),
        "id": asset_id(name) if name is not None else None,
        "pic": face.pic,
    }


def _face_of(planned: Planned, ref: Ref, faces: Faces) -> Face:
    if isinstance(ref, FileRef):
        return faces.of_file(ref.path) or NO_FACE
    facts = facts_of(planned.loaded.assets[ref.name])
    if ref.draw is None:
        return faces.of_page(ref.name, facts)
    return faces.of_image(ref.name, facts, ref.draw)


def _mask(planned: Planned, asset: Asset, faces: Faces) -> str | None:
    source = asset.source
    if not isinstance(source, Drawn) or source.mask is None:
        return None
    area = source.mask.area
    if not isinstance(area, AlphaMask | ColorMask):
        return None
    return _face_of(planned, area.ref, faces).pic


def _files(
    planned: Planned, asset: Asset, looked: PlannedAsset, faces: Faces
) -> list[Json]:
    """Return the files that are there, then those that are still to be made."""
    targets = {out.path: out.target for out in asset.outputs}
    targets |= {out.path: out.output.target for out in looked.outputs if out.path}
    only = next(iter(planned.loaded.settings.targets))
    rows: list[Json] = []
    seen: set[str] = set()
    for out, digest in faces.outputs_there(asset.name):
        face = faces.of_output(out, digest)
        seen.add(out.path)
        rows.append(
            {
                "path": out.path,
                "target": targets.get(out.path, only),
                "format": out.path.rpartition(".")[2].lower(),
                "width": (face or out.derived).width or None,
                "height": (face or out.derived).height or None,
                "bytes": (face or out.derived).bytes,
                "pic": face.pic if face is not None else None,
                "url": None,
            }
        )
    for each in looked.outputs:
        path = each.path or each.output.path
        if path not in seen:
            rows.append(_file_to_come(path, each.output.target))
    return rows


def _file_to_come(path: str, target: str) -> dict[str, Json]:
    return {
        "path": path,
        "target": target,
        "format": path.rpartition(".")[2].lower(),
        **dict.fromkeys(("width", "height", "bytes", "pic", "url")),
    }


# --- draws ----------------------------------------------------------------------


def _draws(
    planned: Planned, looked: PlannedAsset, given: Surroundings
) -> tuple[list[Json], list[Json]]:
    """Return all draws, those of the present request first, and the history."""
    world, name = planned.world, looked.name
    row = planned.snapshot.rows.get(name)
    log = log_of(
        name,
        looked,
        calls=given.calls,
        pin=world.lock.get(name),
        store=world.store,
        before=row.key if row is not None else None,
    )
    draws: list[Json] = [
        _draw(draw, asked, given.faces)
        for asked in log.requests
        for draw in asked.draws
    ]
    own = sorted(
        (call for call in given.calls if call.asset == name),
        key=lambda call: call.at,
        reverse=True,
    )
    return draws, [_call(each) for each in own]


def _draw(draw: LoggedDraw, asked: Asked, faces: Faces) -> dict[str, Json]:
    record = draw.record
    face = faces.of_draw(draw.digest, record) if draw.there else None
    return {
        "number": draw.number,
        "digest": draw.digest,
        "at": draw.at or None,
        "model": (record.model if record is not None else "") or asked.model,
        "cost_usd": record.cost_usd if record is not None else None,
        "estimated": record.cost_estimated if record is not None else False,
        "there": draw.there,
        "picked": draw.picked,
        "present": asked.present,
        "pic": face.pic if face is not None else None,
        "width": face.width if face is not None else None,
        "height": face.height if face is not None else None,
        "bytes": face.bytes if face is not None else None,
    }


def _call(call: Call) -> dict[str, Json]:
    asked = f"{call.asked} draw{'s' if call.asked != 1 else ''}"
    model = f" from {call.model or call.provider}"
    ends = {
        "ok": f"{len(call.draws)} of {asked} banked"
        if call.draws
        else "nothing banked",
        "refused": f"refused: {call.reason}" if call.reason else "refused",
        "failed": f"failed: {call.reason}" if call.reason else "failed",
        "unknown": "outcome unknown, may have been charged",
        "settled": "outcome unknown, settled since",
    }
    what = f"{asked} asked{model}; {ends[call.end]}"
    if call.end == "ok" and len(call.draws) == call.asked:
        what = f"{asked}{model}{', a re-roll' if call.is_reroll else ''}"
    return {"at": call.at, "what": what, "cost_usd": call.cost_usd}


# --- what changed, and what it costs ----------------------------------------------


def _since_build(
    planned: Planned, asset: Asset, looked: PlannedAsset, around: Circumstances
) -> list[Json]:
    """Return what of the request is not as in the lock or the last build."""
    row = planned.snapshot.rows.get(asset.name)
    found: tuple[Reason, ...] = ()
    if looked.request is not None:
        found = changes_of(asset.name, looked.request, row, planned.snapshot) or ()
    known = {each.kind for each in found}
    if asset.name in around.running:  # a call that is on its way is no lost one
        known.add(OutcomeOpen.kind)
    others = [each for each in looked.reasons if each.kind not in known]
    return [_change(each) for each in (*found, *others)]


def _change(reason: Reason) -> dict[str, Json]:
    if isinstance(reason, PromptChanged):
        return words_data("prompt", reason.old, reason.new, None)
    if isinstance(reason, PartChanged):
        field = reason.name.removeprefix("parameter ")
        old, new = reason.old.strip('"'), reason.new.strip('"')
        return {"field": field, "place": None, "old": old, "new": new}
    is_new = isinstance(reason, NewAsset)
    note = "never built so far" if is_new else reason_text(reason)
    return {"field": reason.kind.replace("-", " "), "place": None, "note": note}


def _price(
    planned: Planned, asset: Asset, looked: PlannedAsset
) -> dict[str, Json] | None:
    if not isinstance(asset.source, Drawn):
        return None
    facts = planned.snapshot.providers[asset.source.provider]
    again = None
    if looked.request is not None and not (facts.deterministic and not facts.paid):
        again = price_of(asset, looked.request, 1, planned.snapshot).usd
    return {
        "estimate_usd": looked.estimate.usd,
        "kind": looked.estimate.kind,
        "reroll_usd": again,
        "thaw_usd": _price_thawed(planned, asset, asset.source),
    }


def _price_thawed(planned: Planned, asset: Asset, source: Drawn) -> float | None:
    """Return what a build asks for an asset once it is not frozen; 0.0 if it is not."""
    if not source.frozen:
        return 0.0
    thawed = replace(asset, source=replace(source, frozen=False))
    looked = decide(thawed, planned.knowledge, planned.snapshot)
    return looked.estimate.usd if looked.draws else 0.0
