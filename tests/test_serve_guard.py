"""Who may ask the gallery, what every answer carries, and that looking changes nothing."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from buildings import build, options
from visiting import Visitor, files_below, visiting

from assetgen.errors import PolicyRefused, UsageError
from assetgen.project import Options
from assetgen.serve.app import Place, serve_in_thread
from assetgen.serve.guard import Tokens

SPEC = """\
version: 1
provider: placeholder
targets: {site: {dir: site}}
assets:
  cat:
    prompt: A cat
    size: 32x32
    outputs: [cat.png]
  mark:
    file: art/mark.svg
    outputs: [{path: mark.svg, metadata: keep}]
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>'


def _project(folder: Path) -> Path:
    """Return a project that is built."""
    (folder / "art").mkdir(parents=True)
    (folder / "art/mark.svg").write_text(SVG)
    (folder / "assets.yaml").write_text(SPEC)
    code, heard = build(options(folder))
    assert code == 0, heard.events
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a project that nobody changes."""
    return _project(tmp_path_factory.mktemp("guarded"))


@pytest.fixture(scope="module")
def visitor(root):
    """Return somebody who has the link."""
    with visiting(root) as found:
        yield found


# --- where requests come from ---------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/pages/app.js", "/api/wall", "/api/session"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "", None],
)
def test_a_foreign_host_is_refused(visitor, path, host):
    """Also with the token: a name of somebody else's may point to this machine."""
    name = host.format(port=visitor.port) if host else host
    answer = visitor.ask(path, Host=name)
    assert answer.status in {400, 403}
    assert b"assets" not in answer.body


def test_the_names_of_this_machine_are_known(visitor):
    """By address and by name, of both families."""
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert visitor.ask("/api/wall", Host=f"{name}:{visitor.port}").status == 200


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1"],
)
@pytest.mark.parametrize("path", ["/", "/api/wall", "/api/build"])
def test_a_foreign_origin_is_refused(visitor, origin, path):
    """Null included: that is what sandboxed frames and files say."""
    name = origin.format(port=visitor.port)
    method = "POST" if path == "/api/build" else "GET"
    body = {"names": []} if method == "POST" else None
    answer = visitor.ask(path, method=method, body=body, Origin=name)
    assert (answer.status, answer.error) == (403, "foreign-origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_a_request_that_another_site_started_is_refused(visitor, site):
    """Browsers say so themselves."""
    answer = visitor.ask("/api/wall", Sec_Fetch_Site=site)
    assert (answer.status, answer.error) == (403, "cross-site")
    assert visitor.ask("/api/wall", Sec_Fetch_Site="same-origin").status == 200


def test_what_a_page_of_ours_sends_is_answered(visitor):
    """With its cookie and its origin."""
    cookie = _session(visitor)
    answer = visitor.ask("/api/wall", token=False, Cookie=cookie, Origin=visitor.origin)
    assert answer.status == 200
    answer = visitor.post(
        "/api/build", {}, token=False, Cookie=cookie, Origin=visitor.origin
    )
    assert answer.status == 202


def test_a_cookie_alone_changes_nothing(visitor):
    """A POST that does not say where it is from may be anybody's."""
    answer = visitor.post("/api/build", {}, token=False, Cookie=_session(visitor))
    assert (answer.status, answer.error) == (403, "no-origin")


def _session(visitor: Visitor) -> str:
    token = visitor.served.link_for_browser().rpartition("=")[2]
    answer = visitor.post("/api/session", {"token": token}, token=False)
    assert answer.status == 204
    return answer.headers["set-cookie"].partition(";")[0]


# --- the token ------------------------------------------------------------------

API = [
    "/api/wall",
    "/api/assets/0123456789abcdef",
    f"/api/pictures/{'a' * 64}",
    f"/api/thumbs/{'a' * 64}",
    "/api/partials/0123456789abcdef/0123456789abcdef",
    "/api/reroll/0123456789abcdef",
    "/api/pick/0123456789abcdef",
    "/api/events",
    "/api/nothing",
]


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("offered", [None, "Bearer ", "Bearer x", "Basic x", "x"])
def test_data_need_the_token(visitor, path, offered):
    """Whatever is asked for, and whether it is there is not told."""
    answer = visitor.ask(path, token=False, Authorization=offered)
    assert (answer.status, answer.error) == (401, "no-token")


def test_the_shell_holds_no_data(visitor):
    """It is the same for everybody."""
    answer = visitor.ask("/", token=False)
    assert answer.status == 200
    assert b"cat" not in answer.body


def test_a_link_is_traded_once_and_the_terminal_has_the_next_one(root):
    """The cookie is out of reach of scripts and other sites; bearers go on working."""
    links: list[str] = []
    with visiting(root, links=links) as visitor:
        first = visitor.post("/api/session", {"token": visitor.token}, token=False)
        assert first.status == 204
        cookie = first.headers["set-cookie"].lower()
        for word in ("httponly", "samesite=strict", "path=/api"):
            assert word in cookie
        assert str(visitor.port) in cookie.partition("=")[0]
        assert links == []
        for _ in range(3):
            again = visitor.post("/api/session", {"token": visitor.token}, token=False)
            assert (again.status, again.error) == (401, "no-token")
        assert len(links) == 1, "one link waits, however often the old one is tried"
        fresh = links[0].rpartition("=")[2]
        assert visitor.ask("/api/wall").status == 200
        assert visitor.post("/api/session", {"token": fresh}, token=False).status == 204
        wrong = visitor.post("/api/session", {"token": "x"}, token=False)
        assert wrong.status == 401
        assert len(links) == 1, "nobody who guesses makes the terminal print"


def test_a_link_that_a_browser_was_started_with_is_no_bearer(visitor):
    """Its command line can be read by everybody on the machine."""
    token = visitor.served.link_for_browser().rpartition("=")[2]
    answer = visitor.ask("/api/wall", token=False, Authorization=f"Bearer {token}")
    assert answer.status == 401
    assert visitor.post("/api/session", {"token": token}, token=False).status == 204


def test_sessions_of_other_runs_are_nothing():
    """Each run has secrets of its own."""
    one, other = Tokens(lambda _: None), Tokens(lambda _: None)
    session = one.trade(one.new_link())
    assert session is not None
    assert one.is_session(session)
    assert not other.is_session(session)
    assert not one.is_bearer(session)
    assert one.trade("\udcff é") is None


# --- what can be asked for --------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/api/pictures/../../assets.yaml",
        "/api/pictures/..%2f..%2fassets.yaml",
        "/api/pictures/site%2fcat.png",
        "/api/thumbs/....",
        f"/api/pictures/{'a' * 64}",
        "/api/assets/cat",
        "/api/assets/0123456789abcdef",
        "/api/partials/0123456789abcdef/..",
        "/api/reroll/..",
        "/pages/../serve/guard.py",
        "/pages/..%2f__init__.py",
        "/pages/joining.py",
        "/assets.yaml",
        "//etc/passwd",
        "/api",
    ],
)
def test_only_ids_that_were_handed_out_lead_anywhere(visitor, path):
    """No path does, in whatever form."""
    answer = visitor.ask(path)
    assert (answer.status, answer.error) == (404, "unknown")


def test_a_picture_that_became_a_link_out_of_the_project_is_gone(tmp_path):
    """So is one that somebody edited: its id stands for its bytes."""
    folder = _project(tmp_path / "project")
    with visiting(folder) as visitor:
        (file,) = visitor.page("mark")["files"]
        pic, place = file["pic"], folder / "site/mark.svg"
        assert visitor.ask(f"/api/pictures/{pic}").status == 200
        (tmp_path / "outside.svg").write_bytes(place.read_bytes())
        place.unlink()
        place.symlink_to(tmp_path / "outside.svg")
        assert visitor.ask(f"/api/pictures/{pic}").status == 404
        place.unlink()
        place.write_text(SVG.replace("h8v8z", "h4v4z"))
        assert visitor.ask(f"/api/pictures/{pic}").status == 404


def test_an_svg_can_do_nothing(visitor):
    """It is a document, so it has a policy of its own, and a sandbox."""
    (svg,), (png,) = (visitor.page(name)["files"] for name in ("mark", "cat"))
    answer = visitor.ask(f"/api/pictures/{svg['pic']}")
    assert answer.headers["content-type"] == "image/svg+xml"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    small = visitor.ask(f"/api/thumbs/{svg['pic']}?side=160")
    assert small.headers["content-security-policy"] == policy
    copy = visitor.ask(f"/api/thumbs/{png['pic']}?side=160")
    assert copy.headers["content-type"] == "image/webp"
    assert copy.body[8:12] == b"WEBP"
    assert "immutable" in copy.headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/api/wall", "POST", {}, 405),
        ("/api/wall", "PUT", None, 405),
        ("/api/build", "GET", None, 405),
        ("/", "DELETE", None, 405),
        ("/api/session", "POST", b"{", 400),
        ("/api/session", "POST", b"[" * 100_000, 400),
        ("/api/build", "POST", b"[]", 400),
        ("/api/build", "POST", {"names": "all"}, 400),
        ("/api/build", "POST", {"names": ["cat"]}, 404),
        ("/api/build", "POST", {"confirmed_usd": True}, 400),
        ("/api/build", "POST", {"confirmed_usd": -1}, 400),
        ("/api/build", "POST", b'{"confirmed_usd": NaN}', 400),
        ("/api/build", "POST", b"x" * (2**20 + 1), 413),
        ("/api/thumbs/" + "a" * 64 + "?side=161", "GET", None, 400),
        ("/api/thumbs/" + "a" * 64 + "?side=..", "GET", None, 400),
    ],
)
def test_requests_of_a_wrong_form_are_told_so(visitor, path, method, body, status):
    """With JSON that says what is wrong."""
    answer = visitor.ask(path, method=method, body=body)
    assert answer.status == status
    assert answer.json()["error"]["message"]


def test_what_changes_something_is_json(visitor):
    """A form of another site can send anything but that."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = visitor.post("/api/build", {}, Content_Type=kind)
        assert (answer.status, answer.error) == (415, "not-json")


def test_every_answer_carries_its_protection(visitor):
    """Refusals included."""
    for answer in (
        visitor.ask("/"),
        visitor.ask("/pages/app.css"),
        visitor.ask("/api/wall"),
        visitor.ask("/api/nothing"),
        visitor.ask("/api/wall", token=False),
        visitor.ask("/api/wall", Host="evil.example"),
    ):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in headers


def test_no_get_changes_anything(root, visitor):
    """Every address that there is, with ids that lead somewhere."""
    page = visitor.page("cat")
    asset, pic = page["row"]["id"], page["image"]
    before = files_below(root)
    paths = [
        "/",
        "/api/wall",
        f"/api/assets/{asset}",
        f"/api/pictures/{pic}",
        f"/api/thumbs/{pic}?side=640",
        f"/api/partials/{asset}/{asset}",
        f"/api/reroll/{asset}?count=3",
        f"/api/pick/{asset}?draw=1",
        f"/api/assets/{asset}/pick",
        f"/api/assets/{asset}/reroll",
        f"/api/assets/{asset}/freeze",
        "/api/masks",
        "/api/build",
        "/api/session",
    ]
    for path in paths:
        visitor.ask(path)
    assert files_below(root) == before


def test_every_route_is_a_get_or_a_post(visitor):
    """So the walk above missed none."""
    app = visitor.served._server.config.app._app
    methods = {route.path: route.methods - {"HEAD"} for route in app.routes}
    assert len(methods) == 16
    assert all(len(each) == 1 for each in methods.values())


# --- where it listens -----------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_nobody_else_reaches_it_unless_asked_for(root, host):
    """6, before anything listens."""
    with pytest.raises(PolicyRefused, match="others could reach"):
        serve_in_thread(Options(root=root), place=Place(host=host, port=0))


def test_others_reach_it_by_the_names_that_were_given(root):
    """And by no other."""
    place = Place(host="0.0.0.0", port=0, remote=True, names=("studio.example",))
    served = serve_in_thread(Options(root=root), place=place)
    try:
        visitor = Visitor(served)
        for name, status in (("studio.example", 200), ("other.example", 403)):
            answer = visitor.ask("/api/wall", Host=f"{name}:{visitor.port}")
            assert answer.status == status
    finally:
        served.stop()


def test_a_port_that_is_taken_is_told_with_the_way_out(root):
    """2, naming --port 0."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port}") as found:
            serve_in_thread(Options(root=root), place=Place(port=port))
    assert "--port 0" in found.value.hint


def test_nothing_is_left_behind(root):
    """All threads end, streams that are open included."""
    before = set(threading.enumerate())
    with visiting(root) as visitor, visitor.listening():
        visitor.wall()
        visitor.served.stop()
    assert set(threading.enumerate()) <= before
    assert Path(root / ".assetgen").exists()
