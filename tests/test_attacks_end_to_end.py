"""A spec from a stranger, through the command: refused, with a place, and nothing written.

The rules themselves are tested beside the modules that hold them; here the whole walk
must stop before a provider is asked or a file is made.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
from pathlib import Path

import pytest

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.registry import BUILT_IN

PNG_NAME = "ok.png"


@pytest.fixture(autouse=True)
def no_draws(monkeypatch):
    """Let a provider that is asked for a picture fail the test."""

    def draw(*_):
        raise AssertionError("a picture was asked for")

    provider = type(BUILT_IN["placeholder"]())
    monkeypatch.setattr(provider, "draw", draw)


@pytest.fixture
def root(tmp_path):
    """Return a project folder with one picture, and a secret beside it."""
    from PIL import Image

    folder = tmp_path / "project"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / PNG_NAME)
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    return folder


def refused(root: Path, spec: str | bytes, code: int) -> str:
    """Assert that check and build end with `code` and write nothing; return the words."""
    data = spec.encode("utf-8", "surrogatepass") if isinstance(spec, str) else spec
    (root / "assets.yaml").write_bytes(data)
    before = listing(root.parent)
    for words in (["check"], ["plan"], ["build"]):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(root):
            ended = main.run(words, Console({}, out, err))
        said = out.getvalue() + err.getvalue()
        assert ended == code or (words == ["check"] and code == 6), said
        assert "Traceback" not in said
        assert "bug" not in said
        assert listing(root.parent) == before
    assert err.getvalue().replace("\n", "").isprintable()
    return err.getvalue()


def listing(folder: Path) -> dict[str, int]:
    """Return all files but those of the private folder, with their times."""
    return {
        str(path): path.lstat().st_mtime_ns
        for path in folder.rglob("*")
        if ".assetgen" not in path.parts and path.name != "project"
    }


def asset(more: str, name: str = "a") -> str:
    """Return a spec with one asset on line 4."""
    return f"version: 1\nprovider: placeholder\nassets:\n  {name}: {{{more}}}\n"


def drawn(more: str) -> str:
    """Return a spec with one drawn asset on line 4."""
    return asset(f"prompt: x, size: 8x8, {more}")


PLACE = re.compile(r"^assets\.yaml:4:\d+: error\[", re.MULTILINE)

OUTSIDE = [
    "../x.png",
    "/tmp/x.png",
    "C:/x.png",
    "~/x.png",
    r"x\0.png",
    "",
    "x" * 300 + ".png",
    "x.png.",
    "con.png",
    "a/../../x.png",
    r"a\u202eb.png",
    r"a\nb.png",
    "https://example.org/x.png",
]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize(
    "form", ["outputs: [{{path: {}}}]", "inputs: [{{file: {}}}], outputs: [b.png]"]
)
def test_paths_that_lead_out_are_invalid(root, form, path):
    """3, at the line of the path; outputs and inputs alike."""
    quoted = json.dumps(path).replace("\\\\", "\\")
    said = refused(root, drawn(form.format(quoted)), 3)
    assert PLACE.search(said), said
    assert "4 | " in said


@pytest.mark.parametrize(
    "path",
    [
        "assets.yaml",
        "assets.lock",
        ".git/hooks/x.png",
        ".github/x.png",
        ".env",
        "src/main.py",
        ".assetgen/store/cas/x.png",
        PNG_NAME,
    ],
)
def test_outputs_never_replace_what_others_need(root, path):
    """The spec, the lock, tools, code, the store, another asset's picture: 6."""
    more = f"outputs: [{{path: {path}, format: png}}]"
    spec = drawn(more).replace("assets:\n", "targets: {root: {dir: .}}\nassets:\n", 1)
    said = refused(root, f"{spec}  b: {{file: {PNG_NAME}}}\n", 6)
    assert re.search(r"^assets\.yaml:5:\d+: error\[", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.png", "x.png"),
        ("x.png", "X.PNG"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("x.png", "x.png/y.png"),
        ("stra\u00dfe.png", "STRASSE.png"),
    ],
)
def test_outputs_that_would_be_one_file_are_named_together(root, one, other):
    """3, with both lines."""
    spec = drawn(f'outputs: ["{one}"]')
    said = refused(root, f'{spec}  b: {{file: ok.png, outputs: ["{other}"]}}\n', 3)
    assert "assets.yaml:4:" in said
    assert "assets.yaml:5:" in said


def test_outputs_through_a_linked_folder_are_refused(root):
    """6: inside by its words, outside once resolved."""
    (root / "assets").symlink_to(root.parent)
    (root / "assets.yaml").write_text(drawn("outputs: [x.png]"))
    before = listing(root.parent)
    err = io.StringIO()
    with contextlib.chdir(root):
        assert main.run(["build"], Console({}, io.StringIO(), err)) == 6
    assert "leads out" in err.getvalue()
    assert listing(root.parent) == before


# --- inputs -----------------------------------------------------------------------


def _link_out(path: Path) -> None:
    path.symlink_to(path.parent.parent / "secret.png")


def _linked_folder(path: Path) -> None:
    (path.parent / "folder").symlink_to(path.parent.parent)


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(path.parent):
        listener.bind(path.name)


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (_link_out, "in.png", 6),
        (_linked_folder, "folder/secret.png", 6),
        (lambda path: path.symlink_to("/dev/zero"), "in.png", 6),
        (lambda path: path.symlink_to("in.png"), "in.png", 3),
        (os.mkfifo, "in.png", 3),
        (_device, "in.png", 3),
        (_socket, "in.png", 3),
        (Path.mkdir, "in.png", 3),
        (lambda path: path.write_text("TOKEN=abc\n"), "in.png", 3),
        (lambda path: path.write_bytes(b""), "in.png", 3),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "in.png", 3),
        (lambda _: None, "in.png", 3),
    ],
    ids=[
        "link out",
        "linked folder",
        "link to a device",
        "link to itself",
        "fifo",
        "device",
        "socket",
        "folder",
        "text",
        "empty",
        "torn",
        "missing",
    ],
)
@pytest.mark.parametrize(
    "form", ["file: {}", "prompt: x, size: 8x8, inputs: [{{file: {}}}]"]
)
def test_inputs_are_looked_at_before_anybody_gets_them(root, make, name, code, form):
    """No picture, or not of this project: refused at its line, never sent."""
    make(root / "in.png")
    said = refused(root, asset(form.format(name)), code)
    assert PLACE.search(said), said
    assert "TOKEN" not in said


def test_prompt_files_stay_in_the_project(root):
    """A prompt is sent to a service, so a link to a key file is no prompt."""
    (root.parent / "key").write_text("sk-CANARY")
    (root / "cat.md").symlink_to(root.parent / "key")
    said = refused(root, asset("prompt: {file: cat.md}, size: 8x8"), 6)
    assert PLACE.search(said)
    assert "CANARY" not in said


# --- include ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        "assets.yaml",
        "../more.yaml",
        "https://example.org/more.yaml",
        "../*.yaml",
        "/etc/*.yaml",
        "specs/../../*.yaml",
        "nothing-here.yaml",
    ],
)
def test_includes_that_lead_out_or_back_are_invalid(root, pattern):
    """3, at the line of the pattern."""
    (root.parent / "more.yaml").write_text("assets: {}\n")
    spec = f"version: 1\ninclude:\n  - {pattern}\nassets: {{a: {{file: ok.png}}}}\n"
    said = refused(root, spec, 3)
    assert "assets.yaml:3:5: error[" in said
    if pattern == "assets.yaml":
        assert "assets.yaml -> assets.yaml" in said


def test_an_included_link_that_leads_out_is_refused(root):
    """6; a pattern does not follow folders that are links."""
    (root.parent / "more.yaml").write_text("assets: {b: {file: ok.png}}\n")
    (root / "more.yaml").symlink_to(root.parent / "more.yaml")
    spec = "version: 1\ninclude:\n  - more.yaml\nassets: {a: {file: ok.png}}\n"
    assert "assets.yaml:3:5: error[" in refused(root, spec, 6)
    (root / "loop").symlink_to(root)
    refused(root, spec.replace("more.yaml", "'**/x.yaml'"), 3)


# --- keys, names, numbers ---------------------------------------------------------


@pytest.mark.parametrize("key", ["base_url", "api_key", "plugin", "command"])
def test_settings_of_a_connection_are_no_keys_of_a_spec(root, key):
    """3, with the reason; at the top and in an asset."""
    spec = drawn("outputs: [x.png]")
    for text in (f"{key}: x\n{spec}", drawn(f"{key}: x")):
        said = refused(root, text, 3)
        assert f"`{key}`" in said
        assert "hint: " in said


@pytest.mark.parametrize(
    "name",
    [
        "__proto__",
        "-rf",
        '"a\\nb"',
        '"a\\u202eb"',
        "x" * 10_000,
        "../a",
        "a//b",
        '""',
        "A",
    ],
)
def test_names_are_plain(root, name):
    """3 for whatever could mean something to a shell, a browser or a reader's eye."""
    said = refused(root, asset("prompt: x, size: 8x8", name), 3)
    assert PLACE.search(said), said
    assert len(said) < 5_000


@pytest.mark.parametrize(
    "more",
    [
        "n: .nan",
        "n: -1",
        "n: true",
        "n: 1e9",
        "n: 11",
        "size: 1000000000x1000000000",
        "size: -8x8",
        "outputs: [{path: x.png, width: .inf}]",
        "outputs: [{path: x.png, width: -1}]",
        "outputs: [{path: x.png, width: true}]",
        "outputs: [{path: x.png, width: 1000000000}]",
        "outputs: [{path: x.webp, quality: .nan}]",
        "process: [{resize: {width: 1.0e+308}}]",
        "process: [{pad: 1000000000}]",
        "revision: 99999999999999999999999999999999999999999999",
    ],
)
def test_numbers_are_numbers_within_bounds(root, more):
    """3, at their line."""
    size = "" if "size" in more else "size: 8x8, "
    said = refused(root, asset(f"prompt: x, {size}{more}"), 3)
    assert PLACE.search(said), said


# --- size and shape of the text ---------------------------------------------------

_TEN = ", ".join(["*{0}"] * 10)
BOMBS = {
    "tag": "version: 1\nassets: !!python/object/apply:os.system [id]\n",
    "alias bomb": "version: 1\nvars:\n  a: &a [x, x]\n"
    + "".join(
        f"  {new}: &{new} [{_TEN.format(old)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "assets: {a: {file: ok.png}}\n",
    "merge bomb": "version: 1\nvars: &v {"
    + "".join(f"k{at}: 1, " for at in range(3_000))
    + "}\nassets:\n"
    + "".join(f"  a{at}: {{<<: *v}}\n" for at in range(100)),
    "alias to itself": "version: 1\nassets: &a {a: *a}\n",
    "deep": "version: 1\nassets: " + "[" * 5_000 + "]" * 5_000 + "\n",
    "utf-16": "version: 1\nassets: {a: {file: ok.png}}\n".encode("utf-16"),
    "latin-1": b"version: 1\nassets: {a: {prompt: caf\xe9}}\n",
    "control characters": "version: 1\nassets: {a: {prompt: a\x1b[2Jb}}\n",
    "several documents": "version: 1\nassets: {a: {file: ok.png}}\n---\nversion: 1\n",
    "no text": b"\x00" * 100,
    "twice": "version: 1\nassets:\n  a: {file: ok.png}\n  a: {file: ok.png}\n",
    "million": "version: 1\nassets:\n  a-${x}-${y}:\n    prompt: x\n    matrix:\n"
    + "".join(f"      {key}: [{', '.join(map(str, range(1000)))}]\n" for key in "xy"),
    "ten megabytes of prompt": "version: 1\nassets:\n  a: {prompt: '"
    + "x" * 10_000_000
    + "'}\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_counted_and_not_set_off(root, name):
    """3 with a place, however large the text would become."""
    said = refused(root, BOMBS[name], 3)
    assert re.search(r"^assets\.yaml:\d+:\d+: error\[", said, re.MULTILINE), said
    assert len(said) < 5_000


def test_merging_a_few_keys_over_and_over_takes_no_time(root):
    """The text that keeps other readers busy for ten seconds is an ordinary small spec."""
    lists = "".join(
        f"  {new}: &{new} {{<<: [{_TEN.format(old)}]}}\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    spec = f"version: 1\nassets:\n  a: &a {{file: ok.png}}\n{lists}"
    (root / "assets.yaml").write_text(spec)
    out = io.StringIO()
    with contextlib.chdir(root):
        assert main.run(["check"], Console({}, out, out)) == 0
    assert "9 assets" in out.getvalue()


def test_a_spec_of_a_hundred_megabytes_is_not_read(root):
    """3, from its size alone."""
    spec = root / "assets.yaml"
    with spec.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    err = io.StringIO()
    with contextlib.chdir(root):
        assert main.run(["build"], Console({}, io.StringIO(), err)) == 3
    assert "assets.yaml" in err.getvalue()
    spec.unlink()
    os.mkfifo(spec)
    with contextlib.chdir(root):
        assert main.run(["build"], Console({}, io.StringIO(), err)) == 2
