"""What the doctor says of the user's settings, the server and the key."""

from __future__ import annotations

import contextlib
import io
import json
import re

import pytest

from assetgen.cli import main
from assetgen.cli.console import Console

KEY = "sk-CANARY-0123456789"
SERVERS = """\
server = "azure"

[servers.azure]
base_url = "https://azure.example/openai/v1"
key_env = "AZURE_KEY"

[servers.desk]
base_url = "http://10.0.0.5:8080/v1"
key_env = ""

[prices."gpt-image-2"]
text_in = 1
image_in = 1
image_out = 1
"""


@pytest.fixture
def doctor(tmp_path):
    """Return a function that gives the doctor's code and findings by name."""
    config = tmp_path / "config.toml"
    config.write_text(SERVERS)

    def call(*words, text=None, **environ):
        if text is not None:
            config.write_text(text)
        environ = {"ASSETGEN_CONFIG": str(config)} | environ
        out = io.StringIO()
        console = Console(environ, out, out)
        with contextlib.chdir(tmp_path):
            code = main.run(["doctor", "--format", "json", *words], console)
        assert "CANARY" not in out.getvalue()
        rows = json.loads(out.getvalue())["findings"]
        return code, {each["name"]: each for each in rows}

    return call


def test_the_server_its_host_and_its_keys_ending_are_told(doctor, tmp_path):
    """Where prompts go, and which variable gives the key."""
    code, found = doctor(AZURE_KEY=KEY, OPENAI_API_KEY="sk-other")
    assert code == 0
    assert found["config"]["detail"] == str(tmp_path / "config.toml")
    assert found["server"]["detail"].startswith("azure: azure.example (https://")
    assert found["key"]["detail"] == "AZURE_KEY is set, ends in 6789"
    assert re.match(
        r"table of [-\d]+, .* by default, 1 row ", found["models"]["detail"]
    )


def test_a_server_without_a_key_and_in_the_open(doctor):
    """A warning is no failure."""
    code, found = doctor("--server", "desk")
    assert code == 0
    assert found["server"]["status"] == "warning"
    assert "unencrypted" in found["server"]["hint"]
    assert "none is sent" in found["key"]["detail"]
    assert doctor()[1]["key"]["detail"] == "AZURE_KEY is not set"
    assert doctor(AZURE_KEY=f"{KEY} {KEY}")[1]["key"]["status"] == "warning"


def test_what_the_library_would_have_read_is_named(doctor):
    """Somebody set it, and wonders."""
    found = doctor(OPENAI_CUSTOM_HEADERS=f"X-Key: {KEY}")[1]["environment"]
    assert (found["status"], "not sent" in found["detail"]) == ("warning", True)


@pytest.mark.parametrize(
    ("name", "text", "environ", "words"),
    [
        ("config", "sever = 'x'", {}, "sever: unknown key"),
        ("config", "a = [", {}, "not valid TOML"),
        ("config", None, {"ASSETGEN_CONFIG": "gone.toml"}, "there is no file"),
        ("models", "[models.x]\nlike = 'y'", {}, 'models."x".like'),
        ("server", None, {"ASSETGEN_SERVER": "azur"}, "there is no server 'azur'"),
        ("server", "", {"OPENAI_BASE_URL": f"https://a:{KEY}@b"}, "must not hold"),
    ],
)
def test_what_would_keep_a_build_from_working_is_an_error(
    doctor, name, text, environ, words
):
    """1, as the doctor ends whenever something has to be mended."""
    code, found = doctor(text=text, **environ)
    assert code == 1
    assert found[name]["status"] == "error"
    assert words in found[name]["detail"]


def test_of_broken_settings_no_server_is_told(doctor):
    """Those that are there would be called unknown, and the key another one's."""
    _, found = doctor(text="sever = 'x'", ASSETGEN_SERVER="azure")
    assert found["server"]["status"] == "warning"
    assert "not looked at" in found["server"]["detail"]
    assert "key" not in found


def test_a_store_of_the_settings_is_looked_at(doctor, tmp_path):
    """ASSETGEN_STORE goes first."""
    found = doctor(text="store = 'ours'")[1]["store"]
    assert found["detail"].startswith(str(tmp_path / "ours"))
    found = doctor(ASSETGEN_STORE=str(tmp_path / "other"))[1]["store"]
    assert found["detail"].startswith(str(tmp_path / "other"))
