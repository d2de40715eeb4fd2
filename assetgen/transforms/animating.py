"""Frames become one moving file: gif, or animated webp.

Every frame has the size of the first one and is shown whole: what was transparent shows
what lies below the file, never the frame before.

A gif has one palette for all frames, found over all of them together, and no dots: they
would crawl from frame to frame. Its pixels are opaque or nothing, half and more is
opaque.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from assetgen.errors import AssetFailed
from assetgen.sheetparts import refuse_uneven
from assetgen.transforms.alpha import flatten, is_opaque
from assetgen.transforms.arguments import parse_color
from assetgen.transforms.encode import Produced
from assetgen.transforms.encoders import (
    LOSSLESS_WEBP_METHOD,
    WEBP_METHOD,
    WEBP_QUALITY,
    saved,
)
from assetgen.transforms.geometry import size_of
from assetgen.transforms.metadata import source_type_packet
from assetgen.transforms.pixels import indexed
from assetgen.transforms.placement import MAX_PIXELS
from assetgen.transforms.steps import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.model import Motion, Output, Ref
    from assetgen.transforms.metadata import MadeByModel

_USUAL_MS: Final = 100
_UNIT_MS: Final = {"gif": 10, "webp": 1}
_RESTORE_BACKGROUND: Final = 2


def moving_file(
    frames: Sequence[tuple[str, Callable[[], Image.Image]]],
    output: Output,
    open_ref: Callable[[Ref], Image.Image],
    made_by_model: MadeByModel = "",
) -> Produced:
    """Return the file in which the frames follow each other.

    Args:
        frames: Name of each, and what opens it; at least one.
        output: Has a `motion`, and the format gif or webp.
        open_ref: Opens the picture that a step names.
        made_by_model: What the file may say of its origin; a gif says nothing.

    Raises:
        AssetFailed: The frames differ in size, or are too many for one file.
    """
    pictures: list[Image.Image] = []
    for name, opener in frames:
        picture = apply(opener(), output.process, open_ref)
        if output.background is not None:
            picture = flatten(picture, parse_color(output.background))
        pictures.append(picture)
        refuse_uneven({frames[0][0]: size_of(pictures[0]), name: size_of(picture)})
        _refuse_many(pictures[0], len(frames))
    assert output.motion is not None
    times_ms = frame_times_ms(len(pictures), output.motion, str(output.format))
    if output.format == "gif":
        data = _gif(pictures, times_ms, output)
    else:
        packet = source_type_packet(made_by_model) if output.metadata == "tag" else ""
        data = _webp(pictures, times_ms, output, packet)
    return Produced(data, pictures[0].width, pictures[0].height)


def frame_times_ms(count: int, motion: Motion, format_: str) -> list[int]:
    """Return how long each frame is seen, in ms.

    Where `fps` does not divide the format's unit, frames differ by one unit, so that the
    whole lasts as long as it should.
    """
    if motion.fps is None:
        return [motion.duration_ms or _USUAL_MS] * count
    unit_ms, fps = _UNIT_MS[format_], motion.fps
    ends = [
        (1000 * at + fps * unit_ms // 2) // (fps * unit_ms) for at in range(count + 1)
    ]
    return [(ends[at + 1] - ends[at]) * unit_ms for at in range(count)]


def _gif(frames: Sequence[Image.Image], times_ms: list[int], output: Output) -> bytes:
    """Return a gif of all frames in one palette."""
    width, height = frames[0].size
    strip = Image.new("RGBA", (width, height * len(frames)))
    for at, frame in enumerate(frames):
        strip.paste(frame, (0, at * height))
    paletted, transparent = indexed(strip, output.colors or 256, dither=False)
    parts = [
        paletted.crop((0, at * height, width, (at + 1) * height))
        for at in range(len(frames))
    ]
    options = {} if transparent is None else {"transparency": transparent}
    assert output.motion is not None
    if output.motion.loop != 1:
        # The file counts how often it is repeated, the spec how often it is played.
        options["loop"] = max(0, output.motion.loop - 1)
    return saved(
        parts[0],
        "GIF",
        save_all=True,
        append_images=parts[1:],
        duration=times_ms,
        disposal=_RESTORE_BACKGROUND,
        optimize=False,
        **options,
    )


def _webp(
    frames: Sequence[Image.Image], times_ms: list[int], output: Output, packet: str
) -> bytes:
    assert output.motion is not None
    shown, options = frames, {"kmin": 0, "kmax": 1}
    if all(map(is_opaque, frames)):
        shown, options = [frame.convert("RGB") for frame in frames], {}
    # Of see-through pictures every frame is whole: where only opaque parts changed,
    # libwebp forgets to say that the file has alpha, and viewers show black.
    return saved(
        shown[0],
        "WEBP",
        save_all=True,
        append_images=list(shown[1:]),
        duration=times_ms,
        loop=output.motion.loop,
        quality=WEBP_QUALITY if output.quality is None else output.quality,
        lossless=bool(output.lossless),
        method=LOSSLESS_WEBP_METHOD if output.lossless else WEBP_METHOD,
        xmp=packet.encode(),
        **options,
    )


def _refuse_many(frame: Image.Image, count: int) -> None:
    if frame.width * frame.height * count > MAX_PIXELS:
        raise AssetFailed(
            f"{count} frames of {frame.width}x{frame.height} are too much for one file",
            hint=f"at most {MAX_PIXELS} pixels in all frames together",
        )
