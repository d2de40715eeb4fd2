"""Typed names: identifiers, what collides, and files that compilers take."""

from __future__ import annotations

import ast
import itertools
import keyword
import re
import subprocess
import types

import pytest
from buildings import build, options, plan_of
from hypothesis import given
from hypothesis import strategies as st
from outside import program

from assetgen.companions.facts import AssetFact, FileFact
from assetgen.companions.identifiers import collisions, identifier
from assetgen.companions.names import TYPED_FILES
from assetgen.companions.typednames import typed_names
from assetgen.errors import ExitCode, SpecInvalid

EVIL = 'a "quote" \\ \n\r\t \u2028 \u202e ${x} {y} */ --> """ \'\'\' \x7f \U0001f600 é'
NAMES = (
    "icons/sword-bronze", "404", "2d/map.v2", "pi", "none", "name", "assets", "asset",
    "equals", "class", "a-b_c.d", "nan", "all",
)  # fmt: skip
FILES = (
    FileFact(path="a 'b\" é.png", asset="x", format="png", width=3, height=4),
    FileFact(path="x.json", asset="x", format="json"),
)


def assets(*names, alt=EVIL):
    """Return assets with a picture and a data file each."""
    return tuple(AssetFact(name=name, alt=alt, files=FILES) for name in names)


# --- identifiers --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pascal", "upper"),
    [
        ("icons/sword-bronze", "IconsSwordBronze", "ICONS_SWORD_BRONZE"),
        ("hero", "Hero", "HERO"),
        ("404", "_404", "_404"),
        ("ui/2d.map_v2", "Ui2dMapV2", "UI_2D_MAP_V2"),
    ],
)
def test_names_become_constants_as_each_language_writes_them(name, pascal, upper):
    """Parts of a name are words."""
    assert identifier("ts", name) == identifier("csharp", name) == pascal
    assert identifier("python", name) == identifier("gdscript", name) == upper


def test_a_name_that_the_language_needs_itself_gets_an_underscore():
    """In C# no member may have the name of its class, or hide one of every class."""
    assert identifier("csharp", "assets") == "Assets_"
    assert identifier("csharp", "equals") == "Equals_"
    assert identifier("gdscript", "pi") == "PI_"
    assert identifier("python", "assets") == "ASSETS_"
    assert identifier("ts", "asset") == "Asset_"


@given(
    st.from_regex(
        r"[a-z0-9][a-z0-9_.-]{0,8}(/[a-z0-9][a-z0-9_.-]{0,8}){0,2}", fullmatch=True
    ),
    st.sampled_from(sorted(TYPED_FILES)),
)
def test_every_name_becomes_an_identifier(name, language):
    """Of ASCII letters, digits and underscores, and no keyword of Python."""
    found = identifier(language, name)
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", found)
    assert not keyword.iskeyword(found) or language != "python"


def test_names_that_become_one_are_named_in_their_order():
    """The first keeps its name."""
    assert collisions("python", ["a-b", "c", "a_b", "a/b"]) == [
        ("a-b", "a_b", "A_B"),
        ("a-b", "a/b", "A_B"),
    ]


def test_two_assets_of_one_identifier_are_an_error_at_both(tmp_path):
    """Of one target with typed names; elsewhere they may be called what they like."""
    spec = (
        "version: 1\nprovider: placeholder\n"
        "targets: {t: {dir: out%s}}\n"
        "assets:\n"
        "  a-b: {prompt: x, size: 16x16, outputs: [1.png]}\n"
        "  a_b: {prompt: y, size: 16x16%s}\n"
    )
    write = (tmp_path / "assets.yaml").write_text
    write(spec % ("", ", outputs: [2.png]"))
    assert build(options(tmp_path))[0] is ExitCode.DONE
    write(spec % (", types: ts", ""))
    assert plan_of(options(tmp_path)).companions == ("out/assets.ts",)
    write(spec % (", types: ts", ", outputs: [2.png]"))
    with pytest.raises(SpecInvalid) as caught:
        plan_of(options(tmp_path))
    (found,) = caught.value.diagnostics
    assert (found.code, found.exit_code) == ("name-twice", ExitCode.SPEC_INVALID)
    lines = [each.span.line for each in (found.excerpt, *found.related)]
    assert lines == [6, 5]


def test_a_language_that_is_not_there_is_an_error_of_the_spec(tmp_path):
    """No names are made for it meanwhile."""
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\ntargets: {web: {dir: out, types: rust}}\n"
        "assets: {a: {prompt: a, outputs: [a.png]}}\n"
    )
    with pytest.raises(SpecInvalid) as caught:
        plan_of(options(tmp_path))
    (said,) = caught.value.diagnostics
    assert "not `rust`" in said.message
    assert said.excerpt.span.line == 3


# --- what compilers say -------------------------------------------------------


def python_module(text):
    """Run a file of constants and return it."""
    module = types.ModuleType("names")
    exec(compile(text, "assets.py", "exec"), module.__dict__)  # our own
    return module


def test_python_gets_tuples_that_say_what_the_manifest_says():
    """Texts come out as they went in, whatever stands in them."""
    module = python_module(typed_names("python", assets(*NAMES)))
    found = module.ICONS_SWORD_BRONZE
    assert (found.name, found.alt) == ("icons/sword-bronze", EVIL)
    assert (found.path, found.width, found.height) == (FILES[0].path, 3, 4)
    assert [file.format for file in found.files] == ["png", "json"]
    assert set(module.ASSETS) == set(NAMES)


@given(st.text(), st.text(min_size=1))
def test_no_text_gets_out_of_its_string(alt, path):
    """The files are ASCII; Python reads the very texts back."""
    file = FileFact(path=path, asset="x", format="png", width=1, height=1)
    (asset,) = (AssetFact(name="x", alt=alt, files=(file,)),)
    for language in TYPED_FILES:
        text = typed_names(language, (asset,))
        assert text.isascii()
        plain = typed_names(language, (AssetFact(name="x", alt="", files=FILES[:1]),))
        assert text.count("\n") == plain.count("\n")
    read = python_module(typed_names("python", (asset,))).X
    assert (read.alt, read.path) == (alt, path)


def test_no_assets_are_a_file_all_the_same():
    """Of every language."""
    ast.parse(typed_names("python", ()))
    for language in TYPED_FILES:
        assert "{\n}" in typed_names(language, ())


def test_typescript_takes_the_constants(tmp_path):
    """Strictly, and a path that is not there is a mistake of types."""
    tsc = program("tsc")
    (tmp_path / "assets.ts").write_text(typed_names("ts", assets(*NAMES)))
    (tmp_path / "empty.ts").write_text(typed_names("ts", ()))
    (tmp_path / "use.ts").write_text(
        'import { IconsSwordBronze, assets, type AssetName } from "./assets";\n'
        'const name: AssetName = "404";\n'
        "export const width: 3 = IconsSwordBronze.width;\n"
        "export const path: string = assets[name].path;\n"
        "// @ts-expect-error no such asset\n"
        'export const wrong: AssetName = "nothing";\n'
    )
    words = ["--noEmit", "--strict", "--module", "esnext", "--target", "es2022"]
    words += ["--moduleResolution", "bundler", "use.ts", "empty.ts"]
    done = subprocess.run(
        [tsc, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_godot_takes_the_constants(tmp_path):
    """As far as a parser can tell without the engine."""
    gdparse = program("gdparse")
    for name, found in (("assets", assets(*NAMES)), ("empty", ())):
        place = tmp_path / f"{name}.gd"
        place.write_text(typed_names("gdscript", found))
        done = subprocess.run(
            [gdparse, str(place)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


_CSHARP = re.compile(
    r"""//[^\n]* | "(?:[^"\\\n]|\\(?:["\\nrtbf0]|u[0-9a-f]{4}))*" | [A-Za-z_]\w*
    | [0-9]+ | [{}\[\];=,] | \s+""",
    re.VERBOSE,
)


def test_csharp_is_well_formed():
    """Every sign is a token, brackets close, members are not named as their class."""
    text = typed_names("csharp", assets(*NAMES))
    at, tokens = 0, []
    while at < len(text):
        match = _CSHARP.match(text, at)
        assert match, text[at : at + 40]
        at = match.end()
        tokens += [] if match.group().isspace() else [match.group()]
    depth = 0
    for token in tokens:
        depth += (token in "{[") - (token in "}]") if len(token) == 1 else 0
        assert depth >= 0
    assert depth == 0
    classes = [b for a, b in itertools.pairwise(tokens) if a == "class"]
    assert len(classes) == len(set(classes)) == len(NAMES) + 1
    assert {"Name", "Alt", "Path", "Width", "Height", "Files"}.isdisjoint(classes)
