"""The user's config.toml: what it may say, and how a slip is told."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from assetgen import config as config_module
from assetgen.config import BudgetCaps, Server, config_path, parse_config, read_config
from assetgen.errors import UsageError

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "schemas" / "config.schema.json").read_text())
HERE = Path("/nowhere/config.toml")
NAMED = '[servers.a]\nbase_url = "https://a.example/v1"\n'
CANARY = "sk-CANARY-0123456789"


def example() -> str:
    """Return the file that the reference shows."""
    text = (ROOT / "docs" / "reference" / "config.md").read_text()
    return text.partition("```toml\n")[2].partition("```")[0]


def parsed(text: str):
    """Return what a file of this text says."""
    return parse_config(text.encode(), HERE)


def fits_schema(text: str) -> bool:
    """Return whether the schema for editors takes it; dates are texts to it."""
    data = json.loads(json.dumps(tomllib.loads(text), default=str))
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


def test_the_example_of_the_reference_is_read_as_it_says():
    """Every key of the file, with its meaning."""
    config = parsed(example())
    assert fits_schema(example())
    assert config.server == "azure"
    assert config.store == Path("~/.cache/assetgen-store").expanduser()
    assert config.providers == ("pixels",)
    assert config.budget == BudgetCaps(build_usd=20, watch_usd=2)
    assert config.servers["azure"] == Server(
        base_url="https://example.openai.azure.com/openai/v1",
        key_env="AZURE_API_KEY",
        images_per_minute=20,
        models={"gpt-image-2.6-flare": "pictures"},
    )
    assert config.servers["desk"] == Server(
        base_url="http://127.0.0.1:8080/v1",
        key_env="",
        jobs=1,
        models={"gpt-image-1": "gpt-image-1"},
        variations=True,
    )
    assert config.servers["openai"] == Server(images_per_minute=50)
    table = config.model_table()
    assert str(table.get("house-model").shutdown) == "2027-03-01"
    assert table.get("gpt-image-2.6-flare").prices.as_of == "2026-12-01"


def test_an_empty_file_says_nothing():
    """It is as if there were none, but for its path."""
    config = parsed("# nothing\n")
    assert config.path == HERE
    assert (config.servers, config.store, config.server) == ({}, None, "")


def test_a_relative_store_lies_beside_the_file():
    """Where assetgen was started does not matter."""
    assert parsed('store = "store"').store == Path("/nowhere/store")


def test_all_keys_are_described_for_editors():
    """The schema and the reader know the same keys."""
    assert set(SCHEMA["properties"]) == set(config_module.TOP_KEYS)
    budget = SCHEMA["properties"]["budget"]["properties"]
    assert set(budget) == set(config_module.BUDGET_KEYS)
    server = SCHEMA["$defs"]["fields"]["properties"]
    assert set(server) == set(config_module.SERVER_KEYS)
    for table in (SCHEMA["properties"], budget, server):
        assert all(each["description"] for each in table.values())


WRONG = {
    'sever = "azure"': ("sever: unknown key", "did you mean `server`?"),
    'server = "azur"\n[servers.azure]\nbase_url="https://a.example"\nkey_env=""': (
        "server: there is no table [servers.azur]",
        "did you mean `azure`?",
    ),
    "server = 3": ("server: expected text in quotes", None),
    'providers = "pixels"': ("providers: expected a list of names in quotes", None),
    "budget = 3": ("budget: expected a table: [budget]", None),
    "[budget]\nbuild_usd = -1": ("budget.build_usd: expected a number of 0 or", None),
    "[budget]\nbuild_usd = true": ("budget.build_usd: expected a number", None),
    "[budget]\nbuild_usd = inf": ("budget.build_usd: expected a number of 0", None),
    "[budget]\nbuild_usd = nan": ("budget.build_usd: expected a number of 0", None),
    "[budget]\nbuild = 1": ("budget.build: unknown key", "did you mean `build_usd`?"),
    '[servers]\nazure = "x"': ("servers.azure: expected a table", None),
    "[servers.azure]\nkey_env = 'A'": (
        "servers.azure.base_url: is missing",
        "https://",
    ),
    '[servers."a b"]\nbase_url = "https://a.example"': (
        'servers."a b": a server',
        None,
    ),
    NAMED: ("servers.a.key_env: is missing", 'write key_env = ""'),
    NAMED + "key_env = ''\njobs = 0": ("servers.a.jobs: expected a whole number", None),
    NAMED + "key_env = ''\njobs = 2.5": ("servers.a.jobs: expected a whole num", None),
    NAMED + "key_env = ''\nimages_per_minute = 0": (
        "servers.a.images_per_minute: expected a number above 0",
        None,
    ),
    NAMED + "key_env = ''\nvariations = 1": (
        "variations: expected true or false",
        None,
    ),
    NAMED + "key_env = ''\nmodels = {a = 1}": (
        "models: expected a list of names",
        None,
    ),
    NAMED + "key_env = ''\nmodels = 'a'": ("models: expected a list of names", None),
    NAMED + f"key_env = '{CANARY}'": ("key_env: expected the name of a variable", "AZ"),
    NAMED + "key_env = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'": ("servers.a.key_env", "AZ"),
    NAMED + f"api_key = '{CANARY}'": (
        "servers.a.api_key: keys and passwords",
        "key_env",
    ),
    f"token = '{CANARY}'": ("token: keys and passwords", "key_env"),
    **{
        f"[servers.a]\nkey_env = ''\nbase_url = '{url}'": (
            f"servers.a.base_url: {message}",
            None,
        )
        for url, message in {
            f"https://me:{CANARY}@a.example/v1": "an address must not hold a name",
            "https://a.example/v1?api-version=1": "an address ends with its path",
            "https://a.example/v1#x": "an address ends with its path",
            "ftp://a.example/v1": "expected an address that begins with https://",
            "a.example/v1": "expected an address that begins with https://",
            "https://": "expected an address that begins with https://",
            "https://a.example:99999": "expected an address such as",
            "https://a b.example": "an address is written in plain ASCII",
            "https://bücher.example": "an address is written in plain ASCII",
        }.items()
    },
}


@pytest.mark.parametrize("text", WRONG)
def test_a_slip_is_told_with_file_key_and_advice(text):
    """Exit code 2; what stands in the place of a key is never repeated."""
    message, hint = WRONG[text]
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert caught.value.message.startswith("/nowhere/config.toml: ")
    assert message in caught.value.message
    assert hint is None or hint in caught.value.hint
    told = f"{caught.value.message} {caught.value.hint}"
    assert "CANARY" not in told
    assert "a1b2c3" not in told


@pytest.mark.parametrize("text", WRONG)
def test_editors_show_the_same_slips(text):
    """What is refused here is marked there, but for what no schema can say."""
    beyond = (
        "there is no table" in WRONG[text][0]
        or "https://a.example:99999" in text
        or "bücher" in text
        or "build_usd = nan" in text
    )
    assert fits_schema(text) is beyond


def test_a_file_that_is_no_toml_is_told_with_its_line():
    """And without the line's words: it may hold a key that somebody pasted."""
    with pytest.raises(
        UsageError, match=r"config\.toml:2:\d+: not valid TOML"
    ) as error:
        parsed(f"server = 'a'\nkey = {CANARY}\n")
    assert "CANARY" not in str(error.value)
    for data in (
        b"\xff",
        b"a = 1\na = 2",
        b"x = " + b"[" * 100_000,
        b"x = " + b"9" * 9999,
    ):
        with pytest.raises(UsageError):
            parse_config(data, HERE)
    with pytest.raises(UsageError, match="larger"):
        parse_config(b"#" * 1_000_001, HERE)


def test_a_slip_in_the_model_table_names_the_file():
    """The rows are read when the table is first needed."""
    config = parsed("[models.x]\nlike = 'gpt-image-9'\n")
    with pytest.raises(UsageError, match=r'config\.toml: models\."x"\.like'):
        config.model_table()


def test_the_file_that_a_variable_names_must_be_there(tmp_path):
    """The default one need not."""
    path = tmp_path / "mine.toml"
    with pytest.raises(UsageError, match=r"mine\.toml, which ASSETGEN_CONFIG names"):
        read_config({"ASSETGEN_CONFIG": str(path)})
    path.write_text("[budget]\nbuild_usd = 7\n")
    assert read_config({"ASSETGEN_CONFIG": str(path)}).budget.build_usd == 7


def test_the_default_file_lies_in_the_users_folder_for_settings(tmp_path, monkeypatch):
    """And is empty where there is none."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    assert config_path({}) == (tmp_path / "config.toml", False)
    assert read_config({}).path is None
    (tmp_path / "config.toml").write_text("")
    assert read_config({}).path == tmp_path / "config.toml"
