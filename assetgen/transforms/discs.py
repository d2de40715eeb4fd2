"""Areas that grow by a disc: exact distances between pixel centres, and fast.

An area is kept as one integer with a bit per pixel, so that moving it is a shift and
joining two is an "or". An empty border around it keeps rows from running into each
other. Pictures of areas have mode L, 255 inside and 0 outside.
"""

from __future__ import annotations

import math

from PIL import Image

from assetgen.values import Value


class Bits(Value):
    """An area, a bit per pixel, row after row, with room to grow.

    Attributes:
        bits: The first pixel is the highest bit.
        width: Of the picture, in px.
        height: As `width`.
        border_px: The empty rows and columns on each side; how far it may grow.
    """

    bits: int
    width: int
    height: int
    border_px: int

    @property
    def stride(self) -> int:
        """Bits a row."""
        return _stride(self.width, self.border_px)

    def grown(self, radius_px: float) -> int:
        """Return the bits of the area and of all within `radius_px` of it.

        Args:
            radius_px: 0 to `border_px`; distances are between the pixels' centres.
        """
        result, rows_of = 0, _rows_by_half_width(radius_px)
        widened = self.bits
        for reach in range(int(radius_px) + 1):
            widened |= (self.bits << reach) | (self.bits >> reach)
            for rows in rows_of.get(reach, ()):
                shift = rows * self.stride
                result |= (widened << shift) | (widened >> shift)
        return result

    def picture(self, bits: int) -> Image.Image:
        """Return bits with this area's layout as a picture of mode L, border cut off."""
        stride, border = self.stride, self.border_px
        size = (stride, self.height + 2 * border)
        packed = bits.to_bytes(stride * size[1] // 8, "big")
        box = (border, border, border + self.width, border + self.height)
        return Image.frombytes("1", size, packed).crop(box).convert("L")


def bits_of(area: Image.Image, border_px: int) -> Bits:
    """Return the area of a picture of mode L that holds 0 and 255 only."""
    width, height = area.size
    size = (_stride(width, border_px), height + 2 * border_px)
    framed = Image.new("1", size, 0)
    framed.paste(area.convert("1", dither=Image.Dither.NONE), (border_px, border_px))
    return Bits(int.from_bytes(framed.tobytes(), "big"), width, height, border_px)


def grown(area: Image.Image, radius_px: float) -> Image.Image:
    """Return the area with all pixels whose centre is within `radius_px` of it.

    Args:
        area: Mode L, values 0 and 255.
        radius_px: At least 0.
    """
    found = bits_of(area, math.ceil(radius_px))
    return found.picture(found.grown(radius_px))


def _stride(width: int, border_px: int) -> int:
    """Return a row's bits: whole bytes, since that is how pictures are packed."""
    return -(-(width + 2 * border_px) // 8) * 8


def _rows_by_half_width(radius_px: float) -> dict[int, list[int]]:
    """Return, by half width in px, the distances of a disc's rows from its centre."""
    rows: dict[int, list[int]] = {}
    for row in range(int(radius_px) + 1):
        half = int(math.sqrt(radius_px * radius_px - row * row))
        rows.setdefault(half, []).append(row)
    return rows
