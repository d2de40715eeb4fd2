"""The spec's closed lists of words, above all the table of steps; pure data.

`resolve` brings a step into its normal form with it, `actionkey` takes the versions
from it, and `transforms` holds one implementation for every row.
A version is raised when a step's pixels change on purpose; a library's version never
enters a key.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json


SOURCE_KEYS: Final = ("prompt", "variations_of", "file", "layers", "sheet")
"""The keys of an asset of which it has exactly one."""

REQUEST_KEYS: Final = (
    "provider",
    "model",
    "size",
    "quality",
    "background",
    "moderation",
    "input_fidelity",
    "complexity",
    "output_format",
    "output_compression",
    "params",
)
"""The keys of the spec that are request parameters, in the order of a tidy spec."""


class StepEntry(Value):
    """What is known of a step without its code.

    Attributes:
        version: Enters the keys of pictures that the step made.
        bare: Name of the argument that the short form (``rotate: 90``) gives; None
            where there is no short form. ``true`` alone means "no arguments".
        defaults: Arguments that have a default, with it.
        refs: Arguments that name a picture.
    """

    version: int = 1
    bare: str | None = None
    defaults: Mapping[str, Json] = field(default_factory=dict)
    refs: tuple[str, ...] = ()


STEPS: Final[Mapping[str, StepEntry]] = MappingProxyType(
    {
        "trim": StepEntry(defaults={"color": None, "tolerance": 0}),
        "crop": StepEntry(defaults={"position": "center", "x": 0, "y": 0}),
        "resize": StepEntry(
            defaults={
                "fit": "cover",
                "position": "center",
                "filter": "lanczos",
                "enlarge": False,
            }
        ),
        "pad": StepEntry(
            bare="all",
            defaults={
                "left": 0,
                "right": 0,
                "top": 0,
                "bottom": 0,
                "position": "center",
                "color": None,
            },
        ),
        "rotate": StepEntry(bare="degrees"),
        "flip": StepEntry(bare="direction"),
        "flatten": StepEntry(bare="color", defaults={"color": "#ffffff"}),
        "key": StepEntry(bare="color", defaults={"tolerance": 0, "feather": 0}),
        "alpha": StepEntry(refs=("from",), defaults={"keep": "white"}),
        "despill": StepEntry(bare="color", defaults={"radius": 3}),
        "bleed": StepEntry(bare="radius"),
        "pixelate": StepEntry(
            version=2,
            bare="grid",
            defaults={"colors": None, "palette": None, "scale": 1},
        ),
        "quantize": StepEntry(
            version=2,
            bare="colors",
            defaults={"palette": None, "dither": False},
        ),
        "grayscale": StepEntry(),
        "invert": StepEntry(),
        "threshold": StepEntry(bare="level", defaults={"level": 128}),
        "adjust": StepEntry(
            defaults={"brightness": 1.0, "contrast": 1.0, "saturation": 1.0}
        ),
        "blur": StepEntry(bare="radius"),
        "sharpen": StepEntry(bare="amount", defaults={"amount": 1.0, "radius": 2.0}),
        "round": StepEntry(bare="radius"),
        "outline": StepEntry(defaults={"color": "#000000"}),
        "overlay": StepEntry(
            bare="image",
            refs=("image",),
            defaults={"at": "center", "scale": 1.0, "opacity": 1.0},
        ),
        "tile": StepEntry(bare="overlap", defaults={"overlap": "12%"}),
    }
)

TEXT_DEFAULTS: Final[Mapping[str, Json]] = MappingProxyType(
    {
        "size": 32,
        "color": "#000000",
        "at": "center",
        "margin": 0,
        "opacity": 1,
        "blend": "normal",
    }
)
"""Options of a layer of text that have a default; its alignment follows from `at`."""
