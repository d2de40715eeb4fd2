"""A shop with a branch, for all tests of what `assetgen diff` tells."""

from __future__ import annotations

import pytest
from counting import CountingProvider
from differing import commit_all
from shops import Shop

from assetgen import registry


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges for every picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):  # noqa: ARG001  # the shop draws with it
    """Return a project on main with two built and committed assets, on a new branch."""
    found = Shop(tmp_path / "shop")
    found.git("init", "-q", "-b", "main")
    (found.root / ".gitignore").write_text("site/\n.assetgen/\n")
    found.spec(hat="A red hat", shoe="A blue shoe")
    found.build("--jobs", "1")
    commit_all(found)
    found.git("checkout", "-q", "-b", "work")
    return found
