"""`assetgen report` and `diff --format html` as commands: what is written, and from what."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from counting import CountingProvider
from reportfiles import block_of, files_of, pages_of, parts_of, rows_of, wall_of
from shops import Shop

from assetgen import registry
from assetgen.gallery import reports

EVIL = "</script><script>window.hit=1</script>\\u202e${"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return a project of three built and committed assets."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: provider)
    shop = Shop(tmp_path / "shop")
    shop.git("init", "-q", "-b", "main")
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    shop.spec(hat="A red hat", shoe="A blue shoe", old="An old boot")
    shop.build("--jobs", "1")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "x")
    return shop


@pytest.fixture
def out(tmp_path):
    """Return the folder that reports go to."""
    return tmp_path / "out"


def _report(shop, out, *words, command="report", code=0):
    said = shop.run(command, *words, "-o", str(out))
    assert said.code == code, said.err
    return said


def _prints(folder):
    """Return what tells files apart; without what SQLite keeps beside what it reads."""
    return {
        path: hashlib.sha256(data).hexdigest()
        for path, data in files_of(folder).items()
        if not path.endswith(("-shm", "-wal"))
    }


def test_the_page_to_open_is_printed(shop):
    """On stdout alone, so that `xdg-open "$(assetgen report)"` works."""
    said = shop.run("report")
    page = shop.root / ".assetgen/report/index.html"
    assert said.out == f"{page}\n"
    assert page.is_file()
    assert "3 assets, 6 pictures" in said.err
    assert shop.git("status", "--porcelain") == ""


def test_rows_and_pages_are_those_of_the_gallery(shop, out):
    """In spec order, with what was paid, and a page for each."""
    _report(shop, out)
    wall, rows, pages = wall_of(out), rows_of(out), pages_of(out)
    assert list(rows) == ["hat", "shoe", "old"]
    assert (wall["live"], wall["base"]) == (False, None)
    assert wall["summary"] == {"assets": 3, "by_state": {"up-to-date": 3}}
    assert wall["money"]["spent_usd"] == 0.03
    assert rows["hat"]["cost_usd"] == 0.01
    assert pages.keys() == rows.keys()
    assert all(pages[name]["row"] == rows[name] for name in rows)
    assert pages["hat"]["prompt"]["text"] == "A red hat"
    assert pages["hat"]["yaml_place"] == {"file": "assets.yaml", "line": 5}


def test_every_picture_that_pages_name_is_there(shop, out):
    """By a path inside the report."""
    _report(shop, out)
    there = files_of(out)
    tables = [block_of(out), *parts_of(out)]
    paths = {
        p for t in tables for kind in ("pictures", "thumbs") for p in t[kind].values()
    }
    assert paths <= there.keys()
    (part,) = parts_of(out)
    for page in pages_of(out).values():
        assert page["image"] in part["pictures"]
        assert [each["pic"] in part["pictures"] for each in page["draws"]] == [True]
    assert all(row["thumb"] in block_of(out)["thumbs"] for row in rows_of(out).values())


def test_nothing_is_written_outside_the_folder(shop, out):
    """Neither into the project nor beside it, not even what would be worth keeping."""
    before = _prints(shop.root)
    _report(shop, out)
    _report(shop, out.with_name("d"), "HEAD", "--format", "html", command="diff")
    assert _prints(shop.root) == before


def test_a_second_report_writes_nothing(shop, out):
    """And says so."""
    _report(shop, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert "0 files written" in _report(shop, out).err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_changed_asset_changes_its_own_files(shop, out):
    """The old file goes and a new one comes; the old draw is history, and stays."""
    _report(shop, out)
    before = {p for p in files_of(out) if p.startswith("pictures")}
    shop.spec(hat="A green hat", shoe="A blue shoe", old="An old boot")
    shop.build()
    _report(shop, out)
    after = {p for p in files_of(out) if p.startswith("pictures")}
    assert (len(before - after), len(after - before)) == (1, 2)
    draws = pages_of(out)["hat"]["draws"]
    assert [each["present"] for each in draws] == [True, False]


def test_names_choose_what_is_shown(shop, out):
    """A part of a large project, for somebody who was asked about it."""
    _report(shop, out, "s*")
    assert list(rows_of(out)) == ["shoe"]
    assert list(pages_of(out)) == ["shoe"]


@pytest.mark.parametrize("words", [("nobody",), ("--base", "nowhere")])
def test_what_does_not_exist_leaves_no_folder_behind(shop, out, words):
    """A mistake costs nothing."""
    said = _report(shop, out, *words, code=2)
    assert words[-1] in said.err
    assert not out.exists()


def test_a_folder_of_the_project_is_refused(shop):
    """Before any work, and with a way out."""
    before = _prints(shop.root)
    said = _report(shop, shop.root / "site", code=2)
    assert (
        "holds other files (assetgen.manifest.json, hat.png, old.png, ...)" in said.err
    )
    assert "an earlier report" in said.err
    assert _prints(shop.root) == before


def test_a_broken_spec_is_told_as_by_every_command(shop, out):
    """The earlier report stays."""
    _report(shop, out)
    before = _prints(out)
    (shop.root / "assets.yaml").write_text("version: 1\nassets: {a: {prompt: 3}}\n")
    assert "assets.yaml" in _report(shop, out, code=3).err
    assert _prints(out) == before


def test_without_a_key_and_a_build_there_is_a_wall_all_the_same(tmp_path):
    """A fresh clone shows what would be drawn, and for how much."""
    shop = Shop(tmp_path / "fresh")
    shop.spec(hat="A hat")
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(
        text.replace("counting", "openai").replace("8x8", "1024x1024")
    )
    _report(shop, tmp_path / "out")
    row = rows_of(tmp_path / "out")["hat"]
    assert (row["state"], row["thumb"]) == ("draw", None)
    assert row["estimate_usd"] > 0
    assert files_of(shop.root).keys() == {"assets.yaml"}


@pytest.mark.parametrize("lost", [".assetgen/store", ".assetgen/memo", "site"])
def test_what_was_lost_is_left_out(shop, out, lost):
    """The report shows what is there."""
    shutil.rmtree(shop.root / lost, ignore_errors=True)
    _report(shop, out)
    assert pages_of(out).keys() == {"hat", "shoe", "old"}


def test_damaged_draws_are_not_shown(shop, out):
    """Their pages say that they are not there, and the report is written all the same."""
    for path in (shop.root / ".assetgen/store/cas").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"x" * path.stat().st_size)
    shutil.rmtree(shop.root / "site")
    _report(shop, out)
    assert parts_of(out)[0]["pictures"] == {}
    assert [each["there"] for each in pages_of(out)["hat"]["draws"]] == [False]


def test_pictures_that_cannot_be_carried_are_counted(shop, out):
    """A drawing with a script in it stays out, and the command says so."""
    art = shop.root / "art.svg"
    art.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        "<script>alert(1)</script></svg>"
    )
    spec = shop.root / "assets.yaml"
    spec.write_text(spec.read_text() + "  logo: {file: art.svg}\n")
    assert "1 missing" in _report(shop, out).err
    assert b"alert(1)" not in b"".join(files_of(out).values())


def test_hostile_texts_stay_in_the_data(shop, out):
    """No file that a browser reads has a tag that the spec wrote."""
    quoted = '"' + EVIL.replace('"', "").replace("${", "$${") + '"'
    shop.spec(hat=quoted)
    _report(shop, out, "--base", "HEAD")
    assert "window.hit" in pages_of(out)["hat"]["prompt"]["text"]
    for path, data in files_of(out).items():
        if path.startswith("data") or path.endswith(".html"):
            assert b"<script>w" not in data
            assert b"</script><script>w" not in data
            assert "\u202e".encode() not in data


def test_many_assets_are_parted_and_found_again(shop, out, monkeypatch):
    """The page works out from an id which part has it; all parts have some."""
    monkeypatch.setattr(reports, "ASSETS_A_PART", 4)
    monkeypatch.setattr(reports, "_MANY", 8)
    shop.spec(**{f"a{at}": f"A thing {at}" for at in range(20)})
    _report(shop, out)
    parts = parts_of(out)
    assert len(parts) == block_of(out)["parts"] == 5
    for number, part in enumerate(parts):
        assert {int(asset[:8], 16) % 5 for asset in part["assets"]} <= {number}
    assert list(rows_of(out)) == [f"a{at}" for at in range(20)]
    assert pages_of(out).keys() == rows_of(out).keys()


# --- beside a revision ----------------------------------------------------------------


@pytest.fixture
def edited(shop):
    """Return the project with an asset of every fate, built."""
    shop.spec(hat="A green hat", cap="A blue shoe", new="A new coat")
    shop.build("--jobs", "1")
    return shop


def test_a_base_is_put_beside_it(edited, out):
    """Every asset says what became of it; what is gone is there once more."""
    _report(edited, out, "--base", "main")
    wall, rows, pages = wall_of(out), rows_of(out), pages_of(out)
    commit = edited.git("rev-parse", "main").strip()
    assert wall["base"] == {"rev": "main", "commit": commit}
    assert {name: row["change"] for name, row in rows.items()} == {
        "hat": "changed",
        "cap": "renamed",
        "new": "added",
        "old": "removed",
    }
    assert rows["old"]["state"] == "removed"
    assert wall["summary"]["by_state"] == {"up-to-date": 3, "removed": 1}
    assert "renamed from shoe" in rows["cap"]["reason"]
    compared = pages["hat"]["compare"]
    assert compared["before"]["pic"] != compared["after"]["pic"]
    assert 0 <= compared["distance"] <= 1
    (change,) = pages["hat"]["changes"]["since_base"]["changes"]
    assert change["field"] == "prompt"
    assert ["new", "green"] in change["words"]
    assert pages["old"]["compare"]["after"] is None
    assert pages["old"]["image"] == rows["old"]["thumb"] is not None


def test_pictures_of_then_are_in_the_report(edited, out):
    """Also where only git has them any more."""
    shutil.rmtree(edited.root / ".assetgen/store")
    _report(edited, out, "--base", "main")
    pictures = {k: v for part in parts_of(out) for k, v in part["pictures"].items()}
    for name in ("hat", "old"):
        before = pages_of(out)[name]["compare"]["before"]
        assert (out / pictures[before["pic"]]).is_file()


def test_the_html_form_of_diff_shows_what_differs_alone(edited, out):
    """And ends as the other forms do."""
    edited.spec(hat="A red hat", shoe="A blue shoe", old="A torn boot")
    said = edited.run("diff", "main", "--format", "html", "-o", str(out), "--exit-code")
    assert said.code == 4
    assert said.out == f"{out}/index.html\n"
    assert list(rows_of(out)) == ["old"]
    page = pages_of(out)["old"]
    assert page["changes"]["since_build"] == []
    assert page["compare"]["before"] is not None
    assert page["compare"]["after"] is None


def test_the_html_form_has_a_folder_of_its_own(edited):
    """Beside the report, so that one does not replace the other."""
    said = edited.run("diff", "main", "--format", "html")
    assert said.out.endswith(".assetgen/diff/index.html\n")


def test_notes_of_a_difference_stand_among_the_problems(edited, out):
    """That the spec of then could not be read is nothing to be hidden."""
    (edited.root / "assets.yaml").write_text("version: 1\nassets: [\n")
    edited.git("commit", "-qam", "broken")
    edited.spec(hat="A red hat")
    _report(edited, out, "--base", "HEAD")
    (note,) = [each for each in wall_of(out)["diagnostics"] if each["code"] == "diff"]
    assert "cannot be read, so everything counts as new" in note["message"]
    assert note["severity"] == "note"
