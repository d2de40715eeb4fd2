"""Two assets compared field by field, as the spec words them; pure.

An asset is laid out as named texts, in the order in which the reference of the spec has
its fields; two layouts are then compared. References are compared as what they stand for:
a glob by the names that it matches.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assetgen.differences import FieldChange
from assetgen.model import (
    AssetRef,
    Drawn,
    FileRef,
    FileSource,
    GlobRef,
    Layers,
    Length,
    Sheet,
    Size,
    Step,
)
from assetgen.spans import Place
from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assetgen.model import Asset, AssetName, Output, Refs

_WORDS: Final = frozenset({"prompt", "alt", "description"})
_SUFFIXES: Final = {"jpg": (".jpg", ".jpeg")}


class Field(NamedTuple):
    """One field of an asset.

    Attributes:
        text: Empty where it says what would hold without it.
        key: Request key that the spec, a profile or `defaults` may state; empty for what
            stands in the entry only.
        place: In the entry.
    """

    text: str
    key: str
    place: Place | None


class Drafted(NamedTuple):
    """A change of a field whose line is not looked up yet.

    Attributes:
        key: As `Field` has it, of the new asset.
        place: Where the new asset says it; of a field that is gone, the entry.
    """

    change: FieldChange
    key: str
    place: Place


def field_changes(
    old: Asset,
    new: Asset,
    expand_old: Callable[[str], Sequence[AssetName]],
    expand_new: Callable[[str], Sequence[AssetName]],
) -> tuple[Drafted, ...]:
    """Return the fields that read otherwise; names of the assets do not count.

    Args:
        old: As it was.
        new: As it is.
        expand_old: Gives the assets that a glob stood for.
        expand_new: Gives those it stands for.
    """
    before = layout_of(old, expand_old)
    after = layout_of(new, expand_new)
    found: list[Drafted] = []
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        old_text = was.text if was is not None else ""
        new_text = now.text if now is not None else ""
        if old_text == new_text:
            continue
        change = FieldChange(
            name=name, old=old_text, new=new_text, words=name in _WORDS
        )
        place = now.place if now is not None else None
        key = now.key if now is not None else ""
        found.append(Drafted(change, key, place or new.place.key()))
    return tuple(found)


def layout_of(
    asset: Asset, expand: Callable[[str], Sequence[AssetName]]
) -> dict[str, Field]:
    """Return the fields of an asset by name."""
    fields: dict[str, Field] = {}
    for name, text, key in _source_fields(asset, expand):
        pointer = tuple(key.split(".", 1)) if key else (name.split(" ")[0],)
        fields[name] = Field(text, key, asset.place.at(*pointer))
    for name, value in (
        ("process", _steps_text(asset.process)),
        ("checks", text_of(asset.checks) if asset.checks else ""),
        ("tags", ", ".join(asset.tags)),
        ("description", asset.description),
        ("alt", asset.alt or ""),
    ):
        fields[name] = Field(value, "", asset.place.at(name))
    for out in asset.outputs:
        place = out.place or asset.place.at("outputs")
        fields[f"outputs {out.path}"] = Field(_output_text(out), "", place)
    return fields


def _source_fields(
    asset: Asset, expand: Callable[[str], Sequence[AssetName]]
) -> Iterator[tuple[str, str, str]]:
    """Yield name, text and request key of what says where the picture comes from."""
    match asset.source:
        case Drawn() as source:
            yield from _drawn_fields(source, expand)
        case FileSource(path):
            yield "file", path, ""
        case Layers() as source:
            for number, layer in enumerate(source.layers, 1):
                yield f"layers {number}", text_of(layer), ""
            yield "canvas", str(source.canvas or ""), ""
        case Sheet() as source:
            yield "sheet frames", _refs_text(source.frames, expand), ""
            yield "sheet packing", text_of(source.packing), ""
            yield "sheet frame_suffix", source.frame_suffix, ""
            yield "sheet animations", text_of(dict(source.animations)), ""


def _drawn_fields(
    source: Drawn, expand: Callable[[str], Sequence[AssetName]]
) -> Iterator[tuple[str, str, str]]:
    yield "prompt", source.prompt, "prompt"
    varied = source.operation == "vary"
    inputs = _refs_text(source.inputs, expand)
    yield ("variations_of", inputs, "") if varied else ("inputs", inputs, "inputs")
    yield "provider", source.provider, "provider"
    yield "model", source.model or "", "model"
    for name, value in source.params:
        yield name, text_of(value), name
    yield "moderation", source.moderation or "", "moderation"
    yield "mask", text_of(source.mask) if source.mask else "", "mask"
    yield "extend", text_of(source.extend) if source.extend else "", "extend"
    yield "outside", "" if source.outside == "keep" else source.outside, "outside"
    yield "markup", text_of(source.markup) if source.markup else "", "markup"
    yield "n", str(source.n) if source.n != 1 else "", "n"
    yield "revision", str(source.revision) if source.revision else "", ""
    yield "frozen", "true" if source.frozen else "", ""


# --- values as text ---------------------------------------------------------------


def text_of(value: object) -> str:
    """Return a value of the spec in few words: what is as by default is left out."""
    plain = _plain(value)
    if isinstance(plain, dict):
        return ", ".join(f"{name}: {_short(each)}" for name, each in plain.items())
    if isinstance(plain, list):
        return ", ".join(map(_short, plain))
    return _short(plain)


def _short(plain: object) -> str:
    if isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False)


def _plain(value: object) -> Any:  # noqa: PLR0911  # one for each form
    """Return values as JSON has them: what refers to a picture by its name."""
    match value:
        case AssetRef(name, draw):
            return name if draw is None else f"{name} (draw {draw})"
        case FileRef(path):
            return path
        case GlobRef(pattern):
            return pattern
        case Size():
            return str(value)
        case Length(amount, percent):
            return f"{amount:g}%" if percent else amount
        case Step(name, args):
            return {name: _plain(dict(args))}
        case Value():
            return {
                name: _plain(each)
                for name, each in as_mapping(value).items()
                if not isinstance(each, Place) and not _is_default(value, name, each)
            }
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return value


def _is_default(value: Value, name: str, each: object) -> bool:
    described = type(value)._described[name]  # noqa: SLF001  # our own class
    return each is None or each in ((), {}) or bool(described.default == each)


def _refs_text(
    refs: Iterable[Refs], expand: Callable[[str], Sequence[AssetName]]
) -> str:
    names: list[str] = []
    for ref in refs:
        if isinstance(ref, GlobRef):
            names += expand(ref.pattern)
        else:
            names.append(text_of(ref))
    return ", ".join(names)


def _steps_text(steps: Sequence[Step]) -> str:
    return ", ".join(
        f"{step.name} ({text_of(dict(step.args))})" if step.args else step.name
        for step in steps
    )


def _output_text(out: Output) -> str:
    """Return the settings of a file; its path names it, and is not among them."""
    plain = _plain(out)
    for name in ("target", "path", "process", "about"):
        plain.pop(name, None)
    if out.path.endswith(_SUFFIXES.get(out.format or "", (f".{out.format}",))):
        plain.pop("format", None)
    if out.density == (1, 1):
        plain.pop("density", None)
    if out.process:
        plain["process"] = _steps_text(out.process)
    settings = ", ".join(f"{name}: {_short(each)}" for name, each in plain.items())
    return settings or "as it is"
