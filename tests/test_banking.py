"""What a provider brings is in the store before anybody relies on it."""

from __future__ import annotations

import itertools
import json

import pytest
from sketches import png

from assetgen.actionkey import request_key
from assetgen.banking import Banking, open_calls, request_to_json
from assetgen.digest import digest_of
from assetgen.errors import OutcomeUnknown, OverBudget
from assetgen.ledger import Ledger
from assetgen.observe import StoredRecords
from assetgen.providers.base import Drawing, Order, Price
from assetgen.requests import Request
from assetgen.store import Store
from assetgen.values import replace

REQUEST = Request(
    operation="edit",
    provider="scripted",
    model="m",
    prompt="a hat",
    params=(("size", "64x64"),),
    inputs=("aa",),
    mask="bb",
)
KEY = request_key(REQUEST)
USAGE = {"input_tokens": 7, "output_tokens": 30, "total_tokens": 37, "price_table": "x"}


class Scripted:
    """A paid provider that answers as it is told."""

    name = "scripted"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def __init__(self) -> None:
        self.answer: list[Drawing] | Exception = []

    def estimate(self, request, count, input_sizes=()):  # noqa: ARG002
        return Price(0.01 * count)

    def draw(self, order, count, on_progress):  # noqa: ARG002
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Bench:
    """A provider, wrapped, with a store and a ledger of its own."""

    def __init__(self, folder) -> None:
        self.store = Store(folder / "store")
        self.ledger = Ledger(folder / "ledger.jsonl", run="r1")
        self.inner = Scripted()
        self.said: list[object] = []
        names = (f"call-{at}" for at in itertools.count(1))
        self.banking = Banking(
            self.inner, self.store, self.ledger, lambda: "now", lambda: next(names)
        )

    def draw(self, answer, count=1):
        """Draw with this answer."""
        self.inner.answer = answer
        return self.banking.draw(Order(request=REQUEST), count, self.said.append)

    def result(self) -> dict:
        """Return the ledger's last line."""
        return list(self.ledger.entries())[-1]


@pytest.fixture
def bench(tmp_path):
    """Return a bench in a folder of its own."""
    return Bench(tmp_path)


def test_what_a_call_cost_stands_in_the_ledger_and_the_record(bench):
    """As the provider said it, with its sums of tokens."""
    one = Drawing(data=png(8, 8, 1), cost_usd=0.02, usage=USAGE, request_id="req_1")
    assert bench.draw([one]) == [one]
    result = bench.result()
    assert (result["outcome"], result["cost_usd"], result["cost"]) == (
        "ok",
        0.02,
        "actual",
    )
    assert result["tokens"] == {
        "input_tokens": 7,
        "output_tokens": 30,
        "total_tokens": 37,
    }
    (draw,) = bench.store.draws(KEY)
    assert draw.usage == USAGE
    assert not draw.cost_estimated


def test_the_ledger_names_the_model_that_is_asked_where_the_request_names_none(bench):
    """What was paid for which model must not depend on whether the spec named it."""
    bench.inner.default_model = "the-usual"
    for model in (None, "m"):
        bench.inner.answer = [Drawing(data=png(8, 8, 1))]
        order = Order(request=replace(REQUEST, model=model))
        bench.banking.draw(order, 1, bench.said.append)
    entries = list(bench.ledger.entries())
    assert [each["model"] for each in entries if each["entry"] == "intent"] == [
        "the-usual",
        "m",
    ]


def test_a_cost_that_is_ours_is_marked(bench):
    """An estimate never passes as what was charged."""
    bench.draw([Drawing(data=png(8, 8, 1), cost_usd=0.02, cost_estimated=True)])
    assert bench.result()["cost"] == "estimate"
    assert bench.result()["tokens"] is None
    (draw,) = bench.store.draws(KEY)
    assert draw.cost_estimated


def test_an_answer_of_no_use_is_kept_and_named(bench):
    """Its bytes lie in the store, no record names them, the call counts as unknown."""
    page = b"<html>502</html>"
    with pytest.raises(OutcomeUnknown, match="kept as") as caught:
        bench.draw(OutcomeUnknown("unexpected answer (text/html)", answer=page))
    digest = digest_of(page)
    assert caught.value.message == (
        f"unexpected answer (text/html) (kept as {digest[:12]})"
    )
    assert caught.value.hint.endswith(str(bench.store.path(digest)))
    assert bench.store.get(digest) == page
    assert bench.store.draws(KEY) == ()
    assert (bench.result()["reason"], bench.result()["kept"]) == (
        caught.value.message,
        [digest],
    )
    (unknown,) = bench.ledger.unknown_outcomes()
    assert unknown.intent.estimate_usd == pytest.approx(0.01)


def test_no_answer_leaves_nothing_behind(bench):
    """A time-out has no bytes to look into."""
    with pytest.raises(OutcomeUnknown, match=r"no answer$"):
        bench.draw(OutcomeUnknown("no answer"))
    assert list(bench.store.digests()) == []
    assert bench.result()["kept"] == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png(64, 64, 1)[:-20], "damaged"),
        (png(64, 64, 1)[:-12], "damaged"),
        (b"<html>", "not a picture"),
    ],
)
def test_a_torn_picture_is_no_draw(bench, data, why):
    """Header and pixels may be fine and the end missing: the file is read whole."""
    with pytest.raises(OutcomeUnknown, match=f"unexpected answer: .*{why}"):
        bench.draw([Drawing(data=data, cost_usd=0.02)])
    assert bench.store.draws(KEY) == ()
    assert bench.store.get(digest_of(data)) == data
    assert bench.result()["kept"] == [digest_of(data)]
    assert len(bench.ledger.unknown_outcomes()) == 1


def test_what_can_be_used_of_an_answer_is_used(bench):
    """One good picture of two is a draw; the other's bytes are kept beside it."""
    good, torn = png(8, 8, 1), png(64, 64, 2)[:-20]
    drawn = bench.draw([Drawing(data=torn), Drawing(data=good)], count=2)
    assert [each.data for each in drawn] == [good]
    assert [each.digest for each in bench.store.draws(KEY)] == [digest_of(good)]
    assert bench.result()["outcome"] == "ok"
    assert bench.result()["kept"] == [digest_of(torn)]
    assert "could not be used" in str(bench.said[-1])
    assert bench.ledger.unknown_outcomes() == ()


def test_a_call_that_the_budget_forbids_is_settled(bench):
    """It was never sent, so nothing about it is unknown."""
    with pytest.raises(OverBudget):
        bench.draw(OverBudget("too much"))
    assert bench.result()["outcome"] == "failed"
    assert open_calls(bench.ledger, bench.store).unknown == ()


def test_a_request_is_kept_with_all_its_fields_and_what_was_hashed(bench):
    """What is written is plain JSON, and the parts are read back for `why`."""
    kept = request_to_json(REQUEST)
    assert json.loads(json.dumps(kept)) == kept
    assert kept["params"] == [["size", "64x64"]]
    assert (kept["inputs"], kept["mask"], kept["markup"]) == (["aa"], "bb", None)
    assert kept.keys() >= set(Request._fields)
    bench.draw([Drawing(data=png(8, 8, 1))])
    parts = StoredRecords(bench.store)[KEY].parts
    assert ("prompt", "a hat") in parts
    assert [list(each) for each in parts] == kept["parts"]


def test_what_was_paid_for_pictures_of_no_use_is_borne_by_the_others(bench):
    """Sums over draws are what the service charged, whatever came of its pictures."""
    torn = Drawing(data=png(64, 64, 2)[:-20], cost_usd=0.02)
    bench.draw([torn, *(Drawing(data=png(8, 8, at), cost_usd=0.02) for at in (1, 2))])
    costs = [draw.cost_usd for draw in bench.store.draws(KEY)]
    assert costs == pytest.approx([0.03, 0.03])
    assert bench.result()["cost_usd"] == pytest.approx(0.06)
