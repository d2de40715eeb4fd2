"""A session of `watch` and money: one cap for all its builds, and nothing paid is lost."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from counting import CountingProvider
from fakeapi import FakeApi
from sessions import Process, Session

from assetgen import events, registry
from assetgen.ledger import Ledger
from assetgen.runs import Runs, read_new
from assetgen.store import Store
from assetgen.watchmoney import Purse

HEAD = """version: 1
provider: counting
targets: {site: {dir: site}}
"""
FREE = "  box: {prompt: a box, provider: placeholder, size: 8x8, outputs: [box.png]}\n"
CLOSE = "  close: {prompt: closer, inputs: [cat], size: 8x8, outputs: [close.png]}\n"
API = """version: 1
provider: openai
targets: {site: {dir: site}}
defaults: {model: gpt-image-2.6-flare, size: 1024x640, quality: low}
"""
KEY = {"OPENAI_API_KEY": "sk-right"}


def cat(prompt="a cat", more=""):
    """Return the lines of an asset that costs a cent."""
    return f"  cat: {{prompt: {prompt}, size: 8x8, outputs: [cat.png]{more}}}\n"


def drawn(prompt):
    """Return the lines of an asset that the stand-in for the image API draws."""
    return f"  cat: {{prompt: {prompt}, outputs: [cat.png]}}\n"


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges a cent a picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def fake():
    """Return a stand-in for the image API."""
    with FakeApi() as api:
        yield api


def write(root, *assets, head=HEAD):
    """Write the spec in one go."""
    (root / "assets.yaml").write_text(head + "assets:\n" + "".join(assets))


def saved(session, *assets, head=HEAD):
    """Write the spec, and return the round that builds it."""
    return session.after(lambda: write(session.root, *assets, head=head), "assets.yaml")


# --- the cap ----------------------------------------------------------------------


def test_all_builds_of_a_session_share_one_cap(tmp_path, provider):
    """Saving again and again never costs more than the session may; free work goes on."""
    write(tmp_path, cat(), FREE)
    with Session(tmp_path, cap_usd=0.03) as session:
        assert saved(session, cat("second"), FREE).spent_usd == pytest.approx(0.02)
        assert saved(session, cat("third"), FREE).spent_usd == pytest.approx(0.03)
        for number in range(3):
            boxed = FREE.replace("a box", f"box {number}")
            held = saved(session, cat(f"more {number}"), boxed)
            assert held.held == ("cat",)
            assert not held.error
        assert provider.total == 3
        words = [event.asset for event in session.of(events.AssetFinished)]
        assert words.count("box") == 4
        told = [x.diagnostic for x in session.of(events.DiagnosticEvent)]
        assert "spent $0.03 of $0.03" in told[-1].message.replace("0.0300", "0.03")
        assert "assetgen build cat" in told[-1].hint
        assert "--max-cost" in told[-1].hint


def test_what_one_change_costs_too_much_is_not_begun(tmp_path, provider):
    """Several draws of which some would fit: none is drawn, and what needs them waits."""
    write(tmp_path, FREE)
    with Session(tmp_path, cap_usd=0.015) as session:
        done = saved(session, FREE, cat(), CLOSE, FREE.replace("box", "bag"))
        assert done.held == ("cat", "close")
        assert provider.total == 0
        assert (tmp_path / "site/bag.png").exists()
        assert not (tmp_path / "site/cat.png").exists()


def test_a_spec_lowers_the_cap_and_never_raises_it(tmp_path, provider):
    """A spec may come from anybody."""
    low = HEAD + "budget: {watch_usd: 0.01}\n"
    write(tmp_path, cat(), head=low)
    with Session(tmp_path, cap_usd=5) as session:
        assert saved(session, cat("two"), head=low).held == ("cat",)
        high = HEAD + "budget: {watch_usd: 900}\n"
        assert saved(session, cat("two"), head=high).cap_usd == 5
        assert provider.total == 2
    build = HEAD + "budget: {build_usd: 0.005}\n"
    write(tmp_path, cat("three"), head=build)
    with Session(tmp_path, cap_usd=5) as session:
        assert session.rounds[0].held == ("cat",)
        assert "build_usd" in str(session.of(events.DiagnosticEvent)[0])
    assert provider.total == 2


def test_events_tell_of_the_session_and_not_of_one_build(tmp_path, provider):
    """The gallery shows what the session spent and what it leaves."""
    write(tmp_path, cat())
    with Session(tmp_path, cap_usd=0.5) as session:
        saved(session, cat("two"))
        saved(session, cat("three"))
        spent = [event.spent_usd for event in session.of(events.BudgetEvent)]
    assert spent == pytest.approx([0, 0.01, 0.01, 0.02, 0.02, 0.03])
    assert {event.cap_usd for event in session.of(events.BudgetEvent)} == {0.5}
    last = read_new(Runs(tmp_path).newest())[0]
    assert [x["spent_usd"] for x in last if x["type"] == "budget"] == [
        pytest.approx(0.02),
        pytest.approx(0.03),
    ]
    assert provider.total == 3


def test_a_picture_of_unknown_price_is_not_drawn(tmp_path, provider, monkeypatch):
    """Without a price no cap can hold."""
    from assetgen.providers.base import Price

    monkeypatch.setattr(provider, "estimate", lambda *_: Price(None), raising=False)
    write(tmp_path, cat(), FREE)
    with Session(tmp_path) as session:
        assert session.rounds[0].held == ("cat",)
        assert "assume-cost" in str(session.of(events.DiagnosticEvent)[0])
        assert (tmp_path / "site/box.png").exists()
    assert provider.total == 0


def test_the_caps_come_in_their_order():
    """Without a word it is one dollar, and nothing raises it but who runs the command."""
    purse = Purse(None)
    assert purse.left_usd == 1
    purse.heed(0.25)
    assert purse.left_usd == 0.25
    purse.heed(None)
    purse.spent_usd = 3
    assert purse.left_usd == 0
    assert Purse(0).left_usd == 0


@pytest.mark.parametrize(
    ("words", "environ", "config", "cap"),
    [
        ([], {}, "", "$1.00"),
        ([], {}, "[budget]\nbuild_usd = 9\nwatch_usd = 4\n", "$4.00"),
        ([], {"ASSETGEN_MAX_COST": "3"}, "[budget]\nwatch_usd = 4\n", "$3.00"),
        (["--max-cost", "2"], {"ASSETGEN_MAX_COST": "3"}, "", "$2.00"),
    ],
)
def test_flag_environment_and_configuration_set_the_cap(
    tmp_path, words, environ, config, cap
):
    """The nearest to the user wins."""
    (tmp_path / "config.toml").write_text(config)
    write(tmp_path, FREE)
    environ = {**environ, "ASSETGEN_CONFIG": str(tmp_path / "config.toml")}
    with Process(tmp_path, *words, **environ) as watch:
        watch.until(f"may spend {cap}")
        assert watch.end() == 0


def test_without_a_key_the_free_part_is_built(tmp_path, fake):
    """A designer without a key sees everything but the paid pictures."""
    box = FREE.replace("8x8", "816x816")
    write(tmp_path, drawn("a cat"), box, head=API)
    with Process(tmp_path, OPENAI_BASE_URL=fake.base_url) as watch:
        watch.until("watching assets.yaml")
        assert watch.said.count("OPENAI_API_KEY is not set") == 1
        assert "cat not drawn" in watch.said
        assert (tmp_path / "site/box.png").exists()
        assert watch.end() == 0
    assert fake.posts == 0


# --- in flight --------------------------------------------------------------------


def test_a_draw_whose_prompt_changed_in_flight_is_banked(tmp_path, fake):
    """It was paid for: it is kept, and going back to its words costs nothing."""
    write(tmp_path, drawn("first words"), head=API)
    fake.hold()
    with Process(tmp_path, OPENAI_BASE_URL=fake.base_url, **KEY) as watch:
        fake.until(lambda api: api.posts == 1, "the first call")
        write(tmp_path, drawn("second words"), head=API)
        fake.release()
        fake.until(lambda api: api.posts == 2, "the second call")
        watch.until("assets.yaml: cat built")
        ledger = Ledger(tmp_path / ".assetgen/ledger.jsonl", run="test")
        keys = [each["key"] for each in ledger.entries() if each["entry"] == "intent"]
        write(tmp_path, drawn("first words"), head=API)
        watch.until("assets.yaml: cat built", 2)
        assert watch.end() == 0
    store = Store(tmp_path / ".assetgen/store")
    assert [len(store.draws(key)) for key in keys] == [1, 1]
    assert fake.charged == 2
    assert "2 pictures" not in watch.said
    assert "sk-right" not in watch.said


def test_the_first_ctrl_c_banks_what_is_in_flight(tmp_path, fake):
    """It ends with 0, and the next build pays nothing."""
    write(tmp_path, drawn("a cat"), head=API)
    fake.hold()
    with Process(tmp_path, OPENAI_BASE_URL=fake.base_url, **KEY) as watch:
        fake.until(lambda api: api.posts == 1, "the call")
        watch.process.send_signal(signal.SIGINT)
        watch.until("waiting for cat")
        fake.release()
        assert watch.process.wait(30) == 0
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "build"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert fake.charged == 1


def test_the_second_ctrl_c_ends_it_now(tmp_path, fake):
    """Nobody has to wait for an answer that may take minutes."""
    write(tmp_path, drawn("a cat"), head=API)
    fake.hold()
    with Process(tmp_path, OPENAI_BASE_URL=fake.base_url, **KEY) as watch:
        fake.until(lambda api: api.posts == 1, "the call")
        watch.process.send_signal(signal.SIGINT)
        watch.until("waiting for cat")
        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(10) == 0
        watch.until("outcome unknown")
        fake.release()


# --- the lock ---------------------------------------------------------------------


def test_a_pick_in_another_process_is_built(tmp_path, fake):
    """The lock is watched, and what depends on the picked picture follows."""
    logo = "  logo: {layers: [{image: cat}], canvas: 64x64, outputs: [logo.png]}\n"
    two = drawn("a cat").replace("outputs", "n: 2, outputs")
    write(tmp_path, two, logo, head=API)
    with Process(tmp_path, OPENAI_BASE_URL=fake.base_url, **KEY) as watch:
        watch.until("watching assets.yaml")
        before = (tmp_path / "site/logo.png").read_bytes()
        done = subprocess.run(
            [sys.executable, "-m", "assetgen", "pick", "cat", "2"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        watch.until("assets.lock: logo built")
        assert (tmp_path / "site/logo.png").read_bytes() != before
        assert watch.end() == 0
        assert watch.said.count("assets.lock:") == 1
    assert fake.charged == 1
