"""Pictures to pictures: everything local, deterministic and free.

A picture in work is always a `PIL.Image` of mode RGBA: 8 bits a channel, straight
alpha, sRGB, upright, without metadata. `opening` makes it from bytes that nobody
trusts, `steps` and `layers` change it, `encode` makes bytes again.

`versions`, `arguments`, `placement` and `sizing` are plain arithmetic without PIL, for
planning; `opening` and `extending` import it when they are called. The other modules
import it at once, and are themselves imported only when pictures are handled. Nothing
here reads files: pictures that a step or layer names come from the caller's `open_ref`.
"""
