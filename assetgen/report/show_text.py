"""One asset in full: as text and as JSON; pure.

The JSON form is public: `schemas/show.schema.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    Drawn,
    FileRef,
    FileSource,
    GlobRef,
    Layers,
    ShapeMask,
    Sheet,
)
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.reason_text import reason_json, reasons_text
from assetgen.report.summary import put_back_text
from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.decide import PlannedAsset, PlannedOutput
    from assetgen.model import Asset, Extend, Json, Length, Mask, Output, Refs
    from assetgen.sheetparts import Part

_SIDES: Final = (("width", "wide"), ("height", "high"))


def source_name(asset: Asset) -> str:
    """Return the key of the asset's source, as specs write it."""
    match asset.source:
        case Drawn(operation="vary"):
            return "variations_of"
        case Drawn():
            return "prompt"
        case FileSource():
            return "file"
        case Layers():
            return "layers"
        case Sheet():
            return "sheet"


# --- data -------------------------------------------------------------------------


def as_data(
    asset: Asset,
    planned: PlannedAsset | None,
    needs: Sequence[str],
    put_back: Sequence[float | None] = (),
) -> dict[str, Json]:
    """Return everything that is known of an asset, as the schema describes it.

    Args:
        put_back: For each draw the share of the pixels outside its mask that it had
            changed, 0.0 to 1.0; None where that is not known.
    """
    known = planned.known if planned is not None else None
    return {
        "show": 1,
        "name": asset.name,
        "source": source_name(asset),
        "place": {"file": asset.place.file, "pointer": list(asset.place.pointer)},
        "description": asset.description,
        "alt": asset.alt,
        "tags": list(asset.tags),
        "needs": list(needs),
        "action": planned.action.value if planned is not None else None,
        "reasons": [reason_json(each) for each in planned.reasons] if planned else [],
        "key": planned.key if planned is not None else None,
        "request": request_data(asset, planned),
        "process": [{each.name: plain(each.args)} for each in asset.process],
        "variables": [
            {"name": name, "value": value, "from": origin}
            for name, value, origin in asset.variables
        ],
        "draws": list(known.draws) if known is not None else [],
        "pick": known.pick + 1 if known is not None and known.draws else None,
        "put_back": list(put_back),
        "outputs": _outputs(asset, planned),
    }


def request_data(asset: Asset, planned: PlannedAsset | None) -> Json:
    """Return what is asked of the provider as data; None for assets nobody draws."""
    source = asset.source
    if not isinstance(source, Drawn):
        return None
    request = planned.request if planned is not None else None
    data: dict[str, Json] = {
        "operation": source.operation,
        "provider": source.provider,
        "model": request.model if request is not None else source.model,
        "prompt": request.prompt if request is not None else source.prompt,
        "parameters": dict(source.params),
        "n": source.n,
        "revision": source.revision,
        "moderation": source.moderation,
        "inputs": [ref_text(ref) for ref in source.inputs],
        "mask": plain(source.mask),
        "markup": None if source.markup is None else ref_text(source.markup),
        "extend": plain(source.extend),
        "outside": source.outside,
    }
    return data


def _outputs(asset: Asset, planned: PlannedAsset | None) -> list[Json]:
    """Return the files of an asset; all of a sheet's where their number is known."""
    files: dict[int, list[PlannedOutput]] = {}
    for each in planned.outputs if planned is not None else ():
        files.setdefault(id(each.output), []).append(each)
    idle = planned is not None and planned.action.value == "up-to-date"
    rows: list[Json] = []
    for output in asset.outputs:
        made = files.get(id(output), [])
        rows += [_output(output, e.path, e.action.value, e.part) for e in made]
        if not made:
            rows.append(_output(output, None, "up-to-date" if idle else None, None))
    return rows


def _output(
    output: Output, path: str | None, action: str | None, part: Part | None
) -> dict[str, Json]:
    is_data = part is not None and part.kind != "picture"
    return {
        "path": path or output.path,
        "target": output.target,
        "format": part.kind if part is not None and is_data else output.format,
        "width": output.width,
        "height": output.height,
        "action": action,
    }


def ref_text(ref: Refs) -> str:
    """Return a reference as people write it."""
    match ref:
        case AssetRef(name, draw):
            return name if draw is None else f"{name} (draw {draw})"
        case FileRef(path):
            return f"file {path}"
        case GlobRef(pattern):
            return pattern


def plain(value: object) -> Json:
    """Return `value` (model values, tuples, mappings, scalars) as JSON data."""
    if isinstance(value, AssetRef | FileRef | GlobRef):
        return ref_text(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Value):
        return {name: plain(each) for name, each in as_mapping(value).items()}
    assert hasattr(value, "items"), type(value)
    return {str(key): plain(each) for key, each in value.items()}


# --- text -------------------------------------------------------------------------


def as_json(data: dict[str, Json]) -> str:
    """Return `as_data` as one JSON document."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_text(
    asset: Asset,
    planned: PlannedAsset | None,
    needs: Sequence[str],
    put_back: Sequence[float | None] = (),
) -> str:
    """Return an asset in full, for people; `put_back` as in `as_data`."""
    blocks = [_head_lines(asset, planned, needs)]
    if isinstance(asset.source, Drawn):
        blocks.append(_prompt_lines(asset, planned))
        blocks.append(_variable_lines(asset))
        blocks.append(["request", *_request_lines(asset, planned)])
        blocks.append(_draw_lines(planned, put_back))
    blocks.append(_output_lines(asset, planned))
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _head_lines(
    asset: Asset, planned: PlannedAsset | None, needs: Sequence[str]
) -> list[str]:
    where = ".".join(str(part) for part in asset.place.pointer)
    rows = [
        ("description", asset.description),
        ("alt", asset.alt or ""),
        ("source", source_name(asset)),
        ("in", f"{asset.place.file}, {where}"),
        ("tags", ", ".join(asset.tags)),
        ("needs", ", ".join(needs)),
        ("steps", ", ".join(step.name for step in asset.process)),
    ]
    lines = [escape_terminal(asset.name)]
    lines += [
        f"  {name:<14}{escape_terminal(' '.join(text.split()))}"
        for name, text in rows
        if text
    ]
    if planned is not None:
        why = reasons_text(planned.reasons)
        lines.append(f"  {'plan':<14}{planned.action.value}{f': {why}' if why else ''}")
        if planned.key is not None:
            lines.append(f"  {'request key':<14}{planned.key}")
    return lines


def _prompt_lines(asset: Asset, planned: PlannedAsset | None) -> list[str]:
    assert isinstance(asset.source, Drawn)
    request = planned.request if planned is not None else None
    prompt = request.prompt if request is not None else asset.source.prompt
    return ["prompt", *_indented(prompt)] if prompt else []


def _variable_lines(asset: Asset) -> list[str]:
    if not asset.variables:
        return []
    rows = [
        f"  ${{{name}}} = {escape_terminal(' '.join(str(value).split()))}  (from {_origin(origin)})"
        for name, value, origin in asset.variables
    ]
    return ["variables", *rows]


def _origin(origin: str) -> str:
    return {"asset": "the asset's vars", "spec": "the spec's vars"}.get(
        origin, f"the {origin}"
    )


def _request_lines(asset: Asset, planned: PlannedAsset | None) -> list[str]:
    """Return what is asked beside the prompt, in the words of the spec."""
    source = asset.source
    assert isinstance(source, Drawn)
    request = planned.request if planned is not None else None
    model = request.model if request is not None else source.model
    rows = [
        ("operation", source.operation),
        ("provider", source.provider),
        ("model", model or "none named, so the provider's usual one"),
        *((name, _value_text(value)) for name, value in source.params),
        ("moderation", source.moderation or ""),
        ("n", str(source.n) if source.n != 1 else ""),
        ("revision", str(source.revision) if source.revision else ""),
        ("inputs", ", ".join(ref_text(ref) for ref in source.inputs)),
        ("mask", "" if source.mask is None else mask_text(source.mask)),
        ("markup", "" if source.markup is None else ref_text(source.markup)),
        ("extend", "" if source.extend is None else extend_text(source.extend)),
    ]
    if source.mask is not None or source.extend is not None:
        rows.append(("outside", source.outside))
    width = max(14, *(len(name) + 2 for name, text in rows if text))
    return [
        f"  {escape_terminal(name):<{width}}{escape_terminal(text)}"
        for name, text in rows
        if text
    ]


def _value_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def mask_text(mask: Mask) -> str:
    """Return what of the first input may change, in words."""
    text = _area_text(mask.area)
    if mask.invert:
        text += ", inverted"
    if mask.grow_px:
        word = "grown" if mask.grow_px > 0 else "shrunk"
        text += f", {word} by {abs(mask.grow_px)} px"
    return text + (f", feather {mask.feather_px} px" if mask.feather_px else "")


def _area_text(area: AlphaMask | ColorMask | ShapeMask) -> str:
    match area:
        case AlphaMask(ref):
            return f"where {ref_text(ref)} is transparent"
        case ColorMask(ref, edit, threshold):
            return f"where {ref_text(ref)} is {edit} (threshold {threshold})"
        case ShapeMask(kind, lengths):
            return f"{kind} [{', '.join(_length_text(each) for each in lengths)}]"


def extend_text(extend: Extend) -> str:
    """Return how the first input is made larger, in words."""
    if extend.to is not None:
        return f"to {extend.to}, the input at {extend.anchor}"
    sides = ("left", "right", "top", "bottom")
    lengths = ((side, getattr(extend, side)) for side in sides)
    return ", ".join(
        f"{side} {_length_text(length)}" for side, length in lengths if length.value
    )


def _length_text(length: Length) -> str:
    return f"{length.value:g}%" if length.percent else f"{length.value:g}"


def _draw_lines(
    planned: PlannedAsset | None, put_back: Sequence[float | None]
) -> list[str]:
    if planned is None or planned.known is None or not planned.known.draws:
        return []
    known = planned.known
    lines = ["draws"]
    for at, digest in enumerate(known.draws):
        picked = "  picked" if at == known.pick else ""
        back = put_back_text(put_back[at]) if at < len(put_back) else ""
        lines.append(f"  {at + 1}  {digest}{picked}{back}")
    return lines


def _output_lines(asset: Asset, planned: PlannedAsset | None) -> list[str]:
    rows: list[tuple[str, ...]] = []
    for row in _outputs(asset, planned):
        assert isinstance(row, dict)
        sides = [f"{row[side]} px {word}" for side, word in _SIDES if row[side]]
        kind = str(row["format"] or "preset")
        path = escape_terminal(str(row["path"]))
        rows.append((path, kind, ", ".join(sides), str(row["action"] or "")))
    if not rows:
        return ["files", "  none: an intermediate"]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["files", *(f"  {_in_columns(row, widths)}" for row in rows)]


def _in_columns(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return cells side by side; a column that is empty in all rows is left out."""
    padded = [
        f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True) if width
    ]
    return "  ".join(padded).rstrip()


def _indented(text: str) -> list[str]:
    return [f"  {escape_terminal(line)}" for line in text.rstrip("\n").split("\n")]
