"""Lint: what a spec may say and better would not; rules with names, each can be allowed.

`rules` has the rules as a table of pure functions over a `Subject`, `allowing` the
comments that switch them off for a line, an entry or a section. `lint` puts both
together.
"""

from assetgen.linting.judging import lint
from assetgen.linting.rules import RULES, Rule

__all__ = ["RULES", "Rule", "lint"]
