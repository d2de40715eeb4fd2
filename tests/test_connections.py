"""Which server a run asks, with which key, and that the key never shows."""

from __future__ import annotations

import copy
import io
import json
import traceback
from pathlib import Path

import pytest

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.cli.main import _without_key
from assetgen.config import Config, parse_config
from assetgen.connections import connection, lifts_models, warnings_of
from assetgen.errors import CredentialsMissing, UsageError
from assetgen.providers.connection import OPENAI_URL, Connection, Secret
from assetgen.values import as_mapping, replace
from assetgen.world import Options, open_world

KEY = "sk-CANARY-0123456789abcd"
CONFIG = parse_config(
    b"""
server = "azure"

[servers.azure]
base_url = "https://azure.example/openai/v1/"
key_env = "AZURE_KEY"
jobs = 3
images_per_minute = 20
models = { "gpt-image-2.6-flare" = "pictures" }

[servers.desk]
base_url = "http://localhost:8080/v1"
key_env = ""
variations = true
""",
    Path("/nowhere/config.toml"),
)


@pytest.mark.parametrize(
    ("config", "server", "environ", "expected"),
    [
        (Config(), None, {}, "openai"),
        (CONFIG, None, {}, "azure"),
        (CONFIG, None, {"OPENAI_BASE_URL": "https://b.example/v1"}, "OPENAI_BASE_URL"),
        (CONFIG, None, {"OPENAI_BASE_URL": " "}, "azure"),
        (
            CONFIG,
            None,
            {"ASSETGEN_SERVER": "desk", "OPENAI_BASE_URL": "https://b.example"},
            "desk",
        ),
        (CONFIG, None, {"ASSETGEN_SERVER": ""}, "azure"),
        (CONFIG, "azure", {"ASSETGEN_SERVER": "desk"}, "azure"),
        (CONFIG, "openai", {"OPENAI_BASE_URL": "https://b.example"}, "openai"),
    ],
)
def test_the_first_that_says_something_decides(config, server, environ, expected):
    """Flag, ASSETGEN_SERVER, OPENAI_BASE_URL, config.toml, OpenAI."""
    assert connection(config, server, environ).server == expected


def test_a_named_server_brings_its_settings_and_its_own_key():
    """The key for OpenAI does not go there, nor what belongs to its account."""
    environ = {
        "OPENAI_API_KEY": "sk-other",
        "AZURE_KEY": f" {KEY}\n",
        "OPENAI_ORG_ID": "org",
        "OPENAI_PROJECT_ID": "project",
    }
    assert connection(CONFIG, None, environ) == Connection(
        server="azure",
        base_url="https://azure.example/openai/v1",
        key=Secret(KEY),
        key_env="AZURE_KEY",
        models={"gpt-image-2.6-flare": "pictures"},
        images_per_minute=20,
        jobs=3,
    )
    desk = connection(CONFIG, "desk", environ)
    assert (desk.key, desk.key_env, desk.variations) == (None, "", True)


def test_openai_gets_the_account_that_the_environment_names():
    """As the openai library does it, but to no other host."""
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "p"}
    own = connection(Config(), None, environ)
    assert own == Connection(key=Secret(KEY), organization="org", project="p")
    assert own.base_url == OPENAI_URL
    other = environ | {"OPENAI_BASE_URL": "https://b.example/v1/"}
    assert connection(Config(), None, other) == Connection(
        server="OPENAI_BASE_URL", base_url="https://b.example/v1", key=Secret(KEY)
    )
    region = environ | {"OPENAI_BASE_URL": "https://eu.api.openai.com/v1"}
    assert connection(Config(), None, region).organization == "org"


@pytest.mark.parametrize(
    ("server", "environ", "message", "hint"),
    [
        ("azur", {}, "--server: there is no server 'azur'", "did you mean `azure`?"),
        ("", {}, "--server: there is no server ''", "azure, desk, openai"),
        (None, {"ASSETGEN_SERVER": "x"}, "ASSETGEN_SERVER: there is no", "azure"),
        (None, {"OPENAI_BASE_URL": "b.example"}, "OPENAI_BASE_URL: expected", "https"),
    ],
)
def test_a_server_that_is_not_there_is_wrong_usage(server, environ, message, hint):
    """With the nearest name; exit code 2."""
    with pytest.raises(UsageError) as caught:
        connection(CONFIG, server, environ)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_password_in_the_address_is_refused_and_not_shown():
    """It would go to logs and into what `show --curl` prints."""
    with pytest.raises(UsageError, match="must not hold") as caught:
        connection(Config(), None, {"OPENAI_BASE_URL": f"https://me:{KEY}@b.example"})
    assert "CANARY" not in f"{caught.value} {caught.value.hint}"


def test_other_hosts_may_have_models_that_ended():
    """OpenAI's own have not, wherever the address stands, unless the user says so."""
    for url in (
        OPENAI_URL,
        "https://eu.api.openai.com/v1",
        "https://API.OPENAI.COM./v1",
    ):
        assert not lifts_models(Connection(base_url=url), "gpt-image-1")
    for url in ("https://b.example/v1", "https://api.openai.com.example/v1"):
        assert lifts_models(Connection(base_url=url), "gpt-image-1")
    told = Connection(models={"gpt-image-1": "gpt-image-1"})
    assert lifts_models(told, "gpt-image-1")
    assert not lifts_models(told, None)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://b.example/v1", False),
        ("http://b.example/v1", True),
        ("http://10.0.0.5:8080/v1", True),
        ("http://localhost.example/v1", True),
        ("http://localhost:8080/v1", False),
        ("http://api.localhost/v1", False),
        ("http://127.3.2.1/v1", False),
        ("http://[::1]:80/v1", False),
    ],
)
def test_prompts_and_key_in_the_open_are_warned_of(url, warned):
    """Unless they stay on this machine."""
    assert bool(warnings_of(Connection(base_url=url))) is warned


@pytest.mark.parametrize(
    ("provider", "warned"), [("openai", True), ("placeholder", False)]
)
def test_a_plan_warns_of_it_if_it_would_ask_there(tmp_path, provider, warned):
    """Once, and not where nothing would be sent."""
    (tmp_path / "assets.yaml").write_text(
        f"version: 1\nprovider: {provider}\nassets:\n  a: {{prompt: a cat}}\n"
    )
    out, err = io.StringIO(), io.StringIO()
    environ = {"OPENAI_BASE_URL": "http://b.example/v1"}
    words = ["plan", "--file", str(tmp_path / "assets.yaml")]
    assert main.run(words, Console(environ, out, err)) == 0
    assert err.getvalue().count("unencrypted") == warned


def test_without_a_key_both_ways_out_are_named():
    """The variable, and the provider that needs none."""
    with pytest.raises(CredentialsMissing) as caught:
        connection(CONFIG, "azure", {"OPENAI_API_KEY": KEY}).require_key()
    assert "AZURE_KEY is not set" in caught.value.message
    assert "azure.example" in caught.value.message
    assert "--provider placeholder" in caught.value.hint
    connection(CONFIG, "desk", {}).require_key()


@pytest.mark.parametrize("key", ["a b", "a\nb", "sk-\u00fc", "Bearer sk-1", "a\x00"])
def test_what_no_header_can_hold_is_told_before_a_library_shows_it(key):
    """Pasted too much: no request is made, and the text is not repeated."""
    with pytest.raises(CredentialsMissing) as caught:
        Connection(key=Secret(key)).require_key()
    assert key not in f"{caught.value.message} {caught.value.hint}"


# --- the key never shows ----------------------------------------------------------


def holders(tmp_path: Path):
    """Return every value that holds the connection."""
    (tmp_path / "assets.yaml").write_text("version: 1\nassets: {}\n")
    made = connection(Config(), None, {"OPENAI_API_KEY": KEY})
    options = Options(root=tmp_path, connection=made)
    return made.key, made, options, open_world(options)


def test_no_way_of_showing_a_value_shows_the_key(tmp_path):
    """What a log, a message or a debugger would print."""
    for value in holders(tmp_path):
        shown = [repr(value), str(value), f"{value}", f"{value!r:>10}"]
        shown.append(json.dumps({"value": value}, default=str))
        shown.append(json.dumps({"value": value}, default=repr))
        assert not any("CANARY" in text for text in shown)
        assert not any(KEY[:-4] in text for text in shown)
    shown = json.dumps(as_mapping(replace(holders(tmp_path)[1], jobs=2)), default=str)
    assert "CANARY" not in shown
    assert "abcd" in shown


def test_a_traceback_does_not_show_the_key(tmp_path):
    """Not even one that prints the values of all variables."""

    def fail(key, made, options, world):
        raise RuntimeError(key, made, options, world)

    with pytest.raises(RuntimeError) as caught:
        fail(*holders(tmp_path))
    told = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    )
    assert "Secret(...abcd)" in "".join(told.format())
    assert "CANARY" not in "".join(told.format())


def test_a_key_cannot_be_written_to_a_file_by_accident():
    """Nothing that turns objects into bytes takes it (copies use the same way)."""
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        copy.copy(Secret(KEY))


def test_a_short_key_shows_nothing_of_itself():
    """Four characters of eight would be half of it."""
    assert repr(Secret("sk-12345")) == "Secret(...)"


def test_a_bug_report_hides_the_keys_of_all_servers(tmp_path):
    """Also those that only config.toml knows of, and even if it is broken."""
    config = tmp_path / "config.toml"
    config.write_text("[servers.a]\nbase_url = 'https://a.example'\nkey_env = 'MY_K'\n")
    environ = {"OPENAI_API_KEY": "sk-one", "MY_K": KEY, "ASSETGEN_CONFIG": str(config)}
    console = Console(environ, io.StringIO(), io.StringIO())
    assert _without_key(f"x sk-one y {KEY} z", console) == "x [key] y [key] z"
    config.write_text("=")
    assert _without_key("x sk-one", console) == "x [key]"
