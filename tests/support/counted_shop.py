"""A small project whose pictures cost money, edited as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildings import Heard, assert_as_planned, build, options, plan_of

from assetgen import events
from assetgen.errors import ExitCode
from assetgen.ledger import Ledger
from assetgen.lockfile import Lock, read_lock
from assetgen.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from counting import CountingProvider

    from assetgen.decide import Action, PlannedAsset


SPEC = """\
version: 1
provider: counting
targets: {site: {dir: img}}
assets:
  cat:
    prompt: A cat
    outputs: [{path: cat.png}]
  hat:
    prompt: A hat
    inputs: [cat]
    outputs: [{path: hat.png}]
"""


class Shop:
    """A project whose pictures cost money."""

    def __init__(self, root: Path, provider: CountingProvider) -> None:
        self.root, self.provider = root, provider
        self.say(SPEC)

    def say(self, text: str) -> None:
        (self.root / "assets.yaml").write_text(text)

    def edit(self, old: str, new: str) -> None:
        text = (self.root / "assets.yaml").read_text()
        assert old in text
        self.say(text.replace(old, new))

    def build(self, **more: Any) -> tuple[ExitCode, Heard]:
        opts = options(self.root, **more)
        plan = plan_of(opts)
        paid = self.provider.total
        code, heard = build(opts)
        if code is ExitCode.DONE and not self.provider.largesse:
            assert_as_planned(plan, heard)
        assert len(heard.of(events.DrawBanked)) == self.provider.total - paid
        return code, heard

    def planned(self, name: str, **more: Any) -> PlannedAsset:
        plan = plan_of(options(self.root, **more))
        return next(each for each in plan.assets if each.name == name)

    def action(self, name: str, **more: Any) -> Action:
        return self.planned(name, **more).action

    def lock(self) -> bytes:
        return (self.root / "assets.lock").read_bytes()

    def lines(self) -> Lock:
        return read_lock(self.root / "assets.lock")

    def ledger(self) -> list[dict[str, Any]]:
        return list(Ledger(self.root / ".assetgen/ledger.jsonl", run="test").entries())

    def store(self) -> Store:
        return Store(self.root / ".assetgen/store")

    def image(self, name: str) -> bytes:
        return (self.root / "img" / name).read_bytes()
