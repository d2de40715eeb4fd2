"""The assets' pictures as bytes and pixels, for the workers that draw and encode.

A picture is made from what the store and the project hold: a raw draw or a file,
brought back inside its mask, through the asset's steps. Nothing is kept in memory; a
picture that another asset needs, and that is not simply a stored file, is kept as a PNG
in the memo under its identity, so a long chain of edits makes each one once.

All methods may be called from any thread. Functions that need PIL import it late.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from assetgen.digest import Digest
from assetgen.errors import AssetFailed, Blaming
from assetgen.identify import flatten, image_refs
from assetgen.measures import EXTEND_GRID
from assetgen.model import AssetRef, Drawn, FileRef, FileSource, Layers, Sheet, Size
from assetgen.providers.base import InputPicture, Order
from assetgen.sheetparts import animations_of, frames_of
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PIL import Image

    from assetgen.identify import View
    from assetgen.memo import Memo
    from assetgen.model import Asset, AssetName, Ref
    from assetgen.requests import Request
    from assetgen.snapshot import Known
    from assetgen.store import Store
    from assetgen.transforms.extending import ExtendGeometry
    from assetgen.transforms.masks import PutBack
    from assetgen.transforms.sheets import PackedSheet


class Pictures:
    """Opens the pictures of one build."""

    def __init__(
        self,
        assets: Mapping[AssetName, Asset],
        view: View,
        store: Store,
        memo: Memo,
        read_file: Callable[[str], bytes | None],
    ) -> None:
        """Open pictures of `assets`.

        Args:
            view: What is known of them so far.
            read_file: Gives a project file's bytes; None if it is gone.
        """
        self._assets = assets
        self._view = view
        self._store = store
        self._memo = memo
        self._read_file = read_file
        self._at_hand: set[str] = set()

    # --- for providers --------------------------------------------------------

    def order(self, asset: Asset, request: Request, first_draw: int) -> Order:
        """Return the request with its pictures and its mask, ready to be sent.

        Raises:
            AssetFailed: A mask, an extension or the markup cannot be made.
            PictureRefused: An input cannot be opened.
        """
        source = asset.source
        assert isinstance(source, Drawn)
        inputs = [self._input(ref) for ref in flatten(source.inputs, self._view)]
        mask: bytes | None = None
        size = source.pixel_size
        if source.extend is not None:
            inputs[0], mask = self._extended(source)
        elif source.mask is not None:
            from assetgen.transforms.masks import mask_png

            mask = mask_png(source.mask, inputs[0].size, self.open).png
        if source.takes_size_of_input:
            size = inputs[0].size
        return Order(
            request=request,
            inputs=tuple(inputs),
            mask=mask,
            markup=self._markup(source, inputs),
            first_draw=first_draw,
            pixel_size=size,
            asset=asset.name,
        )

    def _markup(self, source: Drawn, inputs: Sequence[InputPicture]) -> bytes | None:
        if source.markup is None:
            return None
        from assetgen.transforms.masks import markup_png

        return markup_png(self.open(source.markup), inputs[0].size)

    def _input(self, ref: Ref) -> InputPicture:
        from assetgen.transforms.opening import as_input, probe

        data = self._plain_bytes(ref)
        info = probe(data)
        sent, media_type = as_input(data, info)
        return InputPicture(sent, media_type, info.width, info.height)

    def _extended(self, source: Drawn) -> tuple[InputPicture, bytes]:
        from assetgen.transforms.encoders import plain_png
        from assetgen.transforms.extending import extend_picture
        from assetgen.transforms.masks import sent_mask

        first = self.open(self._first_input(source))
        geometry = self._geometry(source, Size(*first.size))
        padded, edited = extend_picture(first, geometry)
        png = plain_png(padded)
        picture = InputPicture(png, "image/png", padded.width, padded.height)
        return picture, sent_mask(edited)

    def _geometry(self, source: Drawn, size: Size) -> ExtendGeometry:
        from assetgen.transforms.extending import extend_canvas

        assert source.extend is not None
        return extend_canvas(size, source.extend, EXTEND_GRID)

    def _first_input(self, source: Drawn) -> Ref:
        return flatten(source.inputs, self._view)[0]

    # --- bytes ----------------------------------------------------------------

    def _plain_bytes(self, ref: Ref) -> bytes:
        """Return a file that shows the picture: the stored one where there is one."""
        if isinstance(ref, FileRef):
            return self._file(ref.path)
        raw = self._raw(ref)
        return raw if raw is not None else self._as_png(ref)

    def _file(self, path: str) -> bytes:
        data = self._read_file(path)
        if data is None:
            raise AssetFailed(f"{path} is gone", hint="it was there when planning")
        return data

    def _raw(self, ref: AssetRef) -> bytes | None:
        """Return the stored file that is the asset's picture; None if it is made."""
        known = self._known(ref.name)
        identity = known.image(ref.draw)
        raw = Digest(str(identity))  # a draw's identity is its digest
        if raw in known.draws:
            return self._blob(ref.name, raw)
        asset = self._assets[ref.name]
        if isinstance(asset.source, FileSource) and not asset.process:
            return self._file(asset.source.path)
        return None

    def raw_draw(self, name: AssetName, draw: int | None) -> bytes:
        """Return the bytes of an asset's draw as the provider returned them.

        Raises:
            AssetFailed: They are not in the store.
        """
        known = self._known(name)
        at = known.pick if draw is None else draw - 1
        return self._blob(name, known.draws[at])

    def _blob(self, name: AssetName, digest: Digest) -> bytes:
        data = self._store.get(digest)
        if data is None:
            raise AssetFailed(
                f"the draw {digest[:12]} of {name} is missing or damaged in the store",
                hint="run the build again: it finds out what can be had elsewhere",
            )
        return data

    def _as_png(self, ref: AssetRef) -> bytes:
        from assetgen.transforms.encoders import plain_png

        key = self._memo_key(ref)
        found = self._memo.bytes_get(key)
        if found is None:
            found = plain_png(self.image(ref.name, ref.draw))
            self._memo.bytes_set(key, found)
        return found

    def _prepare(self, asset: Asset) -> None:
        """Make what the asset's image is made from, from the bottom up.

        A chain may be 10,000 pictures long, and Python's stack is not.
        """
        waiting = list(self._not_at_hand(asset))
        while waiting:
            missing = self._not_at_hand(self._assets[waiting[-1].name])
            if missing:
                waiting.extend(missing)
                continue
            ref = waiting.pop()
            self._as_png(ref)
            self._at_hand.add(self._memo_key(ref))

    def _not_at_hand(self, asset: Asset) -> list[AssetRef]:
        """Return the pictures below an asset that are in neither store nor memo."""
        return [
            ref
            for ref in image_refs(asset, self._view)
            if isinstance(ref, AssetRef) and not self._is_at_hand(ref)
        ]

    def _is_at_hand(self, ref: AssetRef) -> bool:
        known, source = self._known(ref.name), self._assets[ref.name].source
        if str(known.image(ref.draw)) in known.draws:
            return True
        if isinstance(source, FileSource) and not self._assets[ref.name].process:
            return True
        key = self._memo_key(ref)
        if key not in self._at_hand and self._memo.bytes_get(key) is not None:
            self._at_hand.add(key)
        return key in self._at_hand

    def _memo_key(self, ref: AssetRef) -> str:
        return f"image {self._known(ref.name).image(ref.draw)}"

    def _known(self, name: AssetName) -> Known:
        known = self._view.known(name)
        assert known is not None, f"{name} is not known yet"
        return known

    # --- pixels ---------------------------------------------------------------

    def open(self, ref: Ref) -> Image.Image:
        """Return a picture in working form, for steps, masks and layers.

        Raises:
            AssetFailed: Its bytes are gone.
            PictureRefused: It cannot be opened.
        """
        from assetgen.transforms.opening import open_picture

        return open_picture(self._plain_bytes(ref))

    def image(self, name: AssetName, draw: int | None = None) -> Image.Image:
        """Return an asset's image (or another draw made into one), made now.

        Raises:
            AssetFailed: A step cannot be carried out, or bytes are gone.
            PictureRefused: A picture cannot be opened.
            NotAvailable: The source cannot be carried out by this version.
        """
        from assetgen.transforms.steps import apply

        asset = self._assets[name]
        self._prepare(asset)
        return apply(self._base(asset, draw), asset.process, self.open)

    def _base(self, asset: Asset, draw: int | None) -> Image.Image:
        from assetgen.transforms.opening import open_picture

        match asset.source:
            case Drawn() as source:
                drawn = open_picture(self.raw_draw(asset.name, draw))
                picture, share = self._put_back(source, drawn)
                if share is not None:
                    key = _share_key(self._known(asset.name), draw)
                    self._memo.facts_set(key, round(share, 4))
                return picture
            case FileSource(path):
                return open_picture(self._file(path))
            case Layers() as source:
                from assetgen.transforms.layers import compose

                return compose(source.layers, source.canvas, self.open, self._font)
            case _:
                return self._only_page(asset)

    def packed(self, name: AssetName) -> PackedSheet:
        """Return the pages of a sheet, after its steps, with where its frames are.

        Raises:
            AssetFailed: The frames cannot be packed as the spec says.
            PictureRefused: A frame cannot be opened.
        """
        from assetgen.transforms.steps import apply

        asset = self._assets[name]
        self._prepare(asset)
        sheet = self._pack(asset)
        pages = (apply(page, asset.process, self.open) for page in sheet.pages)
        return replace(sheet, pages=tuple(pages))

    def frames(
        self, name: AssetName, animation: str | None
    ) -> list[tuple[str, Callable[[], Image.Image]]]:
        """Return the frames of a sheet's animation as they are shown, to be opened.

        Args:
            name: The sheet.
            animation: One of its own; None for all frames.

        Returns:
            In order, each frame's name and what opens it: untrimmed, after the steps
            of the sheet.

        Raises:
            AssetFailed: The animation names no frame.
        """
        asset = self._assets[name]
        assert isinstance(asset.source, Sheet)
        self._prepare(asset)
        refs = frames_of(flatten(asset.source.frames, self._view))
        shown: Sequence[str] = tuple(refs)
        if animation is not None:
            shown = animations_of(asset.source, shown)[animation]
        return [(each, partial(self._frame, asset, refs[each])) for each in shown]

    def _frame(self, asset: Asset, ref: Ref) -> Image.Image:
        from assetgen.transforms.steps import apply

        return apply(self.open(ref), asset.process, self.open)

    def _pack(self, asset: Asset) -> PackedSheet:
        from assetgen.transforms.sheets import pack_sheet

        source = asset.source
        assert isinstance(source, Sheet)
        with Blaming(asset.place.at("sheet", "frames")):
            frames = frames_of(flatten(source.frames, self._view))
            refs = tuple(frames.values())
            return pack_sheet(
                tuple(frames), lambda at: self.open(refs[at]), source.packing
            )

    def _only_page(self, asset: Asset) -> Image.Image:
        """Return a sheet as one picture, for those who use it as one."""
        pages = self._pack(asset).pages
        if len(pages) > 1:
            raise AssetFailed(
                f"the sheet {asset.name} has {len(pages)} pages, and is used as one "
                "picture",
                hint="raise its `max_size`, or let `pages: 1` hold it to one",
            )
        return pages[0]

    def _font(self, ref: FileRef) -> bytes:
        return self._file(ref.path)

    def put_back_share(self, name: AssetName, *, look: bool = False) -> float | None:
        """Return how much the picked draw had changed where its mask kept the input.

        Args:
            name: The asset.
            look: Make the picture to find out; else only what was found out before
                counts.

        Returns:
            0.0 to 1.0 of the pixels outside the mask; None where nothing is put back,
            or it is not known.
        """
        known = self._known(name)
        source = self._assets[name].source
        if not isinstance(source, Drawn) or not puts_back(source):
            return None
        share = known_put_back_share(self._memo, known)
        if share is None and look:
            self._as_png(AssetRef(name))  # kept for those who use it
            share = known_put_back_share(self._memo, known)
        return share

    def _put_back(
        self, source: Drawn, drawn: Image.Image
    ) -> tuple[Image.Image, float | None]:
        """Return a draw with what its mask kept, and without what filled the grid.

        The number is `PutBack.changed_share`; None where nothing was put back.
        """
        keep = source.outside == "keep"
        if source.extend is not None:
            from assetgen.transforms.extending import cut_excess, extend_picture

            first = self.open(self._first_input(source))
            geometry = self._geometry(source, Size(*first.size))
            padded, edited = extend_picture(first, geometry)
            share = None
            if keep or drawn.size != padded.size:
                done = self._restored(drawn, padded, edited, 0, keep=keep)
                drawn, share = done.image, done.changed_share if keep else None
            return cut_excess(drawn, geometry), share
        if source.mask is not None and keep:
            from assetgen.transforms.masks import edited_area

            first = self.open(self._first_input(source))
            edited = edited_area(source.mask, Size(*first.size), self.open)
            feather_px = source.mask.feather_px
            done = self._restored(drawn, first, edited, feather_px)
            return done.image, done.changed_share
        return drawn, None

    def _restored(
        self,
        drawn: Image.Image,
        first: Image.Image,
        edited: Image.Image,
        feather_px: int,
        *,
        keep: bool = True,
    ) -> PutBack:
        from assetgen.transforms.masks import put_back

        if not keep:
            edited = edited.point(lambda _: 255)
        return put_back(drawn, first, edited, feather_px)


# --- what was put back --------------------------------------------------------


def puts_back(source: Drawn) -> bool:
    """Return whether pixels of the first input replace those of the draw."""
    masked = source.mask is not None or source.extend is not None
    return masked and source.outside == "keep"


def known_put_back_share(
    memo: Memo, known: Known, draw: int | None = None
) -> float | None:
    """Return `Pictures.put_back_share` as an earlier build found it, if one did.

    Args:
        memo: Of the project.
        known: The asset's pictures.
        draw: Counted from 1; None for the picked one.
    """
    share = memo.facts_get(_share_key(known, draw))
    return share if isinstance(share, float) and 0 <= share <= 1 else None


def _share_key(known: Known, draw: int | None) -> str:
    return f"put back {known.image(draw)}"
