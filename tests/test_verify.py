"""`verify` finds whatever does not agree, names the file and ends with 7."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from counting import CountingProvider
from shops import Shop

from assetgen import registry
from assetgen.report.verify_text import as_json
from assetgen.verifying import Finding, Verdict

SCHEMA = Path(__file__).parent.parent / "schemas" / "verify.schema.json"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return a project with two paid pictures, built."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: provider)
    made = Shop(tmp_path / "project")
    made.spec(cat="A cat", hat="A hat")
    made.build()
    return made


def findings(shop: Shop) -> dict[str, dict]:
    """Return what `verify` finds, by kind."""
    said = shop.run("verify", "--format", "json")
    data = json.loads(said.out)
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert (said.code == 7) == bool(data["summary"]["damage"]) == (not data["ok"])
    return {each["kind"]: each for each in data["findings"]}


def test_after_a_build_all_agrees(shop):
    """Nothing is wrong, and what was looked at is counted."""
    said = shop.run("verify")
    assert (said.code, said.out) == (0, "looked at 2 files and 2 draws: all agree\n")
    assert shop.run("verify", "-q").out == ""
    assert findings(shop) == {}


def test_before_the_first_build_there_is_nothing_to_disagree(tmp_path):
    """No manifest, no lock, no store."""
    shop = Shop(tmp_path / "project")
    shop.spec(cat="A cat")
    (shop.root / "assets.yaml").write_text(
        (shop.root / "assets.yaml").read_text().replace("counting", "placeholder")
    )
    assert shop.run("verify").code == 0


def test_an_edited_and_a_lost_output_are_named(shop):
    """By their bytes: times and sizes prove nothing."""
    (shop.root / "site/hat.png").unlink()
    cat = shop.root / "site/cat.png"
    data = bytearray(cat.read_bytes())
    data[-20] ^= 1
    cat.write_bytes(data)
    found = findings(shop)
    assert found["output-changed"]["path"] == "site/cat.png"
    assert found["output-missing"]["path"] == "site/hat.png"
    said = shop.run("verify")
    assert said.code == 7
    assert "error: site/cat.png: its bytes" in said.out


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"manifest": 9, "files": {}}'])
def test_a_damaged_manifest_is_named(shop, data):
    """It says what is ours, so it counts."""
    (shop.root / "site/assetgen.manifest.json").write_bytes(data)
    assert findings(shop)["manifest-damaged"]["path"] == "site/assetgen.manifest.json"


def test_a_manifest_that_leads_out_of_its_folder_is_not_followed(shop):
    """Nothing outside the target is opened for it."""
    path = shop.root / "site/assetgen.manifest.json"
    path.write_text(path.read_text().replace('"cat.png": {', '"../../etc/passwd": {'))
    found = findings(shop)["output-blocked"]
    assert "leads out" in found["message"]


def test_a_damaged_blob_is_moved_away_and_a_lost_one_is_named(shop):
    """The pinned pictures are read in full; no build uses the damaged one any more."""
    cat, hat = shop.lock["cat"].pick, shop.lock["hat"].pick
    place = shop.store.path(cat)
    place.chmod(0o644)
    place.write_bytes(b"x" + place.read_bytes()[1:])
    shop.store.path(hat).unlink()
    found = findings(shop)
    assert (found["blob-damaged"]["asset"], found["blob-damaged"]["digest"]) == (
        "cat",
        cat,
    )
    assert found["blob-missing"]["asset"] == "hat"
    assert (shop.store.root / "quarantine" / cat).exists()
    assert "blob-damaged" not in findings(shop)
    assert shop.run("verify").code == 7


def test_a_lost_draw_that_is_not_picked_is_only_a_note(shop):
    """The asset is whole without it."""
    line = shop.lock["cat"]
    more = line._replace(draws=(*line.draws, "ab" * 32))
    shop.lock_file.write_text(shop.lock.changed([more], ()).text())
    assert findings(shop)["blob-missing"]["severity"] == "note"
    said = shop.run("verify")
    assert said.code == 0
    assert "(-v shows 1 note)" in said.out


def test_another_pick_than_the_files_were_made_from_is_told(shop):
    """After `git pull` and before `build`."""
    lock = shop.lock
    cat = lock["cat"]._replace(draws=lock["hat"].draws, pick=lock["hat"].pick)
    shop.lock_file.write_text(lock.changed([cat], ()).text())
    found = findings(shop)["draw-differs"]
    assert (found["asset"], found["path"]) == ("cat", "site/cat.png")


def test_a_line_that_the_lock_lost_is_told(shop):
    """Somebody resolved a conflict by removing it."""
    shop.lock_file.write_text(shop.lock.changed((), ["cat"]).text())
    assert findings(shop)["lock-line-missing"]["asset"] == "cat"
    shop.build()
    assert findings(shop) == {}


def test_a_record_that_is_not_its_requests_is_told(shop):
    """A record names what was asked for; its key is hashed again."""
    key = shop.lock["cat"].key
    place = shop.store.root / "ac" / key[:2] / f"{key}.json"
    place.write_text(place.read_text().replace("A cat", "A rat"))
    assert findings(shop)["record-damaged"]["digest"] == key


def test_stand_ins_are_made_beside_the_lock(shop):
    """Who has no key builds placeholders; lock and pins stay as they are."""
    before = shop.lock_file.read_text()
    shop.build("--provider", "placeholder")
    assert shop.lock_file.read_text() == before
    assert findings(shop) == {}


def test_a_conflicted_lock_is_an_invalid_spec(shop):
    """Not damage: the way out is another one."""
    shop.lock_file.write_text('{"lock": 1}\n<<<<<<< a\n=======\n>>>>>>> b\n')
    assert shop.run("verify").code == 3


def test_names_are_shown_escaped():
    """A manifest may hold anything."""
    evil = "a\x1b[31m\r\u202e"
    finding = Finding(kind="output-missing", message=evil, asset=evil, path=evil)
    verdict = Verdict(findings=(finding,), files=1, blobs=0)
    from assetgen.report.verify_text import as_text

    assert not {"\x1b", "\r", "\u202e"} & set(as_text(verdict))
    assert json.loads(as_json(verdict))["findings"][0]["path"] == evil
