"""What the gallery shows, as plain data: the wall of assets, and a page for each.

Made from a plan and what it was made from; nothing is asked, drawn or written, but for
thumbnails and a few facts in the memo. The live server and the static report show the
same data. Start reading in `wall`.
"""
