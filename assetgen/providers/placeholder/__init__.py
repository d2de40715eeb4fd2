"""The provider that draws stand-ins: no key, no network, the same pixels everywhere.

A request walks through these modules; only the last three know Pillow:

* `brief` reads the request: seed, size, format, hints in its words
* `palette` and `composition` (with `vistas`, `figures`, `silhouettes`) turn the brief
  into a `scene`: a list of shapes, pure data
* `plate` lays out the caption on the measured glyphs of `lettering`
* `raster` paints scenes and captions, `editing` works on input pictures, `vector`
  writes the same scene as SVG, and `encoding` makes the file
"""

from assetgen.providers.placeholder.provider import PlaceholderProvider

__all__ = ["PlaceholderProvider"]
