"""What goes out comes in elsewhere, whole; what is not sound does not come in at all."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest
from counting import CountingProvider
from shops import Shop

from assetgen import registry
from assetgen.digest import digest_of
from assetgen.report.store_text import size_text
from assetgen.requests import DrawRecord
from assetgen.store import draws_of


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges for every picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project with two paid pictures, built, and an older draw of one."""
    made = Shop(tmp_path / "project")
    made.spec(cat="An old cat", hat="A hat")
    made.build()
    made.spec(cat="A cat", hat="A hat")
    made.build()
    assert provider.total == 3
    return made


@pytest.fixture
def clone(tmp_path, shop):
    """Return a fresh clone: spec and lock, no store."""
    made = Shop(tmp_path / "clone")
    for name in ("assets.yaml", "assets.lock"):
        (made.root / name).write_bytes((shop.root / name).read_bytes())
    return made


def content(shop: Shop) -> dict[str, bytes]:
    """Return the store's blobs and records by path."""
    root = shop.store.root
    paths = [*root.glob("cas/*/*"), *root.glob("ac/*/*.json")]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", ["out.tar", "out"])
def test_a_clone_builds_every_byte_from_an_export(shop, clone, provider, name):
    """With lock and export, without a key, without a cent."""
    place = str(shop.root / name)
    said = shop.run("cache", "export", place)
    assert said.err.startswith("exported 2 blobs and 2 records, ")
    assert clone.run("build", "--locked").code == 7
    assert clone.run("cache", "import", place).code == 0
    clone.build("--locked")
    for path in ("site/cat.png", "site/hat.png"):
        assert (clone.root / path).read_bytes() == (shop.root / path).read_bytes()
    assert provider.total == 3
    assert clone.run("verify").code == 0


def test_an_exported_folder_is_a_store(shop, clone, provider):
    """The layout is the same, so it can be used as it is."""
    place = shop.root / "out"
    assert shop.run("cache", "export", str(place)).code == 0
    environ = {"ASSETGEN_STORE": str(place)}
    assert clone.run("build", "--locked", **environ).code == 0
    assert provider.total == 3


def test_all_means_older_draws_too(shop, clone):
    """The whole store comes out and goes in again, byte by byte."""
    place = str(shop.root / "all.tar")
    assert shop.run("cache", "export", "--all", place).code == 0
    assert clone.run("cache", "import", place).code == 0
    assert content(clone) == content(shop)


def test_the_same_content_gives_the_same_tar(shop, clone):
    """Whoever writes it, and whenever: no times, no owners, sorted names."""
    place = shop.root / "one.tar"
    shop.run("cache", "export", str(place))
    clone.run("cache", "import", str(place))
    for path in clone.store.root.rglob("*"):
        os.utime(path, (1, 1))
    clone.run("cache", "export", str(clone.root / "two.tar"))
    assert (clone.root / "two.tar").read_bytes() == place.read_bytes()


def test_what_is_missing_is_named_and_the_rest_goes_out(shop):
    """An export that lacks a pinned picture ends with 7."""
    pick = shop.lock["cat"].pick
    shop.store.path(pick).unlink()
    said = shop.run("cache", "export", str(shop.root / "out.tar"))
    assert said.code == 7
    assert pick in said.err
    assert "exported 1 blob and 2 records" in said.err


def test_a_crash_leaves_the_tar_that_was_there(shop, monkeypatch):
    """A half-written archive never takes the place of a whole one."""
    from assetgen import failpoints

    place = shop.root / "out.tar"
    place.write_bytes(b"before")
    points = failpoints.Failpoints("export.write=enospc@3")
    monkeypatch.setattr(failpoints, "_active", points)
    said = shop.run("cache", "export", str(place))
    assert said.code == 74
    assert place.read_bytes() == b"before"
    assert list(shop.root.glob(".assetgen-tmp-*")) == []


# --- what must not come in ----------------------------------------------------


def tar_of(*entries: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """Return a tar with these entries."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            tar.addfile(info, io.BytesIO(entry[1]))
    return data.getvalue()


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    """Return an entry that is a link or a device."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


GOOD = ("cas/" + digest_of(b"good")[:2] + "/" + digest_of(b"good"), b"good")
BAD_NAME = f"cas/ab/{'ab' * 32}"


@pytest.mark.parametrize(
    "entry",
    [
        ("../evil", b"x"),
        ("cas/../../evil", b"x"),
        ("/etc/evil", b"x"),
        ("cas/ab/short", b"x"),
        (f"cas/cd/{'ab' * 32}", b"x"),
        (f"cas/ab/{'AB' * 32}", b"x"),
        (f"ac/ab/{'ab' * 32}", b"x"),
        ("ledger.jsonl", b"x"),
        link(BAD_NAME, "/etc/passwd", tarfile.SYMTYPE),
        link(BAD_NAME, "version", tarfile.LNKTYPE),
        link(BAD_NAME, "", tarfile.FIFOTYPE),
        link("cas", "/tmp", tarfile.SYMTYPE),  # only a name
    ],
)
def test_names_and_links_that_no_export_has_are_refused(clone, entry):
    """Before anything came in, with the name; nothing is ever unpacked by name."""
    place = clone.root / "evil.tar"
    place.write_bytes(tar_of(GOOD, entry))
    said = clone.run("cache", "import", str(place))
    assert said.code == 6
    assert "nothing was imported" in said.err
    assert content(clone) == {}
    assert not (clone.root.parent / "evil").exists()


@pytest.mark.parametrize(
    "entry",
    [
        (BAD_NAME, b"other bytes"),
        (f"ac/ab/{'ab' * 32}.json", b"{"),
        (f"ac/ab/{'ab' * 32}.json", b'{"record": 1, "key": "cd"}'),
        (
            f"ac/ab/{'ab' * 32}.json",
            json.dumps(
                {
                    "record": 1,
                    "key": "ab" * 32,
                    "request": {"parts": [["prompt", "x"]]},
                    "draws": [],
                }
            ).encode(),
        ),
    ],
)
def test_bytes_that_do_not_fit_their_name_are_refused(clone, entry):
    """All hashes are looked at before the first blob comes in."""
    place = clone.root / "evil.tar"
    place.write_bytes(tar_of(GOOD, entry))
    assert clone.run("cache", "import", str(place)).code == 7
    assert content(clone) == {}


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 99, b"\x1f\x8b\x08garbage"])
def test_a_file_that_is_no_tar_is_told(clone, data):
    """Not a bug of ours, and nothing comes in."""
    place = clone.root / "x.tar"
    place.write_bytes(data)
    said = clone.run("cache", "import", str(place))
    assert said.code in (0, 7)
    assert content(clone) == {}


@pytest.mark.parametrize("size", [1500, 2048, 4096])
def test_a_torn_tar_brings_nothing(shop, clone, size):
    """Half a download is not half a store, wherever it was cut."""
    place = shop.root / "out.tar"
    shop.run("cache", "export", str(place))
    place.write_bytes(place.read_bytes()[:size])
    assert clone.run("cache", "import", str(place)).code == 7
    assert content(clone) == {}


def test_links_in_a_folder_are_not_followed(clone, tmp_path):
    """A folder from elsewhere is no more trusted than a tar."""
    place = tmp_path / "folder"
    (place / "cas/ab").mkdir(parents=True)
    (place / BAD_NAME).symlink_to("/etc/passwd")
    assert clone.run("cache", "import", str(place)).code == 6
    (place / BAD_NAME).unlink()
    (place / "cas/cd").symlink_to("/etc")
    assert clone.run("cache", "import", str(place)).code == 6


def test_what_is_known_is_added_to_and_never_replaced(shop, clone):
    """Draws keep their places: the lock and the spec count on them."""
    key = shop.lock["cat"].key
    (mine,) = draws_of(shop.store.record(key))
    digest = shop.store.put(b"another")
    other = DrawRecord(digest=digest, format="png", width=1, height=1, bytes=7)
    place = str(shop.root / "out.tar")
    shop.run("cache", "export", "--all", place)
    clone.run("cache", "import", place)
    clone.store.bank(key, {}, [other])
    clone.run("cache", "import", place)
    assert [d.digest for d in clone.store.draws(key)] == [mine.digest, digest]
    clone.run("cache", "export", "--all", place)
    shop.run("cache", "import", place)
    assert [d.digest for d in shop.store.draws(key)] == [mine.digest, digest]


# --- status and verify --------------------------------------------------------


def test_status_counts_by_kind(shop):
    """Pinned, paid, free, records: how many, and how large."""
    data = json.loads(shop.run("cache", "status", "--format", "json").out)
    counts = {name: each["files"] for name, each in data["kinds"].items()}
    assert (counts["pinned"], counts["paid"], counts["free"]) == (2, 1, 0)
    assert (counts["records"], counts["unnamed"], counts["quarantine"]) == (3, 0, 0)
    text = shop.run("cache", "status").out
    assert "paid, not pinned" in text
    assert "nothing in it is superfluous" in text


def test_damage_is_found_moved_away_and_gone_the_next_time(shop):
    """7 with and without --repair, then 0."""
    assert shop.run("cache", "verify").code == 0
    blob = shop.store.path(shop.lock["cat"].pick)
    blob.chmod(0o644)
    blob.write_bytes(b"x" + blob.read_bytes()[1:])
    key = shop.lock["hat"].key
    record = shop.store.root / "ac" / key[:2] / f"{key}.json"
    record.write_bytes(record.read_bytes()[:-30])
    for flags in ((), ("--repair",)):
        said = shop.run("cache", "verify", *flags)
        assert said.code == 7
        assert blob.name in said.out
        assert key in said.out
    assert shop.run("cache", "verify").code == 0
    aside = {path.name for path in (shop.store.root / "quarantine").iterdir()}
    assert aside == {blob.name, record.name}
    data = json.loads(shop.run("cache", "status", "--format", "json").out)
    assert data["kinds"]["quarantine"]["files"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("cache",),
        ("cache", "push"),
        ("cache", "gc", "somewhere"),
        ("cache", "export"),
        ("cache", "import", "nowhere.tar"),
        ("cache", "status", "--yes"),
        ("cache", "export", "x", "--repair"),
    ],
)
def test_other_words_are_wrong_usage(shop, words):
    """A flag of another action is an error, not a wish that is passed over."""
    assert shop.run(*words).code == 2


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_said_in_words(size, text):
    """Decimal units, one digit."""
    assert size_text(size) == text
