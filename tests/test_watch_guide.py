"""The guide to `watch` shows what a session says."""

from __future__ import annotations

import io
import re
from pathlib import Path

from counting import CountingProvider
from sessions import Process

from assetgen import registry
from assetgen.cli.commands.watch import _Lines
from assetgen.cli.console import Console
from assetgen.watch import Watch
from assetgen.watchmoney import Purse
from assetgen.world import Options

GUIDE = Path(__file__).parent.parent / "docs/guide/watch-and-gallery.md"


def blocks(language):
    """Return the bodies of the guide's blocks of a language."""
    text = GUIDE.read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def plain(text):
    """Return lines without what differs from run to run."""
    text = re.sub(r"\d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r"\b[\d.]+ (ms|s)$", "SOON", text, flags=re.MULTILINE)
    text = re.sub(r"shield, hero|hero, shield", "hero, shield", text)
    return re.sub(r"\$0\.\d+", "$N", text).splitlines()


def test_the_guides_session_is_what_is_said(tmp_path):
    """The first session of the page, with its edits, line for line."""
    spec = tmp_path / "assets.yaml"
    spec.write_text(blocks("yaml")[0])

    def edit(old, new):
        text = spec.read_text()
        assert old in text
        spec.write_text(text.replace(old, new, 1))

    with Process(tmp_path) as watch:
        watch.until("watching assets.yaml")
        edit("green", "golden")
        watch.until("hero built, 1 file written")
        edit("prompt: a knight", "promt: a knight")
        watch.until("what was built stays")
        edit("promt", "prompt")
        watch.until("fine again")
        assert watch.end() == 0
    shown = blocks("text")[0].removeprefix("$ assetgen watch\n")
    assert plain(watch.said.removesuffix("[end]")) == plain(shown)


def test_the_guides_words_on_money_are_what_is_said(tmp_path, monkeypatch):
    """The block of a change that costs too much has the words of the program."""
    monkeypatch.setitem(registry.BUILT_IN, "counting", CountingProvider)
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nprovider: counting\nassets:\n"
        "  hero: {prompt: a hero, outputs: [hero.png]}\n"
    )
    purse = Purse(1)
    purse.spent_usd = 0.995
    err = io.StringIO()

    class Once(_Lines):
        """Ends the session after its first build."""

        def ended(self, done, things):
            """Say it, and end."""
            super().ended(done, things)
            session.stop()

    lines = Once(Console({}, io.StringIO(), err), poll=False)
    session = Watch(Options(root=tmp_path), lines, purse=purse)
    assert session.run() == 0
    shown = blocks("text")[1].replace("assets.yaml: hero", "first build: hero")
    got = "\n".join(err.getvalue().splitlines()[:3]) + "\n"
    assert plain(got.replace("spent $1.00 of", "spent $0.99 of")) == plain(shown)
