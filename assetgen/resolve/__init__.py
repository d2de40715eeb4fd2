"""From the raw values of the spec to the frozen values of `assetgen.model`; pure.

Read in this order: `settings` (what holds for every asset), `entries` (one entry of
``assets:`` becomes its assets; everything else in this folder serves it) and `link`
(what only all assets together show). Nothing here reads a file, a clock or the
environment, and nothing raises for a mistake of the spec: mistakes are collected as
`Problem`s, so that one run shows all of them.
"""
