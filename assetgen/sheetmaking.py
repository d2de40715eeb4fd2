"""The files of a sprite sheet: pages are packed once, then written and described.

A plan says which files there are if it knows how many pages the sheet has; otherwise it
is found out here, and remembered. Pictures come before the data that name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.actionkey import sheet_data_key
from assetgen.decide import Action, PlannedOutput
from assetgen.digest import digest_of
from assetgen.model import Sheet
from assetgen.sheetdata import (
    SheetMap,
    json_hash,
    json_multiatlas,
    refuse_spread,
    sprite_frames,
)
from assetgen.sheetparts import animations_of, part_key, parts_of, reading_of
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.decide import PlannedAsset
    from assetgen.memo import Memo
    from assetgen.model import Asset, Output
    from assetgen.pictures import Pictures
    from assetgen.sheetparts import Part
    from assetgen.transforms.sheets import PackedSheet


class SheetMaker:
    """Makes the files of one sheet; used by one thread."""

    def __init__(
        self, asset: Asset, decision: PlannedAsset, pictures: Pictures, memo: Memo
    ) -> None:
        """Make files of `asset`; nothing is packed before a file needs it."""
        assert isinstance(asset.source, Sheet)
        self._asset = asset
        self._sheet = asset.source
        self._decision = decision
        self._pictures = pictures
        self._memo = memo
        self._packed: PackedSheet | None = None
        self._paths: dict[str, dict[int, str]] = {}

    def packed(self) -> PackedSheet:
        """Return pages and frames.

        Raises:
            AssetFailed: They cannot be packed as the spec says.
        """
        if self._packed is None:
            self._packed = self._pictures.packed(self._asset.name)
        return self._packed

    def files(self) -> list[PlannedOutput]:
        """Return what is planned for each file, now that pages can be counted."""
        found: list[PlannedOutput] = []
        for planned in self._decision.outputs:
            if planned.part is not None or planned.output.motion is not None:
                found.append(planned)
                continue
            out, key = planned.output, planned.key
            assert key is not None
            pages = len(self.packed().pages)
            self._memo.facts_set(f"pages {key}", pages)
            names = [frame.name for frame in self.packed().frames]
            data_key = sheet_data_key(key, reading_of(self._sheet, names, out))
            found += [
                PlannedOutput(
                    output=out,
                    action=Action.DERIVE,
                    path=None,
                    key=part_key(key if part.kind == "picture" else data_key, part),
                    part=part,
                )
                for part in parts_of(out, pages)
            ]
        return found

    def written(self, planned: PlannedOutput, path: str) -> None:
        """Take the path of a picture that is there now, for the data that name it."""
        part = planned.part
        if part is not None and part.kind == "picture" and part.page is not None:
            self._paths.setdefault(planned.output.path, {})[part.page] = path

    def produce(self, planned: PlannedOutput) -> tuple[bytes, int, int]:
        """Return a file's bytes, and its width and height in px (0 for data).

        Raises:
            AssetFailed: It cannot be packed or written as the spec says.
        """
        out, part = planned.output, planned.part
        origin = self._decision.made_by_model
        if out.motion is not None:
            from assetgen.transforms.animating import moving_file

            frames = self._pictures.frames(self._asset.name, out.motion.animation)
            moved = moving_file(frames, out, self._pictures.open, origin)
            return moved.data, moved.width, moved.height
        assert part is not None
        if part.kind == "picture":
            from assetgen.transforms.encode import produce

            assert part.page is not None
            page = self.packed().pages[part.page]
            made = produce(page, out, self._pictures.open, origin)
            return made.data, made.width, made.height
        return self._text(out, part).encode(), 0, 0

    def _text(self, out: Output, part: Part) -> str:
        sheet = self._map(out, part.pages)
        refuse_spread(sheet)
        if part.kind == "tres":
            return sprite_frames(sheet, part.path)
        if part.page is None:
            return json_multiatlas(sheet, part.path)
        related: Sequence[str] = ()
        if out.engine == "pixi" and part.page == 0:
            others = [each for each in parts_of(out, part.pages) if _is_page(each)]
            related = [_final_path(sheet, each) for each in others[1:]]
        return json_hash(sheet, part.page, part.path, related)

    def _map(self, out: Output, pages: int) -> SheetMap:
        packed, suffix = self.packed(), self._sheet.frame_suffix
        names = [frame.name for frame in packed.frames]
        animations = animations_of(self._sheet, names)
        paths: Mapping[int, str] = self._paths[out.path]
        return SheetMap(
            pages=packed.sizes,
            pictures=tuple(paths[page] for page in range(pages)),
            frames=tuple(
                replace(frame, name=frame.name + suffix) for frame in packed.frames
            ),
            animations={
                name: tuple(frame + suffix for frame in frames)
                for name, frames in animations.items()
            },
            engine=out.engine or "web",
        )


def _is_page(part: Part) -> bool:
    return part.kind == "json" and part.page is not None


def _final_path(sheet: SheetMap, part: Part) -> str:
    """Return the path of a page's data, with the hash of its text where it has one."""
    if "${hash}" not in part.path:
        return part.path
    assert part.page is not None
    text = json_hash(sheet, part.page, part.path)
    return part.path.replace("${hash}", digest_of(text.encode())[:8])
