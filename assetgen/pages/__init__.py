"""The gallery's pages: plain modules, one stylesheet, and the shell that loads them.

`assetgen serve` hands the files out as they are, under the names in `PAGE_FILES`. A page
that is opened from disk cannot load modules, so `assetgen.pages.joining` makes one script
of them. Nothing here is built, fetched or generated beforehand.
"""
