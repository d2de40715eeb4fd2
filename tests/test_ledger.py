"""The ledger knows what may have been charged for nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from assetgen.digest import Key
from assetgen.ledger import Ledger

KEY, OTHER = Key("ab" * 32), Key("cd" * 32)
AT = "2026-01-02T03:04:05Z"


@pytest.fixture
def path(tmp_path):
    """Return the ledger's path; the folder is not there yet."""
    return tmp_path / ".assetgen" / "ledger.jsonl"


def ask(ledger: Ledger, name: str, key: Key = KEY) -> None:
    """Write an intent."""
    ledger.intent(
        id=name,
        at=AT,
        key=key,
        asset="hero",
        provider="openai",
        model="m",
        count=1,
        estimate_usd=0.04,
    )


def unknown_ids(ledger: Ledger) -> list[str]:
    """Return the ids of the calls whose outcome is unknown."""
    return [each.intent.id for each in ledger.unknown_outcomes()]


def test_a_call_is_written_before_and_after(path):
    """Two lines, private, with the fields that `cost` and `log` show."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    ledger.result(
        id="1", at=AT, outcome="ok", draws=(KEY,), cost_usd=0.05, request_id="req"
    )
    first, second = ledger.entries()
    assert first["entry"] == "intent"
    assert first["estimate_usd"] == 0.04
    assert second["draws"] == [KEY]
    assert second["cost_usd"] == 0.05
    assert path.stat().st_mode & 0o777 == 0o600
    assert unknown_ids(ledger) == []


def test_an_intent_without_a_result_is_unknown(path):
    """A crash between answer and banking: one call, with its price."""
    ask(Ledger(path, run="r1"), "1")
    (unknown,) = Ledger(path, run="r2").unknown_outcomes()
    assert unknown.intent.estimate_usd == 0.04
    assert unknown.intent.asset == "hero"
    assert unknown.reason == ""


@pytest.mark.parametrize("outcome", ["refused", "failed", "ok"])
def test_an_answer_settles_a_call(path, outcome):
    """An error status is an answer, and free."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    ledger.result(id="1", at=AT, outcome=outcome)
    assert unknown_ids(ledger) == []


def test_an_unknown_outcome_stays_until_it_is_asked_again(path):
    """Only a later call of the same key settles it; its own outcome counts then."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    ledger.result(id="1", at=AT, outcome="unknown", reason="no answer")
    ask(ledger, "2", OTHER)
    ledger.result(id="2", at=AT, outcome="ok")
    assert unknown_ids(ledger) == ["1"]
    later = Ledger(path, run="r2")
    ask(later, "3")
    later.result(id="3", at=AT, outcome="unknown", reason="no answer")
    assert unknown_ids(later) == ["3"]


def test_calls_side_by_side_do_not_settle_each_other(path):
    """Two calls of one key in flight at a crash are two unknown outcomes."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    ask(ledger, "2")
    ledger.result(id="1", at=AT, outcome="unknown", reason="reset")
    assert unknown_ids(ledger) == ["1", "2"]
    ask(Ledger(path, run="r2"), "3")
    assert unknown_ids(ledger) == ["3"]


def test_a_dismissed_key_is_settled(path):
    """The user looked at the bill."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    ask(ledger, "2", OTHER)
    ledger.dismiss(KEY, at=AT)
    assert unknown_ids(ledger) == ["2"]


@pytest.mark.parametrize(
    "tail", [b'{"entry": "res', b"\xff\xfe", b"null\n", b"{}\n", b"[" * 100_000]
)
def test_a_torn_or_foreign_line_is_passed_over(path, tail):
    """What a crash left must not hide what comes before or after."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "1")
    with path.open("ab") as file:
        file.write(tail)
    ask(ledger, "2", OTHER)
    assert unknown_ids(ledger) == ["1", "2"]


def test_an_intent_with_missing_fields_is_passed_over(path):
    """A line of another version cannot break the list."""
    path.parent.mkdir()
    path.write_text(json.dumps({"entry": "intent", "id": "1"}) + "\n")
    assert unknown_ids(Ledger(path, run="r1")) == []


PROCESS = """
import sys
from pathlib import Path
from assetgen.errors import DiskRefused
from assetgen.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]), run=sys.argv[2])
for number in range(3):
    name = f"{sys.argv[2]}-{number}"
    ledger.intent(id=name, at="t", key=name, asset="a", provider="p", model=None,
                  count=1, estimate_usd=None)
    print(name, flush=True)
    ledger.result(id=name, at="t", outcome="ok")
"""


def test_no_call_is_forgotten_wherever_a_crash_falls(path):
    """What was asked (printed) without a result is unknown, for a crash at any step."""
    for step in range(1, 40):
        ended = subprocess.run(
            [sys.executable, "-c", PROCESS, path, str(step)],
            env=os.environ
            | {"ASSETGEN_TEST": "1", "ASSETGEN_FAILPOINTS": f"*=crash@{step}"},
            check=False,
            capture_output=True,
            text=True,
        )
        ledger = Ledger(path, run="reader")
        asked = ended.stdout.split()
        settled = {e["id"] for e in ledger.entries() if e["entry"] == "result"}
        mine = {i for i in unknown_ids(ledger) if i.startswith(f"{step}-")}
        assert set(asked) - settled <= mine
        assert mine <= {f"{step}-{number}" for number in range(3)} - settled
        if ended.returncode == 0:
            break
    assert step > 15


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_asking_again_in_vain_leaves_an_unknown_outcome_open(path, outcome):
    """The second call was not carried out, so the first may still have been charged."""
    ledger = Ledger(path, run="r1")
    ask(ledger, "0", OTHER)
    ask(ledger, "1")
    ledger.result(id="1", at=AT, outcome="unknown", reason="reset")
    later = Ledger(path, run="r2")
    ask(later, "2", Key("ef" * 32))
    for name in ("3", "4"):
        ask(later, name)
        assert unknown_ids(later) == ["0", "2", name]
        later.result(id=name, at=AT, outcome=outcome, reason="server error")
        assert unknown_ids(later) == ["0", "1", "2"]
    ask(later, "5")
    later.result(id="5", at=AT, outcome="ok")
    assert unknown_ids(later) == ["0", "2"]
