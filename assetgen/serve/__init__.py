"""The gallery's live server, on this machine: the only package that knows a web server.

app      what answers which address, and how it starts and ends
guard    who may ask: host, origin, token
live     the project as it is now, and who is told when it changes
jobs     picks, re-rolls, freezing and builds, one at a time
"""
