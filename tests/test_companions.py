"""Files beside pictures through whole builds: made, merged, noticed, pruned, verified."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

import jsonschema
import pytest
from buildings import Heard, build, made, options, plan_of

from assetgen import __version__, failpoints, noop, project
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.errors import ExitCode, PolicyRefused
from assetgen.options_line import options_line

SCHEMAS = Path(__file__).parent.parent / "schemas"
HEAD = """\
version: 1
project: demo
provider: placeholder
targets: {web: {dir: out%s}}
assets:
"""
LOGO = """\
  logo:
    prompt: a logo
    size: 512x512
    background: opaque
    outputs: [%s]
"""
PWA = "{preset: pwa, background: white}"
OWN = {
    "name": "Mine",
    "start_url": "/",
    "icons": [{"src": "own.svg", "sizes": "any"}],
    "theme_color": "#123456",
}


class Site:
    """A project with one asset, which is changed and built."""

    def __init__(self, root):
        self.root = root
        self.out = root / "out"
        self.spec()

    def spec(self, *outputs, target="", more=""):
        """Write the spec."""
        listed = ", ".join(outputs or [PWA])
        text = HEAD % target + LOGO % listed + more
        (self.root / "assets.yaml").write_text(text)

    def build(self, **more):
        """Build, and return what was heard."""
        code, heard = build(options(self.root, **more))
        assert code is ExitCode.DONE, heard.events
        return heard

    def plan(self):
        """Return what a build would do."""
        return plan_of(options(self.root))

    def is_idle(self):
        """Return whether the shortest way finds that nothing is to be done."""
        line = options_line("assets.yaml")
        return noop.up_to_date(str(self.root), line, __version__) is not None

    def file(self, name):
        """Return a JSON file of the target."""
        return json.loads((self.out / name).read_text())

    def listed(self):
        """Return the files of the manifest."""
        return self.file("assetgen.manifest.json")["files"]

    def write(self, name, data):
        """Write a JSON file of the user's, in a form of its own."""
        self.out.mkdir(exist_ok=True)
        (self.out / name).write_text(json.dumps(data, indent=4) + "\n")

    def run(self, *words):
        """Run a command; return code and what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root):
            code = main.run(words, Console({}, out, err))
        return code, out.getvalue() + err.getvalue()


@pytest.fixture
def site(tmp_path):
    """Return a project."""
    return Site(tmp_path)


def sources(document):
    """Return what the entries of a web manifest name."""
    return [each["src"] for each in document["icons"]]


def test_a_second_build_changes_nothing(site):
    """Nor does it do anything; the same project elsewhere gives the same bytes."""
    site.spec(PWA, target=", types: ts, snippets: true, engine: pixi")
    site.build()
    first = made(site.root)
    assert {
        "out/assets.ts",
        "out/manifest.webmanifest",
        "out/pixi-manifest.json",
        "out/snippets.html",
    } <= set(first)
    assert site.plan().changes() == 0
    site.build()
    assert made(site.root) == first
    assert site.is_idle()


def test_the_manifest_lists_companions_in_its_own_form(site):
    """With their digest, as files of no asset."""
    site.spec(PWA, target=", types: ts, snippets: true, engine: phaser")
    site.build()
    schema = json.loads((SCHEMAS / "manifest.schema.json").read_text())
    jsonschema.validate(site.file("assetgen.manifest.json"), schema)
    kinds = {
        path: entry["companion"]
        for path, entry in site.listed().items()
        if entry["asset"] is None
    }
    assert kinds == {
        "assets.ts": "types",
        "manifest.webmanifest": "webmanifest",
        "phaser-pack.json": "pack",
        "snippets.html": "snippets",
    }


@pytest.mark.parametrize("name", ["assets.ts", "manifest.webmanifest", "snippets.html"])
def test_a_companion_that_is_gone_is_noticed_and_made_again(site, name):
    """By the shortest way, by the plan, and by the build; no picture is touched."""
    site.spec(PWA, target=", types: ts, snippets: true")
    site.build()
    site.build()  # a spec that was written just now is not trusted yet
    assert site.is_idle()
    before = made(site.root)
    (site.out / name).unlink()
    assert not site.is_idle()
    plan = site.plan()
    assert plan.companions == (f"out/{name}",)
    assert plan.changes() == 1
    code, text = site.run("plan", "--exit-code")
    assert code == ExitCode.CHANGES_PENDING
    assert f"out/{name}" in text
    heard = site.build()
    assert heard.summary.companions == (f"out/{name}",)
    assert heard.written() == set()
    assert made(site.root) == before
    assert site.is_idle()


def test_a_plan_as_data_lists_companions(site):
    """Like files that nobody declares any more: they belong to no asset."""
    site.spec(PWA, target=", types: ts")
    _, text = site.run("plan", "--format", "json")
    data = json.loads(text)
    jsonschema.validate(data, json.loads((SCHEMAS / "plan.schema.json").read_text()))
    rows = [row for row in data["assets"] if row["name"] is None]
    assert [row["outputs"][0]["path"] for row in rows] == [
        "out/assets.ts",
        "out/manifest.webmanifest",
    ]


def test_what_an_asset_says_of_itself_reaches_the_typed_names(site):
    """A new `alt` draws nothing, and is planned all the same."""
    site.spec(target=", types: ts")
    site.build()
    text = (site.root / "assets.yaml").read_text()
    changed = text.replace("    prompt:", "    alt: A new word\n    prompt:")
    (site.root / "assets.yaml").write_text(changed)
    plan = site.plan()
    assert plan.companions == ("out/assets.ts",)
    assert plan.draws() == 0
    site.build()
    assert "A new word" in (site.out / "assets.ts").read_text()
    assert site.plan().changes() == 0


# --- files of the user --------------------------------------------------------


def test_a_web_manifest_of_the_user_gets_our_icons_and_keeps_the_rest(site):
    """Keys, their order, other icons; a second build changes not a byte."""
    site.write("manifest.webmanifest", OWN)
    site.build()
    found = site.file("manifest.webmanifest")
    assert list(found) == list(OWN)
    assert {k: found[k] for k in OWN if k != "icons"} == {
        k: v for k, v in OWN.items() if k != "icons"
    }
    assert found["icons"][0] == OWN["icons"][0]
    assert len(found["icons"]) == 5
    text = (site.out / "manifest.webmanifest").read_bytes()
    assert b'    "name"' in text
    assert site.listed()["manifest.webmanifest"]["shared"] is True
    site.build()
    assert (site.out / "manifest.webmanifest").read_bytes() == text
    assert site.plan().changes() == 0


def test_edits_of_the_user_stay_when_our_icons_change(site):
    """A file that was all ours becomes shared with the first edit."""
    site.build()
    document = site.file("manifest.webmanifest")
    document["display"] = "standalone"
    document["icons"][0]["label"] = "first"
    site.write("manifest.webmanifest", document)
    site.build()
    assert site.file("manifest.webmanifest") == document
    site.spec("{preset: pwa, path: icons, background: white}")
    site.build()
    left = site.file("manifest.webmanifest")
    assert (left["display"], left["icons"]) == ("standalone", [])
    assert len(sources(site.file("icons/manifest.webmanifest"))) == 4


def test_an_entry_that_the_user_deleted_comes_back(site):
    """It belongs to a file that is there."""
    site.write("manifest.webmanifest", OWN)
    site.build()
    whole = site.file("manifest.webmanifest")
    site.write("manifest.webmanifest", {**whole, "icons": whole["icons"][:2]})
    code, text = site.run("verify")
    assert code == ExitCode.INTEGRITY
    assert "manifest.webmanifest" in text
    assert site.plan().companions == ("out/manifest.webmanifest",)
    site.build()
    assert site.file("manifest.webmanifest") == whole
    assert site.run("verify")[0] == ExitCode.DONE


def test_edits_of_the_user_are_no_damage(site):
    """`verify` looks at our entries in a shared file, and at nothing else of it."""
    site.write("manifest.webmanifest", OWN)
    site.build()
    site.write(
        "manifest.webmanifest", {**site.file("manifest.webmanifest"), "lang": "en"}
    )
    assert site.run("verify")[0] == ExitCode.DONE


@pytest.mark.parametrize("text", ["{", "[]", '{"icons": 3}'])
def test_a_file_of_the_user_that_cannot_be_read_stops_everything(site, text):
    """Before anything is drawn or written, with its name; exit 6."""
    site.out.mkdir()
    (site.out / "manifest.webmanifest").write_text(text)
    with pytest.raises(PolicyRefused, match=r"out/manifest\.webmanifest"):
        site.plan()
    before = made(site.root)
    code, _ = site.run("build")
    assert code == ExitCode.REFUSED
    assert made(site.root) == before


def test_icon_sets_of_xcode_are_merged_as_well(site):
    """Entries of other files stay where they are."""
    own = {
        "images": [{"filename": "watch.png", "idiom": "watch", "size": "40x40"}],
        "info": {"author": "xcode", "version": 1},
    }
    (site.out / "A.appiconset").mkdir(parents=True)
    site.write("A.appiconset/Contents.json", own)
    site.spec(
        "{preset: ios-appicon, path: A.appiconset, background: white, enlarge: true}"
    )
    site.build()
    found = site.file("A.appiconset/Contents.json")
    assert found["images"][0] == own["images"][0]
    assert found["images"][1]["filename"] == "AppIcon-1024.png"
    site.spec("a.png")
    site.build()
    assert site.file("A.appiconset/Contents.json") == own


def test_a_file_of_the_user_under_a_name_of_ours_is_left_alone(site):
    """Typed names are not put into somebody's code; --force replaces it."""
    site.spec(target=", types: ts")
    site.out.mkdir()
    (site.out / "assets.ts").write_text("// mine\n")
    heard = site.build()
    assert "out/assets.ts" in heard.summary.kept
    assert (site.out / "assets.ts").read_text() == "// mine\n"
    assert site.plan().changes() == 0
    site.build(force=True)
    assert "export const Logo" in (site.out / "assets.ts").read_text()


# --- going --------------------------------------------------------------------


def test_companions_that_nothing_asks_for_are_pruned(site):
    """As files of outputs are: planned, removed, and kept if somebody edited them."""
    site.spec(PWA, target=", types: ts, snippets: true")
    site.build()
    (site.out / "snippets.html").write_text("edited")
    site.spec("a.png")
    plan = site.plan()
    assert {"out/assets.ts", "out/manifest.webmanifest"} <= set(plan.removals)
    heard = site.build()
    assert "out/snippets.html" in heard.summary.kept
    left = {path.removeprefix("out/") for path in made(site.root)}
    assert left == {"a.png", "assetgen.manifest.json", "snippets.html"}
    assert site.plan().changes() == 0


def test_without_assets_there_are_no_companions(site):
    """The last asset takes them along."""
    site.spec(PWA, target=", types: ts")
    site.build()
    (site.root / "assets.yaml").write_text(
        HEAD % ", types: ts" + "  other: {prompt: x, size: 16x16}\n"
    )
    site.build()
    assert made(site.root) == {}


def test_clean_takes_our_entries_out_of_files_of_the_user(site):
    """And removes what is all ours."""
    site.write("manifest.webmanifest", OWN)
    site.spec(PWA, target=", types: ts, snippets: true")
    site.build()
    assert site.run("clean")[0] == ExitCode.DONE
    assert set(made(site.root)) == {"out/manifest.webmanifest"}
    assert site.file("manifest.webmanifest") == OWN


def test_a_target_that_goes_takes_its_companions_along(site):
    """But leaves the user's file, without our entries."""
    site.write("manifest.webmanifest", OWN)
    site.spec(PWA, target=", types: ts")
    site.build()
    text = (site.root / "assets.yaml").read_text().replace("dir: out", "dir: other")
    (site.root / "assets.yaml").write_text(text)
    site.build()
    there = {p for p in made(site.root) if p.startswith("out/")}
    assert there == {"out/manifest.webmanifest"}
    assert site.file("manifest.webmanifest") == OWN


def test_a_build_of_one_target_keeps_watching_the_others(site):
    """A companion that another target lost is noticed afterwards."""
    text = (
        "version: 1\nprovider: placeholder\n"
        "targets: {a: {dir: a, types: ts}, b: {dir: b, types: python}}\n"
        "assets:\n  x: {prompt: x, size: 16x16, outputs: "
        "[{path: x.png, target: a}, {path: x.png, target: b}]}\n"
    )
    (site.root / "assets.yaml").write_text(text)
    site.build()
    (site.root / "b/assets.py").unlink()
    site.build(targets=("a",))
    site.build()
    assert (site.root / "b/assets.py").exists()
    assert project.make(options(site.root)).plan.changes() == 0


# --- engines ------------------------------------------------------------------

GAME = """\
  hero: {prompt: h, size: 64x64, outputs: [hero.webp, hero.png]}
  icon/${i}:
    matrix: {i: [1, 2, 3]}
    prompt: icon ${i}
    size: 24x24
  items:
    sheet: {frames: ["icon/*"]}
    outputs: [{path: items.png}]
  many:
    sheet: {frames: ["icon/*"], max_size: 32}
    outputs: [{path: many.png}]
  more:
    sheet: {frames: ["icon/*"], max_size: 32}
    outputs: [{path: deep/er/more.png}]
"""


def game(site, engine):
    """Build a game for an engine."""
    head = HEAD % f", engine: {engine}"
    (site.root / "assets.yaml").write_text(head + GAME)
    site.build()


def test_phaser_gets_a_pack_of_pictures_and_sheets(site):
    """Keys are the assets' names; every path is a file that is there."""
    game(site, "phaser")
    files = site.file("phaser-pack.json")["web"]["files"]
    assert files == [
        {"type": "image", "key": "hero", "url": "hero.webp"},
        {
            "type": "atlas",
            "key": "items",
            "textureURL": "items.png",
            "atlasURL": "items.json",
        },
        {"type": "multiatlas", "key": "many", "url": "many.json"},
        {
            "type": "multiatlas",
            "key": "more",
            "url": "deep/er/more.json",
            "path": "deep/er/",
        },
    ]
    pages = site.file("deep/er/more.json")["textures"]
    assert all((site.out / "deep/er" / page["image"]).exists() for page in pages)
    for each in files:
        for key, value in each.items():
            assert not key.lower().endswith("url") or (site.out / value).exists()


def test_pixi_gets_a_manifest_with_every_form_of_a_picture(site):
    """Of a sheet the first data file, which names the others."""
    game(site, "pixi")
    (bundle,) = site.file("pixi-manifest.json")["bundles"]
    assert bundle["name"] == "default"
    found = {each["alias"][0]: each["src"] for each in bundle["assets"]}
    assert found == {
        "hero": ["hero.webp", "hero.png"],
        "items": ["items.json"],
        "many": ["many-0.json"],
        "more": ["deep/er/more-0.json"],
    }


def test_snippets_are_safe_whatever_stands_in_them(site):
    """Texts are attributes, paths are URLs."""
    site.spec(
        "{path: 'a b.jpg', widths: [32, 64]}",
        target=", snippets: true",
    )
    text = (site.root / "assets.yaml").read_text()
    evil = '"><script>x</script>'
    changed = text.replace("    prompt:", f"    alt: '{evil}'\n    prompt:")
    (site.root / "assets.yaml").write_text(changed)
    site.build()
    page = (site.out / "snippets.html").read_text()
    assert "<script" not in page
    assert "a%20b-32.jpg 32w, a%20b-64.jpg 64w" in page
    assert 'alt="&quot;&gt;&lt;script&gt;' in page


def test_a_series_of_densities_is_shown_at_its_smallest_size(site):
    """Browsers choose by the screen; the page keeps the size of density 1."""
    site.spec("{path: a.png, width: 40, densities: [1, 2, 3]}")
    site.build()
    text = site.file("assetgen.manifest.json")["assets"]["logo"]["picture"]
    assert 'src="a.png" srcset="a.png 1x, a@2x.png 2x, a@3x.png 3x"' in text
    assert 'width="40" height="40"' in text
    assert "sizes=" not in text


class _Crashing:
    """Failpoints that end the process at the Nth step."""

    def __init__(self, after):
        self.left = after

    def hit(self, _name):
        self.left -= 1
        if self.left < 0:
            os._exit(1)


def crash(site, after):
    """Build in a child that ends at a step; return whether it came to its end."""
    child = os.fork()
    if child == 0:
        failpoints._active = _Crashing(after)
        try:
            project.build(options(site.root), Heard())
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def test_a_crash_at_any_step_costs_no_word_of_the_users_file(tmp_path):
    """The next build ends as if there had been none, whatever was written by then."""
    moved = ("{preset: pwa, path: sub, background: white}", "a.png")
    wanted, after, ended = None, 0, False
    while not ended:
        root = tmp_path / str(after)
        root.mkdir()
        site = Site(root)
        site.write("manifest.webmanifest", OWN)
        site.spec(PWA, target=", types: ts")
        site.build()
        site.spec(*moved, target=", types: python, snippets: true")
        ended = wanted is not None and crash(site, after)
        site.build()
        there = {p: d for p, d in made(root).items() if ".assetgen-tmp" not in p}
        wanted = wanted or there
        assert there == wanted, after
        assert site.plan().changes() == 0
        after += 3
    assert after > 30
    assert "out/sub/manifest.webmanifest" in wanted
