"""`assetgen diff` between real commits: what became of each asset."""

from __future__ import annotations

from differing import BLUE, RED, change_of, commit_all, diff_of, fields_of, kinds_of
from shops import HEAD


def test_nothing_differs_from_the_same_commit(shop):
    """And nothing is written: neither the index nor the work tree moves."""
    index = (shop.root / ".git/index").read_bytes()
    found = diff_of(shop)
    assert found["changes"] == []
    assert found["summary"]["changed"] == 0
    assert shop.git("status", "--porcelain") == ""
    assert (shop.root / ".git/index").read_bytes() == index
    assert shop.run("diff", "--exit-code").code == 0
    assert "Nothing differs, compared with main" in shop.run("diff").out


def test_each_kind_of_change_is_told_with_its_price(shop):
    """A word, a new name, a new asset, one that is gone, one that nobody drew yet."""
    words = {"hat": "A green hat", "boot": "A blue shoe", "cap": "A cap"}
    shop.spec(**words)
    shop.build("--jobs", "1")
    shop.spec(**words, sock="A sock")
    found = diff_of(shop)
    assert {e["name"]: (e["kind"], e["state"]) for e in found["changes"]} == {
        "hat": ("changed", "locked"),
        "boot": ("renamed", "locked"),
        "cap": ("added", "locked"),
        "sock": ("added", "to-draw"),
    }
    summary = found["summary"]
    assert (summary["spent_usd"], summary["to_spend_usd"]) == (0.02, 0.01)
    assert summary["not_locked"] == 1
    assert shop.run("diff", "--exit-code").code == 4


def test_a_prompt_is_compared_word_by_word_at_its_line(shop):
    """The line is that of the spec as it is now."""
    shop.spec(shoe="A blue shoe", hat="A green hat")
    change = change_of(shop, "hat")
    assert fields_of(change) == {"prompt": ("A red hat", "A green hat", 6)}
    assert {"kind": "new", "text": "green"} in change["fields"][0]["words"]
    text = shop.run("diff").out
    assert "A [-red-]{+green+} hat" in text
    assert "prompt (assets.yaml:6)" in text
    colored = shop.run("diff", FORCE_COLOR="1").out
    assert "A \x1b[31mred\x1b[0m\x1b[32mgreen\x1b[0m hat" in colored


def test_moving_an_entry_and_comments_change_nothing(shop):
    """What an asset means counts, not where it stands."""
    spec = shop.root / "assets.yaml"
    lines = spec.read_text().splitlines(keepends=True)
    moved = [*lines[:-2], "  # a note\n", lines[-1], lines[-2]]
    spec.write_text("".join(moved))
    assert kinds_of(shop) == {}


def test_settings_of_all_assets_are_blamed_at_their_own_line(shop):
    """What `defaults` say stands there, not in the entries."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("targets:", "defaults: {quality: low}\ntargets:")
    )
    found = diff_of(shop)["changes"]
    assert [each["name"] for each in found] == ["hat", "shoe"]
    assert fields_of(found[0]) == {"quality": (None, "low", 3)}


def test_outputs_are_told_file_by_file(shop):
    """One more, one less, one with other settings."""
    (shop.root / "assets.yaml").write_text(
        HEAD + "  hat:\n    prompt: A red hat\n    size: 8x8\n    outputs:\n"
        "      - {path: hat.png, width: 4}\n      - hat.webp\n"
        "  shoe: {prompt: A blue shoe, size: 8x8}\n"
    )
    assert fields_of(change_of(shop, "hat")) == {
        "outputs site/hat.png": ("as it is", "width: 4", 9),
        "outputs site/hat.webp": (None, "as it is", 10),
    }
    assert fields_of(change_of(shop, "shoe")) == {
        "outputs site/shoe.png": ("as it is", None, 11)
    }


def test_words_for_people_are_changes_that_cost_nothing(shop):
    """`alt`, `tags`, `description`: the picture stays what it is."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("size: 8x8,", "size: 8x8, alt: Text, tags: [a, b],", 1)
    )
    change = change_of(shop, "hat")
    assert {name: new for name, (_, new, _) in fields_of(change).items()} == {
        "tags": "a, b",
        "alt": "Text",
    }
    assert (change["state"], change["draws_to_come"]) == ("locked", 0)
    assert change["likeness"] == {"changed_share": 0.0, "distance": 0.0}


def test_a_renamed_asset_may_change_otherwise_as_well(shop):
    """Its request is the same, so it is the same picture under another name."""
    spec = shop.root / "assets.yaml"
    text = spec.read_text().replace("  hat:", "  cap:")
    spec.write_text(text.replace("size: 8x8,", "size: 8x8, alt: A cap,", 1))
    change = change_of(shop, "cap")
    assert (change["kind"], change["old_name"]) == ("renamed", "hat")
    assert "alt" in fields_of(change)
    assert change["new_draws"] == []


def test_a_renamed_asset_that_asks_for_something_else_is_another_one(shop):
    """Nothing tells then that the two belong together."""
    shop.spec(cap="A very different cap", shoe="A blue shoe")
    assert kinds_of(shop) == {"cap": "added", "hat": "removed"}


def test_a_local_picture_is_followed_to_its_new_name(shop):
    """Files of the project have no request; the picture is what they have in common."""
    art = shop.root / "art.png"
    art.write_bytes(RED)
    spec = shop.root / "assets.yaml"
    before = spec.read_text()
    spec.write_text(before + "  logo: {file: art.png}\n")
    commit_all(shop)
    spec.write_text(before + "  mark: {file: art.png}\n")
    assert change_of(shop, "mark", "HEAD")["old_name"] == "logo"


def test_other_bytes_of_an_input_reach_all_that_is_made_of_it(shop):
    """The entries read as before; the pictures do not."""
    art, spec = shop.root / "art.png", shop.root / "assets.yaml"
    art.write_bytes(RED)
    spec.write_text(
        spec.read_text()
        + "  logo: {file: art.png}\n"
        + "  card: {prompt: On a card, inputs: [logo], size: 8x8}\n"
        + "  wall: {prompt: On a wall, inputs: [card], size: 8x8}\n"
    )
    shop.build("--jobs", "1")
    commit_all(shop)
    art.write_bytes(BLUE)
    found = {each["name"]: each for each in diff_of(shop, "HEAD")["changes"]}
    assert list(found) == ["logo", "card", "wall"]
    assert found["logo"]["inputs"] == [{"name": "art.png", "pending": False}]
    assert found["card"]["inputs"] == [{"name": "logo", "pending": False}]
    assert found["wall"]["inputs"] == [{"name": "card", "pending": True}]
    assert [e["state"] for e in found.values()] == ["free", "to-draw", "to-draw"]
    assert found["logo"]["likeness"]["changed_share"] > 0
    assert diff_of(shop, "HEAD")["summary"]["to_spend_usd"] == 0.02


def test_a_prompt_file_is_read_as_it_was_committed(shop):
    """Its words are compared, not its bytes."""
    words, spec = shop.root / "words.md", shop.root / "assets.yaml"
    words.write_text("A tall tree\n")
    spec.write_text(
        spec.read_text() + "  tree: {prompt: {file: words.md}, size: 8x8}\n"
    )
    commit_all(shop)
    words.write_text("A small tree\n")
    old, new, _ = fields_of(change_of(shop, "tree", "HEAD"))["prompt"]
    assert "tall" in str(old)
    assert "small" in str(new)


def test_another_pick_and_more_draws_are_no_changes_of_the_spec(shop):
    """The lock has them, and what they cost."""
    shop.run("reroll", "hat", "--keep-pick")
    change = change_of(shop, "hat")
    assert (change["kind"], len(change["new_draws"])) == ("redrawn", 1)
    assert change["paid_usd"] == 0.01
    commit_all(shop)
    assert shop.run("pick", "hat", "2").code == 0
    change = change_of(shop, "hat", "HEAD")
    assert (change["kind"], change["paid_usd"]) == ("picked", 0)
    assert change["before"]["pick"] != change["after"]["pick"]
    assert "draw 2 picked in place of draw 1" in shop.run("diff", "HEAD").out


def test_a_glob_that_stands_for_more_changes_the_sheet(shop):
    """Its text is the same; its frames are not."""
    spec = shop.root / "assets.yaml"
    sheet = "  all: {sheet: {frames: ['i/*']}, outputs: [all.png]}\n"
    icons = "  i/a: {file: a.png}\n"
    (shop.root / "a.png").write_bytes(RED)
    (shop.root / "b.png").write_bytes(BLUE)
    base = spec.read_text()
    spec.write_text(base + icons + sheet)
    commit_all(shop)
    spec.write_text(base + icons + "  i/b: {file: b.png}\n" + sheet)
    change = change_of(shop, "all", "HEAD")
    assert fields_of(change)["sheet frames"][:2] == ("i/a", "i/a, i/b")


def test_included_files_come_and_go(shop):
    """Patterns are matched against the files of the revision."""
    spec, parts = shop.root / "assets.yaml", shop.root / "parts"
    parts.mkdir()
    text = spec.read_text().replace("provider:", "include: [parts/*.yaml]\nprovider:")
    spec.write_text(text)
    for name in ("one", "two"):
        entry = f"  {name}: {{prompt: The {name}, size: 8x8}}\n"
        (parts / f"{name}.yaml").write_text(f"assets:\n{entry}")
    commit_all(shop)
    (parts / "one.yaml").unlink()
    (parts / "three.yaml").write_text("assets:\n  three: {prompt: T, size: 8x8}\n")
    found = {each["name"]: each for each in diff_of(shop, "HEAD")["changes"]}
    assert {name: e["kind"] for name, e in found.items()} == {
        "three": "added",
        "one": "removed",
    }
    assert found["three"]["after"]["file"] == "parts/three.yaml"
    assert found["three"]["after"]["line"] == 2
