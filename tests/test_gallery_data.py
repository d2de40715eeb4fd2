"""The wall and the pages as data: what they say, and what is made anew after a change."""

from __future__ import annotations

import json
import subprocess

import pytest
from buildings import build, options
from hypothesis import given
from hypothesis import strategies as st

from assetgen import project
from assetgen.errors import Diagnostic, Excerpt
from assetgen.gallery.asset_page import Surroundings, page_of
from assetgen.gallery.commits import LastCommit
from assetgen.gallery.faces import Faces
from assetgen.gallery.facts import all_facts, facts_of
from assetgen.gallery.picture_table import BlobPlace, FilePlace, PictureTable
from assetgen.gallery.problems import entries_of, problems_data, visible
from assetgen.gallery.prompts import pieces_of
from assetgen.gallery.wall import Circumstances, Wall, asset_id, wall_of
from assetgen.model import AssetName
from assetgen.spans import Span
from assetgen.store import Store

SPEC = """\
version: 1
project: bay
provider: placeholder
vars: {style: gouache}
targets: {site: {dir: site}, game: {dir: game}}
assets:
  cat:
    prompt: {file: prompts/cat.md}
    vars: {mood: "sly ${x}"}
    size: 32x32
    n: 2
    tags: [pets, small]
    description: A cat
    outputs: [{path: cat.png, target: site, widths: [16, 32]}]
  hat:
    prompt: A ${color} hat
    matrix: {color: [red, green]}
    size: 32x32
    inputs: [cat]
    outputs: [{path: "hat-${color}.png", target: game}]
  logo:
    file: art/logo.png
  both:
    layers: [{image: cat}, {image: logo}]
    canvas: 32x32
    outputs: [{path: both.ico, target: site}, {path: both.png, target: game}]
"""


@pytest.fixture
def root(tmp_path):
    """Return a project that is built."""
    from sketches import png

    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/cat.md").write_text("A ${mood} cat,\r\nin ${style}; $${x}\n")
    (tmp_path / "art").mkdir()
    (tmp_path / "art/logo.png").write_bytes(png(8, 8, 1))
    (tmp_path / "assets.yaml").write_text(SPEC.replace("sly ${x}", "sly"))
    code, heard = build(options(tmp_path))
    assert code == 0, heard.events
    return tmp_path


class Shown:
    """A plan with its wall."""

    def __init__(self, root, before=None, around=None, **more):
        self.planned = project.make(options(root, **more))
        world = self.planned.world
        self.memo = world.memo
        self.table = (
            before.table if before else PictureTable(root, world.store, world.memo)
        )
        self.around = around or Circumstances()
        self.wall = wall_of(
            self.planned,
            self.table,
            self.memo,
            self.around,
            before.wall if before else None,
        )
        self.memo.close()

    def rows(self):
        return {
            row["name"]: row for row in json.loads(self.wall.document({}))["assets"]
        }

    def page(self, name):
        given = Surroundings(
            faces=Faces(self.planned, self.table, self.memo),
            around=self.around,
            calls=(),
            commit=LastCommit(),
            children=self.planned.loaded.graph.dependents,
        )
        page = page_of(self.planned, AssetName(name), given)
        self.memo.close()
        return page


def test_a_row_says_what_the_spec_and_the_build_know(root):
    """In the order of the spec, with edges from what is needed to what needs it."""
    shown = Shown(root)
    wall = json.loads(shown.wall.document({"stamp": "1"}))
    names = [row["name"] for row in wall["assets"]]
    assert names == ["cat", "hat/red", "hat/green", "logo", "both"]
    cat = wall["assets"][0]
    assert cat["id"] == asset_id("cat")
    assert (cat["source"], cat["operation"]) == ("prompt", "generate")
    assert (cat["draws"], cat["pick"], cat["files"]) == (2, 1, 2)
    assert (cat["width"], cat["height"]) == (32, 32)
    assert cat["placeholder"] is True
    assert wall["assets"][1]["operation"] == "edit"
    assert wall["assets"][3]["placeholder"] is False
    assert wall["tags"] == ["pets", "small"]
    assert [0, 1] in wall["edges"]
    assert [3, 4] in wall["edges"]
    assert wall["summary"] == {"assets": 5, "by_state": {"up-to-date": 5}}
    assert wall["stamp"] == "1"
    for row in wall["assets"]:
        assert shown.table.read(row["thumb"]), row["name"]


def test_what_is_frozen_is_shown_as_frozen(root):
    """Also where nothing would be done about it anyway: that is what people look for."""
    text = (root / "assets.yaml").read_text()
    locked = "  old: {prompt: Old, size: 16x16, frozen: true}\n"
    (root / "assets.yaml").write_text(text + locked)
    assert build(options(root))[0] == 0
    shown = Shown(root)
    assert shown.rows()["old"]["state"] == "frozen"
    assert shown.wall.summary()["by_state"] == {"frozen": 1, "up-to-date": 5}


def test_a_page_says_how_large_its_picture_is(root):
    """Not how large a file of it is: pixel art would be blown up and blurred."""
    text = (root / "assets.yaml").read_text()
    tiny = (
        "  tiny:\n    prompt: Tiny\n    size: 32x32\n"
        "    process: [{pixelate: {grid: 8}}]\n"
        "    outputs: [{path: tiny.png, target: site, width: 64, enlarge: true}]\n"
        "  pack: {sheet: {frames: [tiny]}, outputs: [{path: p.png, target: game}]}\n"
    )
    (root / "assets.yaml").write_text(text + tiny)
    assert build(options(root))[0] == 0
    page = Shown(root).page("tiny")
    assert (page["row"]["width"], page["image_size"]) == (64, [8, 8])


def test_a_drawing_takes_no_mask(root):
    """It has no pixels; and what was never drawn says so once."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
    (root / "art/line.svg").write_text(drawing)
    text = (root / "assets.yaml").read_text()
    more = "  line: {file: art/line.svg}\n  new: {prompt: New, size: 16x16}\n"
    (root / "assets.yaml").write_text(text + more)
    shown = Shown(root)
    line = shown.page("line")
    assert line["image"] is not None
    assert line["paintable"] is None
    assert shown.page("logo")["paintable"] is not None
    assert shown.page("hat/red")["paintable"] is not None
    changes = shown.page("new")["changes"]
    assert [each["note"] for each in changes["since_build"]] == ["never built so far"]


def test_rows_that_nothing_happened_to_are_kept(root):
    """The very bytes; what is made anew is what differs."""
    first = Shown(root)
    text = (root / "assets.yaml").read_text()
    (root / "assets.yaml").write_text(text.replace("A ${color} hat", "A ${color} cap"))
    second = Shown(root, first)
    assert second.wall.changed_since(first.wall) == ["hat/red", "hat/green"]
    assert second.wall.rows["cat"] is first.wall.rows["cat"]
    assert second.rows() == Shown(root).rows()
    (root / "assets.yaml").write_text(text.replace("  logo:\n", "  sign:\n", 1))
    broken = text.replace("  logo:\n", "  sign:\n").replace(
        "image: logo", "image: sign"
    )
    (root / "assets.yaml").write_text(broken)
    third = Shown(root, second)
    assert third.wall.removed_since(second.wall) == [asset_id("logo")]


@pytest.mark.parametrize(
    ("around", "state", "error"),
    [
        (Circumstances(running=frozenset({"cat"})), "running", None),
        (Circumstances(failed={"cat": "no"}), "up-to-date", None),
        (Circumstances(paid_usd={"cat": 0.25}), "up-to-date", None),
    ],
)
def test_a_row_heeds_what_builds_said(root, around, state, error):
    """A failure counts only as long as there is something to do."""
    first = Shown(root)
    second = Shown(root, first, around)
    row = second.rows()["cat"]
    assert (row["state"], row["error"]) == (state, error)
    assert row["cost_usd"] == around.paid_usd.get("cat", 0)
    assert second.rows() == Shown(root, around=around).rows()


def test_an_output_that_was_edited_or_removed_shows_what_is_there(root):
    """Not what a build once wrote."""
    first = Shown(root)
    before = first.rows()["hat/red"]
    (root / "game/hat-red.png").write_bytes((root / "game/hat-green.png").read_bytes())
    second = Shown(root, first)
    row = second.rows()["hat/red"]
    assert row["thumb"] != before["thumb"]
    assert second.table.read(row["thumb"]) == (root / "game/hat-green.png").read_bytes()
    (root / "game/hat-red.png").unlink()
    third = Shown(root, second)
    assert third.table.read(third.rows()["hat/red"]["thumb"])


def test_facts_come_back_from_the_memo_as_they_were(root):
    """Whatever another version or a damaged memo holds is worked out anew."""
    planned = project.make(options(root))
    memo, assets = planned.world.memo, planned.loaded.assets
    fresh = {name: facts_of(assets[name]) for name in planned.loaded.graph.names}
    assert {n: f for (n, _), f in all_facts(planned, memo, {}).items()} == fresh
    memo.flush()
    stored = memo.facts_many
    asked: list[str] = []

    def spoiled(keys):
        asked.extend(keys)
        return {key: ["x"] for key in keys}

    again = project.make(options(root))
    assert {n: f for (n, _), f in all_facts(again, memo, {}).items()} == fresh
    assert again.loaded.assets._found == {}, "nothing was resolved"
    memo.facts_many = spoiled
    assert {n: f for (n, _), f in all_facts(again, memo, {}).items()} == fresh
    assert asked
    memo.facts_many = stored
    memo.close()
    again.world.memo.close()


# --- pages ----------------------------------------------------------------------


def test_a_page_knows_which_words_came_from_variables(root):
    """Of prompt files, too; the pieces make up the prompt."""
    page = Shown(root).page("cat")
    prompt = page["prompt"]
    assert prompt["text"] == "A sly cat,\nin gouache; ${x}\n"
    assert "".join(each["text"] for each in prompt["pieces"]) == prompt["text"]
    found = {p["text"]: p["variable"] for p in prompt["pieces"] if p["variable"]}
    assert found == {
        "sly": {"name": "mood", "from": "asset"},
        "gouache": {"name": "style", "from": "spec"},
    }
    red = Shown(root).page("hat/red")["prompt"]["pieces"]
    assert red[1] == {"text": "red", "variable": {"name": "color", "from": "matrix"}}


def test_a_page_names_kin_files_and_inputs(root):
    """By ids; files that browsers do not show have no picture."""
    shown = Shown(root)
    cat, hat, both = (shown.page(name) for name in ("cat", "hat/red", "both"))
    assert cat["children"] == [asset_id(n) for n in ("hat/red", "hat/green", "both")]
    assert hat["parents"] == [asset_id("cat")]
    (given,) = hat["inputs"]
    assert (given["label"], given["id"]) == ("cat", asset_id("cat"))
    assert given["pic"] == cat["image"]
    assert hat["paintable"] == cat["image"]
    assert {each["path"]: bool(each["pic"]) for each in both["files"]} == {
        "site/both.ico": False,
        "game/both.png": True,
    }
    assert {each["target"] for each in both["files"]} == {"site", "game"}
    assert cat["yaml_place"] == {"file": "assets.yaml", "line": 7}
    assert [each["number"] for each in cat["draws"]] == [1, 2]
    assert all(shown.table.read(each["pic"]) for each in cat["draws"])
    assert both["prompt"] is None
    assert both["price"] is None


def test_a_page_says_what_changed_since_the_last_commit(root):
    """Word by word for texts, old and new for the rest; None outside a repository."""
    assert Shown(root).page("hat/red")["changes"]["since_commit"] is None
    git = [
        "git",
        "-C",
        str(root),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
    ]
    for words in (["init", "-q"], ["add", "assets.yaml", "prompts", "art"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    assert Shown(root).page("hat/red")["changes"]["since_commit"] == []
    text = (root / "assets.yaml").read_text()
    text = text.replace("A ${color} hat", "A ${color} cap").replace(
        "    inputs: [cat]\n", "    inputs: [cat]\n    quality: low\n"
    )
    (root / "assets.yaml").write_text(text)
    changes = Shown(root).page("hat/red")["changes"]["since_commit"]
    by_field = {each["field"]: each for each in changes}
    assert ["old", "hat"] in by_field["prompt"]["words"]
    assert ["new", "cap"] in by_field["prompt"]["words"]
    assert by_field["quality"]["new"] == "low"
    assert by_field["quality"]["place"]["file"] == "assets.yaml"


NAMES = st.sampled_from(["a", "b.c", "${", "$${", "}", "$", "é", "é", "\n"])


@given(st.lists(NAMES, max_size=8).map("".join), st.booleans())
def test_pieces_make_up_the_prompt_whatever_the_template_is(template, known):
    """Also where the template is not the one that made it."""
    variables = {"a": ("x", "spec")} if known else {}
    pieces = pieces_of("what is asked", template, variables)
    assert "".join(each["text"] for each in pieces) == "what is asked"


# --- pictures and problems --------------------------------------------------------


def test_only_what_was_given_can_be_read(tmp_path):
    """And only as it was when it was given."""
    store = Store(tmp_path / "store")
    digest = store.put(b"blob")
    (tmp_path / "a.png").write_bytes(b"file")
    table = PictureTable(tmp_path, store, None)
    assert table.read(digest) is None
    assert table.give(BlobPlace(digest)) == digest
    assert table.read(digest) == b"blob"
    from assetgen.digest import digest_of

    pic = table.give(FilePlace("a.png", digest_of(b"file")))
    assert table.read(pic) == b"file"
    (tmp_path / "a.png").write_bytes(b"other")
    assert table.read(pic) is None
    assert len(table) == 2
    assert pic in table


def test_a_frame_marks_what_is_to_blame_and_hides_nothing():
    """Marks stay in place where letters were replaced; long lines are cut around them."""
    line = "\u202ecat\t" + "x" * 500 + "HERE" + "y" * 500
    span = Span("assets.yaml", 3, line.index("HERE") + 1, 4)
    found = Diagnostic("c", "a\u202eb", Excerpt(span, line), hint="\x1b[31m")
    (problem,) = problems_data([found], lambda _file, line: f"asset {line}")
    (frame,) = problem["frame"]
    assert frame["text"][slice(*frame["mark"])] == "HERE"
    assert len(frame["text"]) <= 200
    assert problem["message"] == "a\u25afb"
    assert problem["hint"] == "\u25af[31m"
    assert problem["asset"] == "asset 3"
    assert visible("\u202ecat\t") == "\u25afcat "


def test_a_line_belongs_to_the_asset_whose_entry_holds_it(root):
    """An entry of a matrix is nobody's, as is what stands outside of entries."""
    planned = project.make(options(root))
    planned.world.memo.close()
    asset_at = entries_of(planned)
    lines = SPEC.splitlines()
    at = {name: lines.index(f"  {name}:") + 1 for name in ("cat", "hat", "logo")}
    assert asset_at("assets.yaml", at["cat"]) == asset_id("cat")
    assert asset_at("assets.yaml", at["cat"] + 3) == asset_id("cat")
    assert asset_at("assets.yaml", at["hat"] + 1) is None
    assert asset_at("assets.yaml", at["logo"] + 1) == asset_id("logo")
    assert asset_at("assets.yaml", 1) is None
    assert asset_at("other.yaml", 1) is None


def test_an_empty_wall_is_a_wall():
    """Of a spec that was never good."""
    wall = json.loads(Wall().document({}))
    assert wall["assets"] == []
    assert wall["edges"] == []
