"""The top level of the spec: whose voice is heard, and what may be declared twice."""

from __future__ import annotations

import pytest

from assetgen.errors import ExitCode
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, manifest_path, read_settings


def _settings_of(spec, *, options=None, **included):
    files = {"assets.yaml": spec, **included}
    return read_settings("assets.yaml", files, options or Options())


def _drawn(entry, spec, options=None):
    settings, problems = _settings_of(spec, options=options)
    assert problems == []
    (asset,), found = resolve_entry("assets.yaml", "a", entry, settings, str)
    assert found == ()
    return asset.source


@pytest.mark.parametrize(
    ("options", "entry", "spec", "expected"),
    [
        (Options(provider="flag"), {"provider": "own"}, {"provider": "spec"}, "flag"),
        (Options(profile="p", provider="flag"), {}, {}, "flag"),
        (Options(profile="p"), {"provider": "own"}, {"provider": "spec"}, "profile"),
        (None, {"provider": "own"}, {"defaults": {"provider": "default"}}, "own"),
        (
            None,
            {},
            {"provider": "spec", "defaults": {"provider": "default"}},
            "default",
        ),
        (None, {"size": "auto"}, {"provider": "spec"}, "spec"),
        (None, {}, {}, "openai"),
    ],
)
def test_the_provider_comes_from_the_strongest_voice(options, entry, spec, expected):
    """Flag over profile over asset over defaults over spec; `openai` without any."""
    spec = {"profiles": {"p": {"provider": "profile"}}, **spec}
    assert _drawn({"prompt": "x", **entry}, spec, options).provider == expected


def test_a_profile_is_heard_over_the_asset_and_the_asset_over_the_defaults():
    """Request parameters: profile `set`, then the asset, then `defaults`."""
    spec = {
        "defaults": {"quality": "low", "size": "64x64", "params": {"a": 1, "b": 1}},
        "profiles": {"draft": {"set": {"size": "16x16", "params": {"b": 3}}}},
    }
    entry = {"prompt": "x", "quality": "high", "size": "32x32", "params": {"b": 2}}
    plain = _drawn(entry, spec)
    assert dict(plain.params) == {
        "quality": "high",
        "size": "32x32",
        "params.a": 1,
        "params.b": 2,
    }
    draft = _drawn(entry, spec, Options(profile="draft"))
    assert dict(draft.params)["params.b"] == 3
    assert str(draft.pixel_size) == "16x16"
    assert list(draft.params) == sorted(draft.params)


def test_an_unknown_profile_is_wrong_usage_with_a_suggestion():
    """A profile is named on the command line, so a wrong one ends with 2."""
    _, problems = _settings_of(
        {"profiles": {"draft": {}}}, options=Options(profile="draf")
    )
    (problem,) = problems
    assert problem.code == "unknown-profile"
    assert problem.exit_code == ExitCode.USAGE
    assert problem.hint == "did you mean `draft`?"


@pytest.mark.parametrize(
    ("key", "value"), [("vars", "x"), ("presets", ["a.png"])], ids=["var", "preset"]
)
def test_a_name_declared_in_two_files_is_reported_with_both_places(key, value):
    """Variables and presets are global; files may not shadow each other."""
    files = {"more.yaml": {key: {"same": value}}}
    _, (problem,) = _settings_of({key: {"same": value}}, **files)
    assert problem.place.file == "more.yaml"
    assert [place.file for place, _ in problem.related] == ["assets.yaml"]


def test_without_targets_there_is_one_named_assets():
    """A spec without `targets` writes to the folder `assets`."""
    settings, problems = _settings_of({})
    assert problems == []
    assert settings.sole_target.dir == "assets"
    assert manifest_path(settings.sole_target) == "assets/assetgen.manifest.json"


def test_a_target_may_be_the_project_itself():
    """`dir: .` is the project root, and adds nothing to paths."""
    settings, problems = _settings_of({"targets": {"web": {"dir": "./"}}})
    assert problems == []
    assert manifest_path(settings.sole_target) == "assetgen.manifest.json"


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("../x", ExitCode.SPEC_INVALID),
        ("/abs", ExitCode.SPEC_INVALID),
        ("a\\b", ExitCode.SPEC_INVALID),
        ("", ExitCode.SPEC_INVALID),
        (".git/hooks", ExitCode.REFUSED),
        ("site/.github", ExitCode.REFUSED),
        (".assetgen", ExitCode.REFUSED),
    ],
)
def test_a_target_stays_inside_the_project_and_out_of_tools_folders(folder, code):
    """A target's folder follows the path rules; hidden folders are refused."""
    _, (problem,) = _settings_of({"targets": {"web": {"dir": folder}}})
    assert problem.exit_code == code
    assert problem.place.pointer == ("targets", "web", "dir")


@pytest.mark.parametrize("name", ["package.json", "x.py", ".hidden.json", "../m.json"])
def test_a_manifest_is_a_json_file_of_ours(name):
    """A manifest never takes the place of a tool's file."""
    _, problems = _settings_of({"targets": {"web": {"dir": "web", "manifest": name}}})
    assert len(problems) == 1


def test_two_targets_cannot_share_a_manifest():
    """Each manifest lists the files of one target."""
    spec = {"targets": {"a": {"dir": "x"}, "b": {"dir": "X"}}}
    _, (problem,) = _settings_of(spec)
    assert problem.code == "output-twice"


def test_two_targets_cannot_share_their_typed_names():
    """Each file of constants speaks of the assets of one target."""
    one = {"dir": "x", "types": "ts", "manifest": "one.json"}
    _, (problem,) = _settings_of(
        {"targets": {"a": one, "b": {**one, "manifest": "two.json"}}}
    )
    assert problem.code == "output-twice"
    assert "`x/assets.ts`" in problem.message


@pytest.mark.parametrize("value", ["standard", "hd"])
def test_an_outdated_quality_names_its_replacement(value):
    """`standard` and `hd` belonged to models that are gone."""
    _, (problem,) = _settings_of({"defaults": {"quality": value}})
    assert problem.code == "outdated-value"
    assert "write `" in problem.hint


@pytest.mark.parametrize(
    "params", [{"response_format": "b64_json"}, {"style": "vivid"}, {"n": 3}]
)
def test_params_do_not_smuggle_what_the_tool_decides(params):
    """`params` is for what the table of request parameters lacks."""
    _, (problem,) = _settings_of({"defaults": {"params": params}})
    assert problem.hint


def test_a_variable_cannot_hide_a_name_of_output_paths():
    """`${width}` in an output path must have one meaning."""
    _, (problem,) = _settings_of({"vars": {"width": 3}})
    assert problem.code == "reserved-name"
    assert problem.place.on_key


@pytest.mark.parametrize(
    "spec",
    [
        {"targets": [1]},
        {"targets": {"a": "x"}},
        {"defaults": "x"},
        {"vars": 3},
        {"presets": {"a": {}}},
        {"budget": {"build_usd": "much"}},
        {"defaults": {"size": 3, "params": []}},
        {"profiles": {"p": {"set": {"model": 7}}}},
    ],
)
def test_a_wrong_type_is_a_problem_and_not_a_crash(spec):
    """The schema says no first; if it ever does not, reading still survives."""
    _, problems = _settings_of(spec, options=Options(profile="p"))
    assert problems
