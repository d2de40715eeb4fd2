"""Assets and snapshots as literals, for tests of the pure core."""

from __future__ import annotations

from typing import Any

from assetgen.digest import Digest, Key, digest_of
from assetgen.model import Asset, AssetName, AssetRef, Drawn, FileSource, Output
from assetgen.plan import Catalogue, make_plan
from assetgen.providers.base import Price
from assetgen.requests import DrawRecord
from assetgen.snapshot import Derived, ProviderFacts, Record, Row, Snapshot
from assetgen.spans import Place
from assetgen.values import replace

FREE = ProviderFacts(
    name="free", version="1", deterministic=True, paid=False, local=True, labelled=False
)
PAID = ProviderFacts(
    name="paid",
    version="1",
    deterministic=False,
    paid=True,
    local=False,
    labelled=False,
)


def sha(text: str) -> Digest:
    """Return a digest that no other text has."""
    return digest_of(text.encode())


def out(path: str, **more: Any) -> Output:
    """Return a plain PNG output."""
    return Output(target="t", path=path, format="png", **more)


def asset(name: str, source: Any = None, *outputs: Output, **more: Any) -> Asset:
    """Return an asset; by default one that the paid provider draws."""
    return Asset(
        name=AssetName(name),
        place=Place("assets.yaml", ("assets", name)),
        source=source or drawn(name),
        outputs=outputs,
        **more,
    )


def drawn(prompt: str, *inputs: str, **more: Any) -> Drawn:
    """Return a request of the paid provider."""
    refs = tuple(AssetRef(AssetName(each)) for each in inputs)
    fields = {"provider": "paid", "operation": "edit" if refs else "generate"} | more
    return Drawn(prompt=prompt, inputs=refs, **fields)


def file(path: str) -> FileSource:
    """Return a picture of the repository."""
    return FileSource(path)


def catalogue(*assets: Asset, **needs: tuple[str, ...]) -> Catalogue:
    """Return assets in build order; `needs` names what each one needs."""
    names = tuple(each.name for each in assets)
    return Catalogue(
        order=names,
        needs={n: tuple(AssetName(x) for x in needs.get(n, ())) for n in names},
        assets={each.name: each for each in assets},
        fingerprints={each.name: f"print of {each!r}" for each in assets},
    )


def snapshot(**facts: Any) -> Snapshot:
    """Return a world with two providers and a cent a draw."""
    return Snapshot(
        providers={"free": FREE, "paid": PAID},
        estimate=lambda _, count, _sizes: Price(0.01 * count),
        **facts,
    )


def record(*names: str, **more: Any) -> Record:
    """Return a record with draws whose digests are those of `names`."""
    draws = tuple(
        DrawRecord(digest=sha(each), format="png", width=8, height=8, bytes=9)
        for each in names
    )
    return Record(draws=draws, **more)


def planned(cat: Catalogue, snap: Snapshot, *wanted: str) -> dict[str, Any]:
    """Return the plan by asset's name."""
    names = [AssetName(each) for each in wanted] or None
    plan, _ = make_plan(cat, snap, names)
    return {each.name: each for each in plan.assets}


def key_of(cat: Catalogue, name: str, snap: Snapshot | None = None) -> Key:
    """Return an asset's request key."""
    key = planned(cat, snap or snapshot())[name].key
    assert key is not None
    return Key(key)


def built(cat: Catalogue, snap: Snapshot) -> Snapshot:
    """Return the world after a build of everything, with all files in place.

    Draws have to be known in `snap`; what an output's bytes are follows from its key.
    """
    rows, outputs, derived = {}, dict(snap.outputs), dict(snap.derived)
    for name, each in planned(cat, snap).items():
        assert each.known is not None, f"{name} cannot be built: {each.reasons}"
        files = []
        for made in each.outputs:
            found = Derived(sha(f"bytes of {made.key}"), 9, 8, 8, stored=True)
            derived[made.key] = found
            path = made.template.replace("${hash}", found.sha256[:8])
            outputs[path] = found.sha256
            files.append((path, made.key, found))
        from assetgen.snapshot import OutputRow

        rows[AssetName(name)] = Row(
            fingerprint=cat.fingerprints[AssetName(name)],
            known=each.known,
            key=each.key,
            outputs=tuple(OutputRow(path=p, key=k, derived=d) for p, k, d in files),
        )
    owned = {path: {found} for path, found in outputs.items()}
    return replace(snap, rows=rows, outputs=outputs, derived=derived, owned=owned)
