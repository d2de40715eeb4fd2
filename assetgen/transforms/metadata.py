"""The one thing that a file may say about itself: that a model made it.

The field is IPTC's digital source type, in an XMP packet.
Source: IPTC Photo Metadata Standard, "Digital Source Type".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

MadeByModel: TypeAlias = Literal["", "trained", "composite"]
"""Whether a model's draw is in the picture: not, alone, or with files of the project."""

_SOURCE_TYPES: Final[Mapping[MadeByModel, str]] = MappingProxyType(
    {
        "trained": "trainedAlgorithmicMedia",
        "composite": "compositeWithTrainedAlgorithmicMedia",
    }
)

_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    " Iptc4xmpExt:DigitalSourceType="
    '"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}"/>'
    "</rdf:RDF></x:xmpmeta>"
    '<?xpacket end="r"?>'
)


def source_type_packet(made_by_model: MadeByModel) -> str:
    """Return the XMP packet to write; empty where there is nothing to say."""
    if not made_by_model:
        return ""
    return _PACKET.format(source_type=_SOURCE_TYPES[made_by_model])
