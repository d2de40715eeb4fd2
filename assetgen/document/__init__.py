"""Spec files: bytes to plain values, places to lines, large files to pieces.

The only package that imports the YAML library. `parse` is fast and keeps no places;
`locate` reads again, slowly, when a message has to point somewhere. Both fail with
`SpecInvalid`, never with the library's errors, and never run code from a file.
`commented` reads a file with its comments, for the formatter.

Start reading in `build` (the rules) and `split` (why a piece can be read alone).
"""

from assetgen.document.limits import DEFAULT, Limits
from assetgen.document.places import locate
from assetgen.document.reading import parse, parse_chunk
from assetgen.document.split import Split, split_entries
from assetgen.document.text import decode, excerpt

__all__ = [
    "DEFAULT",
    "Limits",
    "Split",
    "decode",
    "excerpt",
    "locate",
    "parse",
    "parse_chunk",
    "split_entries",
]
