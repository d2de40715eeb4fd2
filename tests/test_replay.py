"""A request sent by hand: the curl command and the OpenAPI document of `show`."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess

import pytest
from fakeapi import FakeApi
from PIL import Image

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.providers.openai_images.wire import Wire, WireFile
from assetgen.report.replay_text import Replay, ReplayFile, as_curl, as_openapi

KEY = "sk-CANARY-0123456789"
EVIL = "a 'hat'\\ @x <y $(id) `id` \"; & ${HOME}\nJSON\n\x1b[31m\u202e\u00e9::error::\t\U0001f3a9"
NASTY = "art/it's odd; $(id), x.png"


def text(value):
    """Return a text as YAML takes it, with the escapes that JSON and YAML share."""
    return (
        json.dumps(value, ensure_ascii=False)
        .replace("\u202e", "\\u202e")
        .replace("${", "$${")
    )


SPEC = f"""\
version: 1
provider: placeholder
targets: {{site: {{dir: site}}}}
defaults: {{model: gpt-image-2.6-flare, size: 1024x1024, quality: low}}
assets:
  cat:
    prompt: {text(EVIL)}
    n: 2
    moderation: low
    background: transparent
    outputs: [cat.png]
  hat:
    prompt: {text(EVIL)}
    inputs: [cat, {{file: {text(NASTY)}}}]
    mask: {{rect: [0, 0, "50%", "50%"]}}
    output_format: webp
    output_compression: 80
    moderation: low
    params: {{user: {text(EVIL)}}}
    outputs: [hat.png]
  wide:
    prompt: More of it
    inputs: [cat]
    extend: {{left: 64}}
    outputs: [wide.png]
  other:
    variations_of: cat
    outputs: [other.png]
  logo:
    file: {text(NASTY)}
    outputs: [logo.png]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a project with built placeholders; nobody changes it."""
    root = tmp_path_factory.mktemp("project")
    (root / "assets.yaml").write_text(SPEC)
    (root / "art").mkdir()
    Image.new("RGB", (1024, 1024), "teal").save(root / NASTY)
    code, _, err = call(root, "build", "-q")
    assert code == 0, err
    return root


@pytest.fixture(scope="module")
def fake():
    """Return a server that checks as strictly as the real one."""
    with FakeApi(key=KEY) as api:
        yield api


def call(root, *words, **environ):
    """Run assetgen in a folder; return code and streams."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(root):
        code = main.run(words, Console(environ, out, err))
    return code, out.getvalue(), err.getvalue()


def shown(root, fake, *words, **environ):
    """Return what `show` prints for a server."""
    environ = {"OPENAI_BASE_URL": fake.base_url, "OPENAI_API_KEY": KEY} | environ
    code, out, err = call(root, "show", *words, **environ)
    assert (code, err) == (0, ""), err
    assert "CANARY" not in out
    assert all(char.isprintable() or char == "\n" for char in out)
    return out


def replayed(root, fake, command):
    """Run a command in bash and return what the server received."""
    before = fake.posts
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": KEY, "HOME": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    answer = json.loads((root / "answer.json").read_text())
    (root / "answer.json").unlink()
    assert "data" in answer, answer
    assert fake.posts == before + 1
    return fake.requests[-1]


needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None,
    reason="runs the command as people do",
)


# --- as sent ----------------------------------------------------------------------


@needs_curl
def test_a_generation_arrives_as_the_spec_says_it(built, fake):
    """Every character of the prompt, numbers as numbers, nothing else."""
    received = replayed(built, fake, shown(built, fake, "cat", "--curl"))
    assert received.endpoint == "generations"
    assert received.fields == {
        "model": "gpt-image-2.6-flare",
        "prompt": EVIL,
        "n": 2,
        "size": "1024x1024",
        "quality": "low",
        "background": "transparent",
        "moderation": "low",
    }


@needs_curl
def test_an_edit_arrives_with_its_files_in_order(built, fake, tmp_path):
    """Names, types and bytes; whatever stands in prompt and path is only text."""
    folder = tmp_path / 'it\'s; "here"'
    command = shown(built, fake, "hat", "--curl", "--files", str(folder))
    received = replayed(built, fake, command)
    assert received.endpoint == "edits"
    assert received.prompt == EVIL
    assert received.fields["user"] == EVIL
    assert received.fields["moderation"] == "low"
    assert [(each.field, each.name, each.media_type) for each in received.files] == [
        ("image[]", "image-1.png", "image/png"),
        ("image[]", "image-2.png", "image/png"),
        ("mask", "mask.png", "image/png"),
    ]
    for each in received.files:
        assert (folder / each.name).read_bytes() == each.data
    assert received.mask_clear_box == (0, 0, 512, 512)


@needs_curl
@pytest.mark.parametrize("name", ["cat", "hat", "wide", "other"])
def test_the_provider_sends_the_same(built, fake, name, tmp_path):
    """Endpoint, fields, and files in order, byte for byte.

    The library sends fields in an order of its own, which means nothing.
    """
    command = shown(built, fake, name, "--curl", "--files", str(tmp_path))
    by_hand = replayed(built, fake, command)
    environ = {"OPENAI_BASE_URL": fake.base_url, "OPENAI_API_KEY": KEY}
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns("site"))
    # What it starts from stays a placeholder: an openai draw of it would differ.
    spec = copy / "assets.yaml"
    head, middle, tail = spec.read_text().partition(f"  {name}:\n")
    spec.write_text(head + middle + "    provider: openai\n" + tail)
    code, _, err = call(copy, "build", "-q", name, "--max-cost", "50", **environ)
    assert code == 0, err
    built_with = fake.requests[-1]
    assert built_with is not by_hand
    assert built_with.endpoint == by_hand.endpoint
    assert built_with.fields == by_hand.fields
    assert built_with.files == by_hand.files


@needs_curl
def test_pictures_are_named_where_they_lie(built, fake):
    """A draw in the store, a file in the project; what is made has no place yet."""
    command = shown(built, fake, "hat", "--curl")
    assert ".assetgen/store/cas/" in command
    assert "# mask.png: made for this request; --files DIR writes it" in command
    shutil.copy(built / NASTY, built / "mask.png")  # read before it is refused
    with pytest.raises(AssertionError, match="mask"):
        replayed(built, fake, command)
    (built / "mask.png").unlink()
    (built / "answer.json").unlink(missing_ok=True)
    cat, odd = fake.requests[-1].inputs
    assert odd.data == (built / NASTY).read_bytes()
    draws = json.loads(call(built, "show", "cat", "--format", "json")[1])["draws"]
    assert f"{draws[0]}" in command
    assert cat.media_type == "image/png"


@needs_curl
@pytest.mark.parametrize("name", ["wide", "other"])
def test_what_is_made_for_a_request_can_be_written(built, fake, name, tmp_path):
    """An extended picture with its mask; a variation is an edit with a prompt."""
    command = shown(built, fake, name, "--curl", "--files", str(tmp_path))
    received = replayed(built, fake, command)
    assert received.endpoint == "edits"
    assert [each.field for each in received.files][:1] == ["image"]
    if name == "wide":
        assert received.size == (1088, 1024)
        assert received.mask_clear_box == (0, 0, 64, 1024)


def test_a_server_with_the_old_endpoint_is_asked_there(built, fake, tmp_path):
    """If the user's settings say that it has it; without a key if it needs none."""
    config = tmp_path / "config.toml"
    config.write_text(
        "[servers.desk]\nbase_url = 'http://[::1]:8080/v1'\nkey_env = ''\n"
        "variations = true\nmodels = { 'gpt-image-2.6-flare' = 'flux' }\n"
    )
    environ = {"ASSETGEN_CONFIG": str(config), "ASSETGEN_SERVER": "desk"}
    command = shown(built, fake, "other", "--curl", **environ)
    assert "'http://[::1]:8080/v1/images/variations'" in command
    assert "--globoff" in command
    assert "model=flux" in command
    assert "Authorization" not in command
    assert json.loads(shown(built, fake, "cat", "--openapi", **environ)).keys() == {
        "openapi", "info", "servers", "paths"
    }  # fmt: skip


def test_the_account_is_named_by_its_variables(built, fake):
    """For OpenAI's own hosts."""
    command = shown(
        built, fake, "cat", "--curl", OPENAI_BASE_URL="", OPENAI_ORG_ID="org-1"
    )
    assert "https://api.openai.com/v1/images/generations" in command
    assert '-H "OpenAI-Organization: $OPENAI_ORG_ID"' in command
    assert "org-1" not in command


def test_before_its_inputs_are_drawn_a_request_is_shown_without_them(tmp_path, fake):
    """With the reason; --files needs them."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    (tmp_path / "art").mkdir()
    Image.new("RGB", (1024, 1024)).save(tmp_path / NASTY)
    command = shown(tmp_path, fake, "hat", "--curl")
    assert "# image-1.png: not there before cat is drawn" in command
    assert "size=1024x1024" in command  # as large as the first input will be
    code, _, err = call(tmp_path, "show", "hat", "--curl", "--files", "out")
    assert (code, "not there before cat is drawn" in err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_other_files_in_the_folder_are_left_alone(built, tmp_path):
    """The same bytes again are fine."""
    words = ("show", "hat", "--curl", "--files", str(tmp_path))
    assert call(built, *words)[0] == call(built, *words)[0] == 0
    (tmp_path / "mask.png").write_text("mine")
    code, _, err = call(built, *words)
    assert (code, "mask.png is there already" in err) == (2, True)
    assert (tmp_path / "mask.png").read_text() == "mine"


def test_what_is_not_drawn_has_no_request(built):
    """2, with what to do; --files alone has no meaning."""
    code, _, err = call(built, "show", "logo", "--curl")
    assert (code, "logo is not drawn" in err) == (2, True)
    assert call(built, "show", "cat", "--files", "x")[0] == 2


# --- for API clients --------------------------------------------------------------


def test_a_generation_as_a_document(built, fake):
    """One path, the server, a bearer key to fill in, and the body as it is sent."""
    document = json.loads(shown(built, fake, "cat", "--openapi"))
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": fake.base_url}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    operation = document["paths"]["/images/generations"]["post"]
    assert operation["security"] == [{"key": []}]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["example"]["prompt"] == EVIL
    assert content["schema"]["properties"]["n"] == {"type": "integer", "default": 2}
    assert_is_openapi(document)


def test_an_edit_as_a_document(built, fake, tmp_path):
    """A form: files by field with their types, and where they lie."""
    words = ("hat", "--openapi", "--files", str(tmp_path))
    document = json.loads(shown(built, fake, *words))
    body = document["paths"]["/images/edits"]["post"]["requestBody"]
    form = body["content"]["multipart/form-data"]
    properties = form["schema"]["properties"]
    assert properties["image[]"]["type"] == "array"
    assert properties["image[]"]["items"]["format"] == "binary"
    assert str(tmp_path / "image-1.png") in properties["image[]"]["description"]
    assert properties["mask"]["contentMediaType"] == "image/png"
    assert form["encoding"]["mask"] == {"contentType": "image/png"}
    assert form["example"]["prompt"] == properties["prompt"]["default"] == EVIL
    assert list(properties) == form["schema"]["required"]
    assert_is_openapi(document)


def assert_is_openapi(document):
    """Check what the specification of OpenAPI 3.1 asks for, as far as it is used here.

    Source: OpenAPI Specification 3.1.0, sections 4.8.1, 4.8.5, 4.8.10, 4.8.14, 4.8.15,
    4.8.16, 4.8.17 and 4.8.27.
    """
    known = {"openapi", "info", "servers", "paths", "components"}
    assert {"openapi", "info", "paths"} <= set(document) <= known
    assert {"title", "version"} <= set(document["info"])
    ((path, item),) = document["paths"].items()
    assert path.startswith("/")
    ((method, operation),) = item.items()
    assert method == "post"
    assert set(operation) <= {
        "operationId", "summary", "parameters", "requestBody", "responses", "security"
    }  # fmt: skip
    schemes = document.get("components", {}).get("securitySchemes", {})
    assert {name for each in operation["security"] for name in each} <= set(schemes)
    assert all(each["description"] for each in operation["responses"].values())
    for kind, media in operation["requestBody"]["content"].items():
        assert set(media) <= {"schema", "example", "encoding"}
        assert media["schema"]["type"] == "object"
        assert set(media.get("encoding", {})) <= set(media["schema"]["properties"])
        assert kind == "multipart/form-data" or "encoding" not in media


# --- from literals ----------------------------------------------------------------


def test_nested_values_and_lists_keep_their_forms():
    """As JSON they are nested, in a form their names are."""
    fields = (("model", "m"), ("svg", {"model": "v"}), ("tag", ["a", "b"]), ("x", True))
    replay = Replay(
        asset="a/b",
        base_url="https://a.example/v1",
        key_env="K",
        wire=Wire("edits", fields, (WireFile("image", "image-1.png", "image/png", 1),)),
        files=(ReplayFile(WireFile("image", "i.png", "image/png", 1), "i.png"),),
    )
    command = as_curl(replay)
    for word in ("'svg[model]=v'", "'tag[]=a'", "'tag[]=b'", "x=true"):
        assert f"--form-string {word}" in command
    assert "base64 --decode > a-b.png" in command
    document = json.loads(as_openapi(replay))
    form = document["paths"]["/images/edits"]["post"]["requestBody"]["content"]
    assert form["multipart/form-data"]["example"]["tag[]"] == ["a", "b"]


def test_no_line_is_a_command_to_a_build_server():
    """Which reads the log; other prompts of several lines stay readable."""
    for prompt, quoted in {
        "a\n::error::b": "$'",
        "a\n  ##[x": "$'",
        "a\nb": "'",
    }.items():
        wire = Wire("edits", (("prompt", prompt),))
        command = as_curl(
            Replay(asset="a", base_url="https://a.example", key_env="", wire=wire)
        )
        assert f"--form-string {quoted}prompt=a" in command
        assert ("\nb" in command) == (quoted == "'")
