"""What holds for every page, from a server and from disk: hostile texts, small screens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bayvisits import EVIL, KEEPER, open_page
from galleryserver import GalleryServer, make_wall
from lanternbay import lantern_bay

from assetgen.pages.joining import FOLDER, joined_script, static_index

if TYPE_CHECKING:
    from pathlib import Path


def test_the_graph_draws_needs_before_what_needs_them(wall, server):
    """Every line goes to the right, and a node opens its asset."""
    open_page(wall, server, "graph", ".node")
    spots = wall.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.node')].map(n => [n.dataset.id, n.getBoundingClientRect().x]))"
    )
    rows = server.wall["assets"]
    for parent, child in server.wall["edges"]:
        assert spots[rows[parent]["id"]] < spots[rows[child]["id"]]
    wall.locator(f'.node[data-id="{KEEPER}"]').click()
    wall.wait_for_selector(".asset")


def test_problems_show_their_lines_with_a_mark(wall):
    """The code frame is the spec's own text; the banner leads there."""
    wall.get_by_role("link", name="Show them").click()
    wall.wait_for_selector(".problem")
    assert wall.locator(".frame-line").count() == 3
    assert wall.locator(".frame mark").inner_text() == "bloody knife"
    assert wall.get_by_role("link", name="Show them").count() == 0  # they are shown


def _evil_server() -> GalleryServer:
    server = GalleryServer(make_wall([]))
    lantern_bay(server)
    text = json.dumps(server.wall).replace("characters/keeper", "NAME")
    server.wall = json.loads(text)
    for row in server.wall["assets"]:
        for field in ("name", "description", "reason", "error", "alt", "model"):
            row[field] = EVIL
        row["tags"] = [EVIL]
    server.wall["project"] = EVIL
    for each in server.wall["diagnostics"]:
        each.update(message=EVIL, hint=EVIL, code=EVIL, file=EVIL)
        each["frame"] = [{"number": 1, "text": EVIL, "mark": [0, 9]}]
    for identity, page in server.pages.items():
        page["row"] = next(r for r in server.wall["assets"] if r["id"] == identity)
        page["prompt"]["text"] = EVIL
        page["prompt"]["pieces"] = [
            {"text": EVIL, "variable": {"name": EVIL, "from": EVIL}}
        ]
        page["files"][0].update(path=EVIL, target=EVIL, pic=f"../{EVIL}")
        page["history"] = [{"at": EVIL, "what": EVIL, "cost_usd": 1}]
        words = [["new", EVIL], [EVIL, EVIL]]
        place = {"file": EVIL, "line": 1}
        page["changes"]["since_build"] = [
            {"field": EVIL, "place": place, "words": words}
        ]
        page["inputs"] = [{"label": EVIL, "id": None, "pic": EVIL}]
    return server


ROUTES = [
    "", f"asset/{KEEPER}", f"compare/{KEEPER}/1/2", "review", "graph", "problems",
    f"mask/{KEEPER}", f"asset/{EVIL}", f"{EVIL}",
]  # fmt: skip


def test_names_and_prompts_are_text_on_every_page(visit):
    """Markup in any field is shown as it was written, and runs nowhere."""
    with _evil_server() as server:
        page = visit(server.url)
        page.wait_for_selector(".card")
        for route in ROUTES:
            page.evaluate("route => { location.hash = '#/' + route }", route)
            page.wait_for_selector("main > *")
            page.evaluate(
                "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
            )
            assert page.evaluate("window.hit") is None
            assert page.locator("main script, main img[onerror]").count() == 0
        page.evaluate("id => { location.hash = '#/asset/' + id }", KEEPER)
        page.wait_for_selector(".prompt")
        assert EVIL in page.locator(".prompt").inner_text()


@pytest.mark.parametrize(
    "route",
    [
        "",
        f"asset/{KEEPER}",
        f"compare/{KEEPER}/1/2",
        "review",
        "graph",
        "problems",
        f"mask/{KEEPER}",
    ],
)
def test_nothing_is_wider_than_a_phone(visit, server, route):
    """At 390 px no page scrolls sideways."""
    page = visit(server.url, viewport={"width": 390, "height": 844})
    page.wait_for_selector(".card")
    open_page(page, server, route, "main > *")
    page.wait_for_function("() => !document.querySelector('.loading')")
    widest = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
    )
    assert widest <= 390


def test_filters_open_as_a_sheet_on_a_phone(visit, server):
    """The same check boxes, and the wall behind them follows."""
    page = visit(server.url, viewport={"width": 390, "height": 844})
    page.wait_for_selector(".card")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("dialog").get_by_label("failed", exact=False).check()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("text=1 of 12")


def _write_report(folder: Path, wall: dict, pages: dict, pictures: dict) -> Path:
    (folder / "pictures").mkdir()
    for pic, data in pictures.items():
        (folder / "pictures" / f"{pic}.png").write_bytes(data)
    files = {pic: f"pictures/{pic}.png" for pic in pictures}
    data = {"wall": wall, "assets": pages, "pictures": files, "thumbs": {}}
    (folder / "index.html").write_text(static_index(data, "Report"))
    (folder / "app.js").write_text(joined_script())
    (folder / "app.css").write_text((FOLDER / "app.css").read_text())
    return folder / "index.html"


def test_a_report_opens_from_disk_and_compares_before_and_after(visit, tmp_path):
    """From file:// with a strict policy: data block, pictures, every page but the live ones."""
    server = GalleryServer(make_wall([]))
    lantern_bay(server)
    server.server.server_close()
    base = {"rev": "origin/main", "commit": "0" * 40}
    wall = server.wall | {"live": False, "base": base}
    wall["assets"][8]["change"] = "redrawn"
    page = server.pages[KEEPER]
    before, after = (
        {"pic": draw["pic"], "width": 1024, "height": 1536, "bytes": 1, "label": "x"}
        for draw in page["draws"][:2]
    )
    page["compare"] = {
        "before": before, "after": after, "pixels_changed": 0.25,
        "distance": 0.1, "distance_name": "distance",
    }  # fmt: skip
    index = _write_report(tmp_path, wall, server.pages, server.pictures)
    shown = visit(index.as_uri(), viewport={"width": 1200, "height": 800})
    shown.wait_for_selector(".card")
    shown.wait_for_function(
        "() => [...document.images].filter(i => i.src).every(i => i.naturalWidth > 0)"
    )
    assert shown.get_by_role("button", name="Build").count() == 0
    shown.get_by_role("checkbox", name="redrawn").check()
    shown.wait_for_selector("text=1 of 12")
    shown.goto(f"{index.as_uri()}#/compare/{KEEPER}")
    shown.wait_for_selector("text=25.0 % of the pixels differ")
    shown.wait_for_function(
        "() => document.querySelectorAll('.plane img').length === 2"
        " && [...document.querySelectorAll('.plane img')].every(i => i.naturalWidth)"
    )
    assert shown.get_by_label("A", exact=True).input_value() == "before"
    shown.goto(f"{index.as_uri()}#/asset/{KEEPER}")
    shown.wait_for_selector(".prompt")
    assert shown.get_by_role("button", name="Re-roll").count() == 0


def test_a_report_of_hostile_names_runs_nothing(visit, tmp_path):
    """The data block and the pages hold whatever the spec said, as text."""
    server = _evil_server()
    server.server.server_close()
    index = _write_report(tmp_path, server.wall, server.pages, {})
    page = visit(index.as_uri())
    page.wait_for_selector(".card")
    page.goto(f"{index.as_uri()}#/asset/{KEEPER}")
    page.wait_for_selector(".prompt")
    assert page.evaluate("window.hit") is None
