"""The pages as text: how they may be written, how they are joined, how they contrast."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from outside import program

from assetgen.pages.joining import (
    FOLDER,
    STATIC_POLICY,
    joined_script,
    page_files,
    static_index,
)

MODULES = sorted(FOLDER.glob("*.js"))
STYLE = (FOLDER / "app.css").read_text()
COLOURS = {
    match[1]: (match[2], match[3])
    for match in re.finditer(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE.partition("}")[0]
    )
}
GROUNDS = ("ground", "raised", "sunken")
TONES = ("text", "quiet", "accent", "good", "work", "pay", "cold", "bad")
PAIRS = [
    *((tone, ground) for tone in TONES for ground in GROUNDS),
    *(("text", f"{soft}-soft") for soft in ("accent", "bad", "warn", "old", "new")),
    ("accent", "warn-soft"),
    ("bad", "bad-soft"),
    ("quiet", "warn-soft"),
    ("quiet", "bad-soft"),
    ("quiet", "accent-soft"),
    ("text", "variable"),
    ("on-accent", "accent"),
]


def _luminance(colour: str) -> float:
    """Return the relative luminance. Source: WCAG 2.2."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(text, ground, theme):
    """WCAG AA asks for 4.5 to 1 between text and what is behind it."""
    ratio = _contrast(COLOURS[text][theme], COLOURS[ground][theme])
    assert ratio >= 4.5, f"{text} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_edges_of_controls_can_be_seen(ground, theme):
    """WCAG AA asks for 3 to 1 for what marks a control and for the ring of the focus."""
    for name in ("edge", "accent"):
        assert _contrast(COLOURS[name][theme], COLOURS[ground][theme]) >= 3


def test_every_colour_that_is_used_was_declared():
    """A misspelt custom property would leave text without a colour."""
    declared = set(re.findall(r"(--[\w-]+):", STYLE))
    scripts = "".join(path.read_text() for path in MODULES)
    declared |= set(re.findall(r'"(--[\w-]+)"', scripts))
    assert set(re.findall(r"var\((--[\w-]+)", STYLE)) <= declared


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_never_make_markup_or_code_of_text(path):
    """Names and prompts are text for ever: nothing parses them."""
    text = path.read_text()
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b"
        r"|new Function|createContextualFragment|setAttribute\(\"style|\.cssText"
        r"|javascript:|import\(\"?[^\"]*\)\.then",
        text,
    )
    assert not found
    assert len(text.splitlines()) < 400


def test_the_shell_holds_no_script_and_no_style():
    """The policy forbids both, and the shell is the one place that has markup."""
    shell = (FOLDER / "index.html").read_text()
    assert re.findall(r"<script[^>]*>(.*?)</script>", shell) == [""]
    assert "<style" not in shell
    assert not re.search(r"\s(style|on\w+)=", shell)
    assert "default-src 'none'" in shell
    loaded = set(re.findall(r'"/pages/(\w+\.js)"', shell))
    assert loaded == {path.name for path in MODULES}
    assert "unsafe" not in shell


def test_the_modules_agree_with_their_types(tmp_path):
    """The compiler of TypeScript reads the comments and finds nothing to say."""
    command = [
        program("tsc"), "--allowJs", "--checkJs", "--noEmit", "--strict",
        "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "esnext",
        "--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable",
        "--types", "", *map(str, MODULES), str(FOLDER / "types.d.ts"),
    ]  # fmt: skip
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout


def test_the_joined_script_is_one_that_node_can_read(tmp_path):
    """Joining keeps every module whole, and leaves no import behind."""
    script = joined_script()
    (tmp_path / "app.js").write_text(script)
    subprocess.run([program("node"), "--check", tmp_path / "app.js"], check=True)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    used = {path.stem for path in MODULES}
    assert set(re.findall(r"^const from_(\w+) =", script, re.MULTILINE)) == used


def _folder(path: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (path / f"{name}.js").write_text(text)
    return path


def test_modules_keep_their_own_names_when_they_are_joined(tmp_path):
    """Two modules may have a private name in common."""
    folder = _folder(
        tmp_path,
        app='import { one } from "./a.js";\nimport { two } from "./b.js";\n'
        "const mine = 3;\nconsole.log(one() + two() + mine);\n",
        a="const mine = 1;\nexport function one() { return mine; }\n",
        b='import { one } from "./a.js";\nconst mine = 10;\n'
        "export const two = () => mine + one();\n",
    )
    done = subprocess.run(
        [program("node"), "-e", joined_script(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "15\n"


@pytest.mark.parametrize(
    "line",
    [
        'import * as a from "./a.js";',
        'import a from "./a.js";',
        'export { one } from "./a.js";',
        "export default 1;",
        'import { one } from "https://elsewhere.example/a.js";',
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, line):
    """Better no report than one that fails in the reader's browser."""
    folder = _folder(tmp_path, app=f"{line}\n", a="export const one = 1;\n")
    with pytest.raises(ValueError, match="cannot be joined"):
        joined_script(folder)


def test_modules_in_a_ring_are_refused(tmp_path):
    """The order of two that need each other does not exist."""
    folder = _folder(
        tmp_path,
        app='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./app.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match="app -> b -> app"):
        joined_script(folder)


def test_no_text_ends_the_data_block_of_a_report():
    """The block holds no `<`, so nothing in it is ever a tag."""
    page = static_index({"wall": "</script><script>alert(1)</script>&<!--"}, "<b>&")
    block = re.search(r'id="assetgen-data">(.*?)</script>', page)
    assert block is not None
    assert not set("<>&") & set(block[1])
    assert "<title>&lt;b&gt;&amp;</title>" in page
    assert "unsafe" not in STATIC_POLICY


def test_only_the_pages_own_files_are_handed_out():
    """The table is what lies in the package, without Python and types."""
    files = page_files()
    assert {"app.js", "app.css", "icon.svg"} <= set(files)
    assert {Path(name).suffix for name in files} == {".js", ".css", ".svg"}
