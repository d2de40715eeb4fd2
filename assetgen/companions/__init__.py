"""Files beside a target's pictures that speak of several of them; pure.

A web manifest lists icons, a pack file what a game loads, typed names all assets. Each is
made from the rows of the target's manifest and nothing else, so it can be made again
without a picture, and is the same for the same rows. `accompany` writes them.

* own files       typed names, snippets, packs, Android's and Windows' XML: made whole
* shared files    web manifests and `Contents.json`: somebody's own, with our entries
"""
