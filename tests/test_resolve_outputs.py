"""Outputs: which files there are, how they are named, and what they cannot be."""

from __future__ import annotations

import pytest

from assetgen.errors import ExitCode
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, read_settings

TARGETS = {"targets": {"web": {"dir": "site"}}}


def _resolve(outputs, *, entry=None, spec=None, key="ui/hero"):
    files = {"s.yaml": {**TARGETS, **(spec or {})}}
    settings, problems = read_settings("s.yaml", files, Options())
    assert problems == []
    whole = {"prompt": "x", **(entry or {}), "outputs": outputs}
    return resolve_entry("s.yaml", key, whole, settings, str)


def _outputs_of(*outputs, **kwargs):
    (asset,), problems = _resolve(list(outputs), **kwargs)
    assert problems == ()
    return asset.outputs


def _paths_of(*outputs, **kwargs):
    return [output.path for output in _outputs_of(*outputs, **kwargs)]


def _problem_of(output, **kwargs):
    assets, problems = _resolve([output], **kwargs)
    assert assets == ()
    return problems[0]


# --- one file -----------------------------------------------------------------


def test_a_plain_string_is_a_path():
    """Both ways of writing it give the same output."""
    assert _outputs_of("a.png") == _outputs_of({"path": "a.png"})
    (output,) = _outputs_of("img/a.png")
    assert (output.target, output.path, output.format) == (
        "web",
        "site/img/a.png",
        "png",
    )
    assert output.place.pointer == ("assets", "ui/hero", "outputs", 0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.jpeg", "jpg"), ("a.JPG", "jpg"), ("a.webp", "webp"), ("a.b.gif", "gif")],
)
def test_the_format_follows_from_the_suffix(path, expected):
    """Upper case and `jpeg` mean what they always mean."""
    (output,) = _outputs_of(path)
    assert (output.format, output.path) == (expected, f"site/{path}")


def test_a_format_without_suffix_in_the_path_is_appended():
    """`format` says what the path leaves open."""
    assert _paths_of({"path": "a", "format": "jpeg"}) == ["site/a.jpg"]
    assert _problem_of({"path": "a.png", "format": "webp"}).code == "format-mismatch"


@pytest.mark.parametrize("path", ["a", "a.xyz", "a.tiff", "a.${nothing}", "${format}"])
def test_a_path_that_names_no_format_is_a_problem(path):
    """Only the known picture formats can be written."""
    assert _problem_of(path).exit_code == ExitCode.SPEC_INVALID


# --- many files ---------------------------------------------------------------


def test_widths_and_formats_multiply():
    """The width is appended, the suffix replaced; a format comes once a width."""
    output = {"path": "hero.png", "widths": [320, 640], "formats": ["avif", "jpg"]}
    assert _paths_of(output) == [
        "site/hero-320.avif",
        "site/hero-320.jpg",
        "site/hero-640.avif",
        "site/hero-640.jpg",
    ]
    assert [each.width for each in _outputs_of(output)] == [320, 320, 640, 640]


def test_a_path_may_say_where_width_and_format_go():
    """What the path names itself is not appended again."""
    output = {"path": "${format}/${width}/a", "widths": [8, 16], "formats": ["webp"]}
    assert _paths_of(output) == ["site/webp/8/a.webp", "site/webp/16/a.webp"]
    assert _paths_of({"path": "a.${format}", "formats": ["webp", "jpg"]}) == [
        "site/a.webp",
        "site/a.jpg",
    ]


def test_densities_of_a_width_multiply_it():
    """`width` is the 1x width; density 1 has no suffix."""
    outputs = _outputs_of({"path": "a.png", "width": 64, "densities": [1, 2, 3]})
    assert [each.path for each in outputs] == [
        "site/a.png",
        "site/a@2x.png",
        "site/a@3x.png",
    ]
    assert [each.width for each in outputs] == [64, 128, 192]
    assert {each.density for each in outputs} == {(1, 1)}


def test_densities_without_a_width_are_shares_of_the_picture():
    """The largest density is the picture's own size."""
    outputs = _outputs_of({"path": "a.png", "densities": [1, 2, 3]})
    assert [each.density for each in outputs] == [(1, 3), (2, 3), (3, 3)]
    assert {each.width for each in outputs} == {None}


def test_widths_and_densities_are_both_appended():
    """First the width, then the density."""
    output = {"path": "a.png", "widths": [8], "densities": [1, 2]}
    assert _paths_of(output) == ["site/a-8.png", "site/a-8@2x.png"]
    named = {"path": "a-${density}.png", "densities": [1, 2]}
    assert _paths_of(named) == ["site/a-1.png", "site/a-2.png"]


def test_every_draw_gets_a_file_where_the_path_says_so():
    """`${draw}` counts from 1 to `n`."""
    outputs = _outputs_of("a-${draw}.png", entry={"n": 3})
    assert [(each.path, each.draw) for each in outputs] == [
        ("site/a-1.png", 1),
        ("site/a-2.png", 2),
        ("site/a-3.png", 3),
    ]
    (image,) = _outputs_of("a.png", entry={"n": 3})
    assert image.draw is None


def test_draws_are_for_assets_that_a_provider_draws():
    """A file of the repository has no draws."""
    settings, _ = read_settings("s.yaml", {"s.yaml": TARGETS}, Options())
    entry = {"file": "a.png", "outputs": ["a-${draw}.png"]}
    _, (problem,) = resolve_entry("s.yaml", "a", entry, settings, str)
    assert problem.code == "no-draws"


def test_paths_know_the_asset_and_leave_the_hash_open():
    """The hash is only known once the file's bytes are."""
    assert _paths_of("${asset}.${hash}.png") == ["site/ui/hero.${hash}.png"]
    assert _paths_of({"path": "a-${width}x${height}.png", "width": 8, "height": 4}) == [
        "site/a-8x4.png"
    ]


@pytest.mark.parametrize("name", ["width", "height"])
def test_a_name_that_only_the_picture_knows_is_a_problem(name):
    """An output without a width has none to name a file after."""
    assert _problem_of(f"a-${{{name}}}.png").code == "unknown-variable"


@pytest.mark.parametrize(
    "output",
    [
        {"path": "a.png", "width": 8, "widths": [8]},
        {"path": "a.png", "format": "png", "formats": ["png"]},
        {"path": "a.png", "data": "a.json"},
        {"path": "a.png", "widths": 8},
        {"path": "a.png", "widths": []},
        {"path": "a.png", "widths": [0]},
        {"path": "a.png", "densities": [1.5]},
        {"path": "a.png", "formats": []},
        {"path": "a.png", "formats": ["bmp"]},
        {"path": "a.png", "format": 3},
        {"path": "a.png", "fit": "stretch"},
        {"path": "a.png", "background": "#12"},
        {"path": "a.webp", "quality": 101},
        {"path": "a.png", "enlarge": 1},
        {"path": "a.png", "process": ["blurr"]},
        {"width": 8},
        {"path": 3},
        {},
        3,
        None,
    ],
)
def test_an_output_without_sense_is_a_problem(output):
    """Each is reported inside the output, and nothing crashes."""
    assert _problem_of(output).place.pointer[:4] == ("assets", "ui/hero", "outputs", 0)


def test_more_files_than_an_asset_can_have_are_counted_and_not_made():
    """The product is compared with the cap first."""
    output = {"path": "a", "widths": list(range(1, 900)), "formats": ["webp", "jpg"]}
    assert _problem_of(output).code == "too-many-outputs"
    assets, problems = _resolve(["a.png"] * 1001)
    assert assets == ()
    assert problems[0].code == "too-many-outputs"


# --- what cannot be -----------------------------------------------------------


def test_contain_needs_alpha_or_a_background():
    """Padding is transparent by default, and jpg has no alpha."""
    output = {"path": "a.jpg", "width": 8, "height": 8, "fit": "contain"}
    assert _problem_of(output).code == "needs-alpha"
    assert _problem_of({**output, "background": "transparent"}).code == "needs-alpha"
    assert _outputs_of({**output, "background": "white"})[0].background == "#ffffff"
    assert _outputs_of({**output, "path": "a.png"})
    assert _outputs_of({"path": "a", "width": 8, "fit": "contain", "formats": ["jpg"]})


@pytest.mark.parametrize("path", ["a.png", "a.gif", "a.ico"])
def test_formats_without_quality_refuse_it(path):
    """It would be passed over in silence otherwise."""
    assert _problem_of({"path": path, "quality": 80}).place.pointer[-1] == "quality"


def test_quality_goes_to_the_formats_that_have_it():
    """In a list of formats, one that has it is enough."""
    outputs = _outputs_of({"path": "a", "formats": ["png", "webp"], "quality": 80})
    assert [each.quality for each in outputs] == [None, 80]


def test_lossless_is_for_webp_and_avif_and_says_nothing_for_png():
    """jpg and gif cannot be lossless."""
    assert _outputs_of({"path": "a.png", "lossless": True})[0].lossless is None
    assert _outputs_of({"path": "a.webp", "lossless": True})[0].lossless is True
    assert _problem_of({"path": "a.jpg", "lossless": True})


def test_an_icon_file_holds_small_pictures():
    """ico files go to 256 px a side, densities included."""
    assert _outputs_of({"path": "a.ico", "width": 256})
    assert _problem_of({"path": "a.ico", "width": 257})
    assert _problem_of({"path": "a.ico", "width": 200, "densities": [2]})


@pytest.mark.parametrize(
    ("output", "entry"),
    [
        ({"width": 8}, {}),
        ({"process": ["trim"]}, {}),
        ({"path": "a.webp"}, {}),
        ({}, {"process": ["trim"]}),
        ({}, {"output_format": "webp"}),
        ({}, {"inputs": ["b"], "mask": "m"}),
    ],
)
def test_metadata_is_kept_only_where_the_bytes_are(output, entry):
    """`keep` writes the raw bytes, so nothing may change the picture."""
    keep = {"path": "a.png", "metadata": "keep", **output}
    assert _problem_of(keep, entry=entry).code == "cannot-keep"
    assert _outputs_of({"path": "a.png", "metadata": "keep"})


# --- targets ------------------------------------------------------------------


def test_with_several_targets_an_output_names_its_own():
    """There is no order among targets, so none is the default."""
    spec = {"targets": {"web": {"dir": "site"}, "game": {"dir": "."}}}
    assert "web, game" in _problem_of("a.png", spec=spec).hint
    assert _paths_of({"path": "a.png", "target": "game"}, spec=spec) == ["a.png"]
    wrong = _problem_of({"path": "a.png", "target": "gmae"}, spec=spec)
    assert wrong.hint == "did you mean `game`?"


# --- presets ------------------------------------------------------------------


def test_a_preset_is_unfolded_in_its_place():
    """What stands beside its name is laid over it; a path goes in front."""
    spec = {
        "presets": {
            "thumb": ["t/${asset}.webp", {"path": "${word}.jpg", "width": 8}],
            "all": [{"preset": "thumb"}, "z.png"],
        },
        "vars": {"word": "w"},
    }
    outputs = _outputs_of(
        "a.png", {"preset": "all", "path": "p/", "width": 4}, spec=spec
    )
    assert [(each.path, each.width) for each in outputs] == [
        ("site/a.png", None),
        ("site/p/t/ui/hero.webp", 4),
        ("site/p/w.jpg", 4),
        ("site/p/z.png", 4),
    ]
    assert outputs[2].place.pointer == ("assets", "ui/hero", "outputs", 1)


def test_presets_that_name_each_other_in_a_ring_are_reported():
    """The ring is spelled out."""
    spec = {"presets": {"a": [{"preset": "b"}], "b": [{"preset": "a"}]}}
    problem = _problem_of({"preset": "a"}, spec=spec)
    assert problem.code == "preset-cycle"
    assert "a -> b -> a" in problem.message


def test_presets_cannot_double_each_other_into_a_flood():
    """Thirty presets, each naming the next one twice, are 2**30 outputs."""
    presets = {f"p{i}": [{"preset": f"p{i + 1}"}] * 2 for i in range(30)}
    presets["p30"] = ["a.png"]
    problem = _problem_of({"preset": "p0"}, spec={"presets": presets})
    assert problem.code == "too-many-outputs"


def test_an_unknown_preset_gets_a_suggestion():
    """Built-in presets are among the choices."""
    assert _problem_of({"preset": "favicn"}).hint == "did you mean `favicon`?"


def test_a_built_in_preset_stands_for_ordinary_files():
    """Each is an output of its own, made from the entry that names the preset."""
    (asset,), problems = _resolve([{"preset": "favicon", "path": "icons"}])
    assert problems == ()
    assert [(o.path, o.preset, o.place.pointer[3]) for o in asset.outputs] == [
        ("site/icons/favicon.ico", "favicon", 0),
        ("site/icons/favicon-16x16.png", "favicon", 0),
        ("site/icons/favicon-32x32.png", "favicon", 0),
        ("site/icons/favicon-48x48.png", "favicon", 0),
    ]


def test_a_problem_inside_a_preset_is_reported_there():
    """The preset's own line is to blame, not the asset's."""
    problem = _problem_of({"preset": "p"}, spec={"presets": {"p": ["x.tiff"]}})
    assert problem.place.pointer[:3] == ("presets", "p", 0)


@pytest.mark.parametrize(
    ("more", "output", "is_warned"),
    [
        ({}, "x.jpg", True),
        ({}, {"path": "x", "formats": ["webp", "jpg"], "widths": [1, 2]}, True),
        ({}, "x.png", False),
        ({}, {"path": "x.jpg", "background": "#ffffff"}, False),
        ({}, {"path": "x.jpg", "process": [{"flatten": "#ffffff"}]}, False),
        ({"process": [{"flatten": "#ffffff"}]}, "x.jpg", False),
        ({"background": "opaque"}, "x.jpg", False),
    ],
)
def test_a_transparent_draw_cannot_become_a_jpg(more, output, is_warned):
    """Told before it is paid for, once an output; only the draw could prove it wrong."""
    settings, _ = read_settings("s.yaml", {"s.yaml": TARGETS}, Options())
    entry = {"prompt": "x", "background": "transparent", "outputs": [output], **more}
    _, problems = resolve_entry("s.yaml", "a", entry, settings, str)
    told = [(each.code, each.severity) for each in problems]
    assert told == [("needs-alpha", "warning")] * is_warned


def test_a_sheet_has_a_data_file_beside_it():
    """`data` defaults to the path with `.json`."""
    settings, _ = read_settings("s.yaml", {"s.yaml": TARGETS}, Options())
    entry = {"sheet": {"frames": ["a"]}, "outputs": ["x/items.png"]}
    (asset,), problems = resolve_entry("s.yaml", "a", entry, settings, str)
    assert problems == ()
    assert asset.outputs[0].data == "site/x/items.json"
