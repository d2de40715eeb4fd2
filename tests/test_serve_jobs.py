"""What the gallery does to the project: the commands' own work, for a confirmed price."""

from __future__ import annotations

import base64
import io
import threading

import pytest
from buildings import options
from counted_shop import Shop
from counting import CountingProvider
from PIL import Image
from visiting import files_below, visiting

from assetgen import failpoints, project, registry
from assetgen.errors import ProviderRefused


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return a project that was built once: two draws of `cat`, and `hat` from it."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: provider)
    made = Shop(tmp_path, provider)
    made.edit("A cat\n", "A cat\n    n: 2\n")
    made.build()
    return made


def test_a_pick_lands_in_the_lock_as_the_command_would_do(shop):
    """The row and the file follow; nothing is paid."""
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        row, before = visitor.row("cat"), shop.image("cat.png")
        asked = visitor.post(f"/api/assets/{row['id']}/pick", {"draw": 2})
        assert asked.status == 202
        job = asked.json()["job"]
        end = heard.job_end(job)
        assert (end["state"], end["kind"], end["id"]) == ("done", "pick", row["id"])
        assert shop.lines()["cat"].pick_number == 2
        assert shop.image("cat.png") != before
        after = visitor.row("cat")
        assert after["pick"] == 2
        assert after["thumb"] != row["thumb"]
        assert visitor.row("hat")["state"] == "draw"
        assert [each["picked"] for each in visitor.page("cat")["draws"]] == [
            False,
            True,
        ]
    assert shop.provider.total == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"draw": "2"}, 400), ({"draw": True}, 400), ({"draw": 0}, 400)],
)
def test_a_pick_names_a_draw(shop, body, status):
    """By its number."""
    with visiting(shop.root) as visitor:
        asset = visitor.row("cat")["id"]
        assert visitor.post(f"/api/assets/{asset}/pick", body).status == status


def test_a_pick_of_no_draw_fails_with_the_commands_words(shop):
    """As an event, since the lock is asked when its turn comes."""
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        job = visitor.post(f"/api/assets/{asset}/pick", {"draw": 9}).json()["job"]
        end = heard.job_end(job)
        assert (end["state"], end["code"]) == ("failed", "usage")
        assert "names no draw" in end["message"]


def test_a_reroll_costs_what_was_confirmed(shop):
    """The price is asked for first; the first new draw is the picture then."""
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        price = visitor.ask(f"/api/reroll/{asset}?count=2").json()
        known = {"estimate_usd": 0.02, "kind": "formula", "left_usd": 1.0}
        assert price == known | {"after": None}
        body = {"count": 2, "keep_pick": False, "confirmed_usd": price["estimate_usd"]}
        job = visitor.post(f"/api/assets/{asset}/reroll", body).json()["job"]
        assert heard.job_end(job)["state"] == "done"
        row = visitor.row("cat")
        assert (row["draws"], row["pick"]) == (4, 3)
        assert row["cost_usd"] == pytest.approx(0.04)
        money = visitor.wall()["money"]
        assert money["session_usd"] == pytest.approx(0.02)
        assert money["left_usd"] == pytest.approx(0.98)
        assert money["spent_usd"] == pytest.approx(0.05)
        history = visitor.page("cat")["history"]
        assert "re-roll" in history[0]["what"]
    assert shop.provider.total == 5


@pytest.mark.parametrize("confirmed", [None, 0, 0.019])
def test_a_reroll_that_nobody_confirmed_asks_for_nothing(shop, confirmed):
    """409, with the price as it is now."""
    with visiting(shop.root) as visitor:
        asset = visitor.row("cat")["id"]
        body = {"count": 2, "confirmed_usd": confirmed}
        answer = visitor.post(f"/api/assets/{asset}/reroll", body)
        assert (answer.status, answer.error) == (409, "price")
        assert answer.json()["estimate_usd"] == 0.02
    assert shop.provider.total == 3


def test_the_session_s_money_is_for_everything_together(shop):
    """The second re-roll would pass the cap; it fails, and says what was left."""
    with visiting(shop.root, cap_usd=0.015) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        body = {"count": 1, "keep_pick": True, "confirmed_usd": 0.01}
        first = visitor.post(f"/api/assets/{asset}/reroll", body).json()["job"]
        assert heard.job_end(first)["state"] == "done"
        second = visitor.post(f"/api/assets/{asset}/reroll", body).json()["job"]
        end = heard.job_end(second)
        assert (end["state"], end["code"]) == ("failed", "over-budget")
    assert shop.provider.total == 4


def test_money_that_went_while_a_job_waited_is_gone(shop):
    """A watch in the same session may have spent it; nothing is drawn then."""
    for kind in ("reroll", "build"):
        with (
            visiting(shop.root, cap_usd=0.015) as visitor,
            visitor.listening() as heard,
        ):
            with project.held(options(shop.root), "somebody", lambda _: None):
                asset = visitor.row("cat")["id"]
                path, body = f"/api/assets/{asset}/reroll", {"confirmed_usd": 0.01}
                if kind == "build":
                    shop.edit("A hat", "A tall hat")
                    heard.next("wall", lambda x: x["money"]["to_spend_usd"])
                    path = "/api/build"
                job = visitor.post(path, body).json()["job"]
                heard.next("job", lambda x: x["state"] == "running" and x["message"])
                visitor.served.purse.spent_usd = 0.01
            end = heard.job_end(job)
            assert (end["state"], end["code"]) == ("failed", "over-budget")
    assert shop.provider.total == 3


def test_a_spec_can_only_lower_the_session_s_money(shop):
    """As of a watch."""
    shop.edit("version: 1\n", "version: 1\nbudget: {watch_usd: 0.3}\n")
    with visiting(shop.root, cap_usd=0.5) as visitor:
        assert visitor.wall()["money"]["cap_usd"] == 0.3
    shop.edit("0.3", "30")
    with visiting(shop.root, cap_usd=0.5) as visitor:
        assert visitor.wall()["money"]["cap_usd"] == 0.5


def test_pictures_that_are_the_same_each_time_take_no_picks(tmp_path):
    """A placeholder is not in the lock; that is said, and nothing is tried."""
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\nassets:\n  cat: {prompt: A cat, n: 2}\n"
    )
    with visiting(tmp_path) as visitor:
        asset = visitor.row("cat")["id"]
        for answer in (
            visitor.post(f"/api/assets/{asset}/pick", {"draw": 2}),
            visitor.post(f"/api/assets/{asset}/reroll", {"count": 1}),
            visitor.ask(f"/api/reroll/{asset}"),
            visitor.post(f"/api/assets/{asset}/freeze", {"frozen": True}),
        ):
            assert answer.status == 409
            assert "the same picture" in answer.json()["error"]["message"]
        assert visitor.page("cat")["price"]["reroll_usd"] is None


def test_a_build_of_some_assets_draws_for_the_confirmed_price(shop):
    """With what they need; more than was confirmed is asked again."""
    shop.edit("A hat", "A tall hat")
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("hat")["id"]
        assert visitor.wall()["money"]["to_spend_usd"] == pytest.approx(0.01)
        answer = visitor.post("/api/build", {"names": [asset], "confirmed_usd": 0})
        assert (answer.status, answer.json()["estimate_usd"]) == (409, 0.01)
        body = {"names": [asset], "confirmed_usd": 0.01}
        job = visitor.post("/api/build", body).json()["job"]
        assert heard.job_end(job)["state"] == "done"
        assert visitor.row("hat")["state"] == "up-to-date"
        assert shop.provider.total == 4


def test_what_fails_is_said_on_the_row_and_among_the_problems(shop):
    """With the line of its prompt."""
    shop.provider.errors["tall"] = ProviderRefused("not that", remember=True)
    shop.edit("A hat", "A tall hat")
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("hat")["id"]
        body = {"names": [asset], "confirmed_usd": 1}
        job = visitor.post("/api/build", body).json()["job"]
        end = heard.job_end(job)
        assert (end["state"], end["code"]) == ("failed", "some-failed")
        row = visitor.row("hat")
        assert row["state"] in {"failed", "blocked"}
        assert "not that" in row["error"]
        problems = visitor.wall()["diagnostics"]
        assert any("not that" in each["message"] for each in problems)
        assert any(each["asset"] == asset for each in problems)


# --- freezing -------------------------------------------------------------------


def test_freezing_writes_one_line_of_the_spec(shop):
    """And thawing takes it out again."""
    before = (shop.root / "assets.yaml").read_text()
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        path = f"/api/assets/{asset}/freeze"
        assert visitor.post(path, {"frozen": "yes"}).status == 400
        answer = visitor.post(path, {"frozen": True})
        assert answer.status == 202, answer
        text = (shop.root / "assets.yaml").read_text()
        assert text == before.replace("  cat:\n", "  cat:\n    frozen: true\n")
        heard.next("wall", lambda x: any(row["frozen"] for row in x["rows"]))
        assert visitor.row("cat")["state"] == "frozen"
        again = visitor.post(path, {"frozen": True})
        assert again.status == 409
        assert visitor.post(path, {"frozen": False}).status == 202
        assert (shop.root / "assets.yaml").read_text() == before


def test_a_frozen_asset_says_what_thawing_it_would_cost(shop):
    """Nothing as long as its request is the one of its picture."""
    shop.edit("  cat:\n", "  cat:\n    frozen: true\n")
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        assert visitor.page("cat")["price"]["thaw_usd"] == 0
        assert visitor.page("hat")["price"]["thaw_usd"] == 0
        shop.edit("A cat", "A red cat")
        heard.next("wall", lambda _: visitor.page("cat")["price"]["thaw_usd"] == 0.02)
        assert visitor.page("cat")["price"]["estimate_usd"] == 0


def test_what_is_not_edited_comes_back_as_yaml(shop):
    """422: the entry of a matrix is several assets."""
    shop.edit("  cat:\n", "  cat:\n    matrix: {c: [x]}\n")
    shop.edit("inputs: [cat]", "inputs: [cat/x]")
    shop.build()
    with visiting(shop.root) as visitor:
        asset = visitor.row("cat/x")["id"]
        answer = visitor.post(f"/api/assets/{asset}/freeze", {"frozen": True})
        assert (answer.status, answer.error) == (422, "not-editable")
        assert answer.json()["yaml"] == "cat:\n  frozen: true\n"


# --- masks ----------------------------------------------------------------------


def painted(side=(16, 16), mode="RGBA", *, hole=True, form="PNG"):
    """Return a mask in base64."""
    image = Image.new(mode, side, 0 if mode == "L" else (0, 0, 0, 255)[: len(mode)])
    if hole and mode == "RGBA":
        image.putpixel((3, 3), (0, 0, 0, 0))
    file = io.BytesIO()
    image.save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def test_a_painted_mask_is_a_file_and_a_line_of_yaml(shop):
    """The line goes into an edit as it stands; a picture that is none gets one."""
    with visiting(shop.root) as visitor:
        hat, cat = visitor.row("hat")["id"], visitor.row("cat")["id"]
        body = {"asset": hat, "path": "masks/hat.png", "png": painted()}
        answer = visitor.post("/api/masks", body)
        assert answer.status == 200, answer
        assert answer.json() == {
            "path": "masks/hat.png",
            "yaml": "hat:\n  mask: {file: masks/hat.png}\n",
        }
        data = (shop.root / "masks/hat.png").read_bytes()
        assert data == base64.b64decode(body["png"])
        again = visitor.post("/api/masks", body)
        assert (again.status, again.error) == (409, "exists")
        other = body | {"png": painted(mode="RGBA"), "overwrite": True}
        assert visitor.post("/api/masks", other).status == 200
        new = body | {"asset": cat, "path": "masks/a b.png"}
        yaml = visitor.post("/api/masks", new).json()["yaml"]
        assert "inputs: [cat]" in yaml
        assert 'mask: {file: "masks/a b.png"}' in yaml
        text = (shop.root / "assets.yaml").read_text()
        entry = "".join(f"  {line}\n" for line in yaml.splitlines())
        shop.say(text + entry)
        assert shop.planned("cat-edited").draws == 1


NOWHERE = (
    "../out.png",
    "/tmp/out.png",
    "masks/x.jpg",
    "masks/x",
    "assets.yaml",
    "assets.lock",
    ".git/x.png",
    ".assetgen/x.png",
    "masks/../../x.png",
    "img/cat.png",
    "IMG/Cat.PNG",
    "a\x00b.png",
    "-rf.png",
    "con.png",
    "out/x.png",
    "",
    7,
    None,
)


def test_a_mask_goes_nowhere_but_among_the_project_s_pictures(shop):
    """Nothing is written; `out` is a link that leads out of the project."""
    (shop.root / "out").symlink_to("/tmp")
    before = files_below(shop.root)
    with visiting(shop.root) as visitor:
        hat = visitor.row("hat")["id"]
        for path in NOWHERE:
            body = {"asset": hat, "path": path, "png": painted(), "overwrite": True}
            answer = visitor.post("/api/masks", body)
            assert answer.status == 422, (path, answer)
            assert answer.json()["error"]["message"]
    assert files_below(shop.root) == before


def test_a_mask_replaces_no_picture_that_the_spec_reads(shop):
    """By no name, confirmed or not; a mask it replaces."""
    photos = shop.root / "photos"
    photos.mkdir()
    for name in ("base.png", "mask.png"):
        (photos / name).write_bytes(base64.b64decode(painted()))
    (shop.root / "alias").symlink_to("photos")
    (shop.root / "outputs").symlink_to("img")
    text = (shop.root / "assets.yaml").read_text()
    entry = "  edited: {prompt: hat, inputs: [{file: photos/base.png}], "
    shop.say(text + entry + "mask: {file: photos/mask.png}}\n")
    before = files_below(shop.root)
    with visiting(shop.root) as visitor:
        hat = visitor.row("hat")["id"]
        taken = ("photos/base.png", "PHOTOS/Base.png", "alias/base.png")
        for path in (*taken, "outputs/cat.png"):
            body = {"asset": hat, "path": path, "png": painted(), "overwrite": True}
            answer = visitor.post("/api/masks", body)
            assert (answer.status, answer.error) == (422, "protected"), path
        assert files_below(shop.root) == before
        body = {"asset": hat, "path": "photos/mask.png", "png": painted()}
        assert visitor.post("/api/masks", body).error == "exists"
        assert visitor.post("/api/masks", body | {"overwrite": True}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"confirmed_usd": Infinity}',
        b'{"confirmed_usd": 1' + b"0" * 400 + b"}",
        b'{"confirmed_usd": NaN}',
        b'{"confirmed_usd": 1e999}',
        b'{"asset": "\\ud800", "confirmed_usd": 1}',
    ],
)
def test_a_price_that_is_no_sum_confirms_nothing(shop, body):
    """Nobody agrees to any price whatever, and half a character is no text."""
    with visiting(shop.root) as visitor:
        answer = visitor.post("/api/build", body)
        assert (answer.status, answer.error) == (400, "bad-request")


NO_MASKS = (
    (painted(hole=False), 422, "nothing is painted"),
    (painted((8, 8)), 422, "8x8"),
    (painted(mode="RGB"), 422, "no alpha"),
    (painted(mode="RGB", form="JPEG"), 422, "jpeg"),
    (base64.b64encode(b"<svg/>").decode(), 422, ""),
    (painted()[:80], 422, ""),
    ("%%%", 400, "base64"),
    (None, 400, ""),
)


def test_a_mask_is_looked_at_like_any_picture_from_outside(shop):
    """Format, size, alpha, and that it is whole."""
    with visiting(shop.root) as visitor:
        hat = visitor.row("hat")["id"]
        for png, status, words in NO_MASKS:
            body = {"asset": hat, "path": "masks/x.png", "png": png}
            answer = visitor.post("/api/masks", body)
            assert answer.status == status, answer
            assert words in answer.json()["error"]["message"]
    assert not (shop.root / "masks").exists()


# --- what ends it, and what is in its way -------------------------------------------


def test_once_the_gallery_is_to_end_nothing_more_is_asked_for(shop, monkeypatch):
    """What is on its way is banked; what follows and what waits is left."""
    asked, answer = threading.Event(), threading.Event()
    draw = CountingProvider.draw

    def slow(self, *given):
        asked.set()
        assert answer.wait(30)
        return draw(self, *given)

    monkeypatch.setattr(CountingProvider, "draw", slow)
    shop.edit("A cat", "A red cat")
    with visiting(shop.root) as visitor:
        asset = visitor.row("cat")["id"]
        assert visitor.post("/api/build", {"confirmed_usd": 1}).status == 202
        assert asked.wait(30)
        body = {"count": 1, "confirmed_usd": 1}
        assert visitor.post(f"/api/assets/{asset}/reroll", body).status == 202
        visitor.served.end_soon()
        assert not visitor.served.is_idle(0)
        answer.set()
        assert visitor.served.is_idle(30)
        assert visitor.served.ending.banked == ["cat", "cat"]
        assert visitor.served.ending.unknown == []
    assert shop.provider.total == 3 + 2


def test_a_gallery_that_ends_waits_for_no_other_s_build(shop):
    """What waits for its turn in the project is given up."""
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        with project.held(options(shop.root), "somebody", lambda _: None):
            body = {"count": 1, "confirmed_usd": 0.01}
            path = f"/api/assets/{asset}/reroll"
            job = visitor.post(path, body).json()["job"]
            heard.next("job", lambda x: x["state"] == "running")
            visitor.served.end_soon()
            assert visitor.served.is_idle(30)
            end = heard.job_end(job)
            assert (end["state"], end["code"]) == ("failed", "busy")
    assert shop.provider.total == 3


def test_a_disk_that_is_full_leaves_the_pick_as_it_was_and_says_so(shop, monkeypatch):
    """One message with the file and the way out; later it works."""
    before, picture = shop.lock(), shop.image("cat.png")
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        path = f"/api/assets/{visitor.row('cat')['id']}/pick"
        with monkeypatch.context() as full:
            full.setattr(failpoints, "_active", failpoints.Failpoints("*=enospc"))
            end = heard.job_end(visitor.post(path, {"draw": 2}).json()["job"])
            assert (end["state"], end["code"]) == ("failed", "disk")
            assert "no space left on device" in end["message"]
            assert "free some space" in end["message"]
        assert (shop.lock(), shop.image("cat.png")) == (before, picture)
        assert not list(shop.root.rglob(".assetgen-tmp-*"))
        end = heard.job_end(visitor.post(path, {"draw": 2}).json()["job"])
        assert end["state"] == "done"
        assert shop.image("cat.png") != picture


def test_a_disk_that_is_full_takes_no_half_of_a_mask(shop, monkeypatch):
    """507, which is no question whether to overwrite."""
    with visiting(shop.root) as visitor:
        hat = visitor.row("hat")["id"]
        body = {"asset": hat, "path": "masks/hat.png", "png": painted()}
        for rule in ("mask.open", "mask.write", "mask.fsync", "mask.rename"):
            with monkeypatch.context() as full:
                points = failpoints.Failpoints(f"{rule}=enospc")
                full.setattr(failpoints, "_active", points)
                answer = visitor.post("/api/masks", body)
            assert (answer.status, answer.error) == (507, "disk")
            assert "masks/hat.png" in answer.json()["error"]["message"]
            assert list(shop.root.glob("masks/*")) == []
        assert visitor.post("/api/masks", body).status == 200
