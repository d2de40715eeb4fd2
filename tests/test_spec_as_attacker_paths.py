"""A spec from a stranger: no path of it leads out, or onto what others read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import ExitCode, Problem
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.paths import guarded, normal_path
from assetgen.resolve.settings import Options, read_settings
from assetgen.spans import Place

PLACE = Place("assets.yaml")

OUTSIDE = [
    "../x.png",
    "a/../../x.png",
    "a/../x.png",
    "/etc/x.png",
    "//host/x.png",
    "C:/x.png",
    "c:x.png",
    "\\x.png",
    "a\\b.png",
    "~/x.png",
    "~root/x.png",
    "",
    " ",
    "x\0.png",
    "a\nb.png",
    "a\x1b[2J.png",
    "\u202egnp.exe.png",
    "a\u200b.png",
    "\ud800.png",
    "x" * 252 + ".png",
    "\u00e4" * 126 + ".png",
    "/".join(["abcdefgh"] * 200) + ".png",
    "a./x.png",
    "a /x.png",
    " a/x.png",
    "x.png.",
    "x.png ",
    "con.png",
    "a/NUL",
    "a/Aux.tar.png",
    "com1.png",
    "LPT\u00b9.png",
    "https://example.org/x.png",
    "file:///etc/passwd.png",
    'a"b.png',
    "a<b>.png",
    "a|b.png",
    "a*.png",
    "x.png/",
    ".",
    "./",
]

GUARDED = [
    "assets.yaml",
    "assets.lock",
    "more.yml",
    ".git/config",
    ".git/x.png",
    ".GIT/x.png",
    "a/.git/x.png",
    "git~1/x.png",
    ".github/workflows/x.png",
    ".gitlab-ci.yml",
    ".ci/run",
    ".env",
    ".env.local.png",
    ".assetgen/store/x.png",
    ".hidden.png",
    "src/main.py",
    "src/app.JS",
    "index.html",
    "package.json",
    "data.json",
    "Makefile",
    "Dockerfile",
    "README",
    "setup.cfg",
    "prompts/cat.md",
    "-rf.png",
]


def output_problem(path):
    """Return the one problem with an output at `path`, in a target that is the root."""
    spec = {"targets": {"root": {"dir": "."}}}
    settings, _ = read_settings("assets.yaml", {"assets.yaml": spec}, Options())
    entry = {"prompt": "x", "outputs": [path]}
    assets, problems = resolve_entry("assets.yaml", "a", entry, settings, str)
    assert assets == ()
    return problems[0]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leads_out_or_cannot_be_everywhere_is_invalid(path):
    """Judged by its words alone, with the place of the output."""
    problem = output_problem(path)
    assert problem.code == "bad-path"
    assert problem.exit_code == ExitCode.SPEC_INVALID
    assert problem.place.pointer[:4] == ("assets", "a", "outputs", 0)
    assert len(problem.message) < 200


@pytest.mark.parametrize("path", GUARDED)
def test_an_output_never_takes_the_place_of_code_settings_or_tools(path):
    """The spec, the lock, hidden files, code: refused by policy."""
    problem = output_problem(path)
    assert problem.code == "protected-output"
    assert problem.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize("path", ["Makefile", ".git/hooks/x", "run.sh", "a.py"])
def test_a_format_does_not_make_a_guarded_path_harmless(path):
    """Saying `format: png` of a script changes nothing."""
    problem = output_problem({"path": path, "format": "png"})
    assert problem.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize("path", [path for path in OUTSIDE if path])
def test_inputs_and_prompt_files_follow_the_same_rules(path):
    """Nothing outside the project is opened, and no text of it is sent."""
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    for entry in (
        {"file": path},
        {"prompt": {"file": path}},
        {"prompt": "x", "inputs": [{"file": path}]},
        {"file": "a.png", "process": [{"overlay": {"file": path}}]},
    ):

        def never(_):
            raise AssertionError("the file was opened")

        assets, problems = resolve_entry("s.yaml", "a", entry, settings, never)
        assert assets == ()
        assert problems[0].code == "bad-path"


def test_templates_cannot_build_a_path_that_leads_out():
    """Paths are judged after the templates are filled in."""
    settings, _ = read_settings("s.yaml", {"s.yaml": {"vars": {"v": ".."}}}, Options())
    for path in ("${v}/x.png", "a/${v}/x.png"):
        entry = {"prompt": "x", "outputs": [path]}
        _, problems = resolve_entry("s.yaml", "a", entry, settings, str)
        assert problems[0].code == "bad-path"


def test_an_assets_name_cannot_become_a_reserved_path():
    """`con` is a fine name, but not a fine file."""
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    entry = {"prompt": "x", "outputs": ["${asset}.png"]}
    _, problems = resolve_entry("s.yaml", "con", entry, settings, str)
    assert problems[0].code == "bad-path"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.png", "a/b.png"),
        ("./a//b.png", "a/b.png"),
        ("a/./b.png", "a/b.png"),
        ("Hero @2x (1).png", "Hero @2x (1).png"),
        ("\u00fcber/caf\u00e9.png", "\u00fcber/caf\u00e9.png"),
        ("common/x.png", "common/x.png"),
        ("console.png", "console.png"),
        ("a..b.png", "a..b.png"),
        ("a-${hash}.png", "a-${hash}.png"),
    ],
)
def test_ordinary_paths_pass_in_their_normal_form(path, expected):
    """Inner `.` and doubled slashes disappear; nothing else changes."""
    assert normal_path(path, PLACE) == expected
    assert guarded(expected, PLACE) is None


def test_includes_may_hold_globs():
    """Only where they are asked for."""
    assert normal_path("specs/*.yaml", PLACE, glob=True) == "specs/*.yaml"
    assert isinstance(normal_path("specs/*.yaml", PLACE), Problem)
    assert isinstance(normal_path("../*.yaml", PLACE, glob=True), Problem)


@given(st.text(alphabet="ab./\\~:\0 -\u202e", max_size=20))
def test_a_path_that_passes_stays_below_the_root(text):
    """Whatever the words are: no absolute path, no `..`, and a fixed point."""
    path = normal_path(text, PLACE)
    if isinstance(path, Problem):
        return
    assert not path.startswith(("/", "~"))
    assert ".." not in path.split("/")
    assert "\\" not in path
    assert normal_path(path, PLACE) == path


def test_many_matrices_together_are_counted_and_not_expanded(tmp_path):
    """Each within its own cap, together a quarter of a million and more: refused."""
    from assetgen.errors import SpecInvalid
    from assetgen.project import Options, load

    axis = list(range(100))
    entries = "".join(
        f"  a{at}-${{x}}-${{y}}:\n    prompt: p\n    matrix: {{x: {axis}, y: {axis}}}\n"
        for at in range(26)
    )
    (tmp_path / "assets.yaml").write_text(
        f"version: 1\nprovider: placeholder\nassets:\n{entries}", encoding="utf-8"
    )
    with pytest.raises(SpecInvalid) as refused:
        load(Options(root=tmp_path))
    assert [each.code for each in refused.value.diagnostics] == ["too-many-assets"]
    assert list(tmp_path.iterdir()) == [tmp_path / "assets.yaml"]
