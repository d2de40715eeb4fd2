"""Colours that go together, from the words of a prompt or, without any, from chance.

Works in OKLCH (lightness 0 to 1, chroma 0 to about 0.3, hue in degrees), where equal
lightness looks equally light in every hue. Source: Björn Ottosson, "A perceptual
color space for image processing".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.providers.placeholder.dice import Dice
    from assetgen.providers.placeholder.scene import Color


class Tint(Value):
    """What a colour word asks for.

    Attributes:
        hue: Degrees in OKLCH.
        chroma: Factor on the palette's chroma; near 0 for greys.
        lightness: Added to the lightness of the subject's colours.
    """

    hue: int
    chroma: float = 1.0
    lightness: float = 0.0


TINTS: Final[dict[str, Tint]] = {
    "red": Tint(27), "crimson": Tint(18), "scarlet": Tint(30), "ruby": Tint(15),
    "maroon": Tint(20, 0.8, -0.12), "coral": Tint(35, 0.9, 0.06), "rust": Tint(42, 0.9, -0.06),
    "orange": Tint(58), "amber": Tint(75), "copper": Tint(50, 0.75), "bronze": Tint(62, 0.65, -0.04),
    "brown": Tint(55, 0.5, -0.12), "chocolate": Tint(48, 0.45, -0.18), "wooden": Tint(62, 0.5, -0.08),
    "gold": Tint(86, 1.0, 0.06), "golden": Tint(86, 1.0, 0.06), "yellow": Tint(100, 1.1, 0.1),
    "beige": Tint(85, 0.35, 0.12), "cream": Tint(90, 0.35, 0.14), "sand": Tint(85, 0.45, 0.1),
    "lime": Tint(125, 1.1, 0.06), "olive": Tint(112, 0.7, -0.08), "green": Tint(147),
    "emerald": Tint(158), "mint": Tint(165, 0.6, 0.12), "jade": Tint(162, 0.8),
    "teal": Tint(190, 0.8), "turquoise": Tint(192, 0.9, 0.05), "cyan": Tint(205, 0.9, 0.06),
    "aqua": Tint(200, 0.9, 0.06), "azure": Tint(240, 0.9, 0.04), "blue": Tint(258),
    "navy": Tint(265, 0.8, -0.18), "cobalt": Tint(262), "sapphire": Tint(265),
    "indigo": Tint(277), "violet": Tint(296), "purple": Tint(305), "lavender": Tint(298, 0.6, 0.14),
    "lilac": Tint(310, 0.6, 0.12), "magenta": Tint(330), "fuchsia": Tint(335), "pink": Tint(355, 0.8, 0.1),
    "rose": Tint(8, 0.85, 0.06), "black": Tint(270, 0.12, -0.3), "white": Tint(250, 0.1, 0.22),
    "gray": Tint(255, 0.1), "grey": Tint(255, 0.1), "silver": Tint(250, 0.14, 0.1),
    "steel": Tint(245, 0.25, 0.02), "iron": Tint(250, 0.18, -0.08), "stone": Tint(70, 0.2),
}  # fmt: skip
"""Words that name a colour; they win over `MOODS`."""

MOODS: Final[dict[str, Tint]] = {
    "forest": Tint(150, 0.9), "jungle": Tint(145), "grass": Tint(140), "meadow": Tint(138), "leaf": Tint(140),
    "ocean": Tint(235), "sea": Tint(230), "water": Tint(225), "lake": Tint(225), "underwater": Tint(215),
    "ice": Tint(225, 0.6, 0.1), "snow": Tint(240, 0.4, 0.14), "winter": Tint(235, 0.6, 0.08), "frozen": Tint(225, 0.6, 0.1),
    "fire": Tint(45), "flame": Tint(48), "lava": Tint(35), "sunset": Tint(45), "sunrise": Tint(60), "autumn": Tint(55),
    "desert": Tint(75, 0.8), "dune": Tint(78, 0.8), "beach": Tint(85, 0.7, 0.08), "galaxy": Tint(290), "space": Tint(280),
    "nebula": Tint(315), "cosmic": Tint(300), "night": Tint(270), "alien": Tint(140), "slime": Tint(135),
    "poison": Tint(135), "magic": Tint(300), "candy": Tint(350), "sakura": Tint(355, 0.8, 0.1), "neon": Tint(325, 1.2),
    "cyberpunk": Tint(325, 1.2), "sky": Tint(240, 0.9, 0.06), "coin": Tint(86, 1, 0.06), "crown": Tint(86, 1, 0.06),
    "sun": Tint(80, 1, 0.06), "heart": Tint(20), "banana": Tint(100, 1, 0.1), "apple": Tint(27), "strawberry": Tint(20),
    "lemon": Tint(102, 1, 0.1), "pumpkin": Tint(58), "sword": Tint(245, 0.25, 0.04), "robot": Tint(235, 0.3),
}  # fmt: skip
"""Words that suggest a colour."""


_HUES: Final = (10, 28, 45, 60, 145, 165, 190, 215, 240, 262, 285, 305, 330, 350)
"""Hues for prompts without colours; dark yellows are left out, they look like mud."""


class Palette(Value):
    """The colours of one picture.

    Attributes:
        sky: Backdrop from top to bottom.
        tones: Five colours of one family, from far (close to the sky) to near.
        subject, light, deep: The main thing, its lit side and its shaded side.
        accent, spark: A contrasting colour, and a very light one.
        ink, paper: Very dark and very light, for captions and outlines.
        dark: Whether the backdrop is a dark one.
    """

    sky: tuple[Color, Color, Color]
    tones: tuple[Color, Color, Color, Color, Color]
    subject: Color
    light: Color
    deep: Color
    accent: Color
    spark: Color
    ink: Color
    paper: Color
    dark: bool


def tints_in(words: Sequence[str]) -> tuple[Tint, ...]:
    """Return what the words ask for: named colours, else moods; at most two."""
    for table in (TINTS, MOODS):
        found: list[Tint] = []
        for word in words:
            tint = table.get(word) or table.get(word.removesuffix("s"))
            if tint is not None and tint not in found:
                found.append(tint)
        if found:
            return tuple(found[:2])
    return ()


def palette_of(
    tints: tuple[Tint, ...], dice: Dice, *, dark: bool, turn: int
) -> Palette:
    """Return the palette for a picture.

    Args:
        tints: What the prompt's words ask for; empty leaves the hue to chance.
        dice: Decides what the words leave open.
        dark: Whether the backdrop is dark.
        turn: 0 for the first draw; later draws move away from its hues, further
            where no word fixes them.
    """
    main = tints[0] if tints else Tint(dice.pick(_HUES))
    # Greenish yellows look like mud: yellows move towards orange only.
    steps = (0, -12, 5, -20, -6) if 60 <= main.hue <= 115 else (0, 16, -16, 28, -28)
    hue = main.hue + steps[turn % 5]
    if not tints:
        hue = _HUES[(_HUES.index(main.hue) + 5 * turn) % len(_HUES)]
    second = dice.pick((180, 150, 210, 120, 240))
    other = tints[1] if len(tints) > 1 else Tint(hue + second, 0.9, 0.04)
    ground = hue + dice.pick((-35, -20, 20, 35))
    calm = min(main.chroma, 1.0)
    lift = main.lightness
    if dark:
        night = 275 + dice.pick((-20, -8, 0, 12))
        top, low = oklch(0.17, 0.05 * calm, night), oklch(0.38, 0.10 * calm, hue)
        sky = (top, mix(top, low, 0.45), low)
        depths = (0.42, 0.35, 0.29, 0.23, 0.17)
    else:
        sky = (
            oklch(0.86, 0.06 * calm, ground),
            oklch(0.92, 0.045 * calm, (ground + hue) / 2),
            oklch(0.955, 0.03 * calm, hue),
        )
        depths = (0.80, 0.71, 0.61, 0.51, 0.41)
    tones = [
        oklch(depth + lift / 4, (0.06 + 0.014 * at) * main.chroma, _cooler(hue, 6 * at))
        for at, depth in enumerate(depths)
    ]
    return Palette(
        sky=sky,
        tones=(tones[0], tones[1], tones[2], tones[3], tones[4]),
        subject=oklch(0.66 + lift, 0.16 * main.chroma, hue),
        light=oklch(0.79 + lift * 0.8, 0.13 * main.chroma, hue + 8),
        deep=oklch(0.46 + lift * 0.8, 0.12 * main.chroma, _cooler(hue, 22)),
        accent=oklch(0.70 + other.lightness, 0.15 * other.chroma, other.hue),
        spark=oklch(0.95, 0.04, other.hue),
        ink=oklch(0.22, 0.035 * calm, hue),
        paper=oklch(0.975, 0.012 * calm, hue),
        dark=dark,
    )


def _cooler(hue: float, degrees: float) -> float:
    """Return the hue turned as shade turns it: greens to blue, yellows to brown."""
    hue %= 360
    return hue + degrees if 120 <= hue < 265 else hue - degrees


def oklch(lightness: float, chroma: float, hue: float) -> Color:
    """Return the sRGB colour; chroma is lowered until the colour exists."""
    lightness = min(max(lightness, 0.0), 1.0)
    angle = math.radians(hue % 360)
    # Rounding takes the last bit away, in which mathematical libraries differ.
    cosine, sine = round(math.cos(angle), 9), round(math.sin(angle), 9)
    color = _linear(lightness, chroma * cosine, chroma * sine)
    while chroma > 0.001 and not (min(color) >= -0.0005 and max(color) <= 1.0005):
        chroma *= 0.9
        color = _linear(lightness, chroma * cosine, chroma * sine)
    red, green, blue = color
    return _encoded(red), _encoded(green), _encoded(blue)


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Return linear red, green and blue of an OKLab colour; may leave 0 to 1."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(value: float) -> int:
    """Return a linear channel as 8-bit sRGB."""
    value = min(max(value, 0.0), 1.0)
    if value <= 0.0031308:
        return round(255 * 12.92 * value)
    root: float = value ** (1 / 2.4)
    return round(255 * round(1.055 * root - 0.055, 9))


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    """Return the relative luminance, 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(one: Color, other: Color, share: float) -> Color:
    """Return `one` with a share (0 to 1) of `other` in it."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )
