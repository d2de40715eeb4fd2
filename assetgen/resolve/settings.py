"""Read what holds for every asset: the top level of the spec and its included files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.companions.names import TYPED_FILES, fixed_names
from assetgen.digest import fingerprint
from assetgen.errors import ExitCode, Problem
from assetgen.model import Target
from assetgen.naming import did_you_mean
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.matrix import report_reserved
from assetgen.resolve.parameters import Parameters, read_parameters, settle
from assetgen.resolve.paths import (
    guarded,
    guarded_folder,
    normal_path,
    split_suffix,
)
from assetgen.resolve.templates import OUTPUT_NAMES
from assetgen.resolve.values import read_number
from assetgen.spans import Place
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json

DEFAULT_PROVIDER: Final = "openai"
DEFAULT_MANIFEST: Final = "assetgen.manifest.json"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_MAX_USD: Final = 1_000_000


class Options(Value):
    """What the command line says about every request; it is heard first."""

    profile: str | None = None
    provider: str | None = None


class Budget(Value):
    """Caps in US dollars that the spec asks for; None where it does not.

    They only ever lower the caps of flags, environment and user config.
    """

    build_usd: float | None = None
    watch_usd: float | None = None


class Preset(Value):
    """A user's preset: raw outputs, and where its list stands."""

    outputs: list[Json]
    place: Place


class Settings(Value, kw_only=True):
    """What holds for every asset; with a raw entry it decides that entry's assets.

    Attributes:
        provider: Of the spec's top level, or `DEFAULT_PROVIDER`.
        strong_provider: Named by a flag or the profile, so that assets cannot choose.
        defaults: Request parameters for every request; see `read_parameters`.
        overrides: Request parameters that the profile sets over every request.
        variables: The spec's `vars`, merged from all files.
        targets: By name, in spec order; never empty.
        presets: The spec's `presets`, merged from all files.
        profile: Name of the profile in use.
        cache: URL of the shared store.
        request: The parameters of an asset that says nothing itself.
        sole_target: The one target, where there is only one.
    """

    project: str
    provider: str
    strong_provider: str | None
    defaults: Mapping[str, Json]
    overrides: Mapping[str, Json]
    variables: Mapping[str, Json]
    targets: Mapping[str, Target]
    presets: Mapping[str, Preset]
    profile: str | None
    budget: Budget
    cache: str | None
    request: Parameters
    sole_target: Target | None


def settings_key(settings: Settings) -> str:
    """Return a hash of all that can change what `resolve_entry` makes of an entry."""
    parts: list[object] = [
        settings.provider,
        settings.strong_provider,
        dict(settings.defaults),
        dict(settings.overrides),
        dict(settings.variables),
        [
            [each.name, each.dir, each.manifest, each.engine, each.types]
            for each in settings.targets.values()
        ],
        [
            [name, preset.outputs, preset.place.file]
            for name, preset in sorted(settings.presets.items())
        ],
    ]
    return fingerprint(parts)


def manifest_path(target: Target) -> str:
    """Return where a target's manifest stands, relative to the project root."""
    return target.manifest if target.dir == "." else f"{target.dir}/{target.manifest}"


def own_paths(target: Target) -> tuple[str, ...]:
    """Return the files that a target has whatever its assets are, from the root."""
    fixed = fixed_names(target.engine, target.types, snippets=target.snippets)
    base = "" if target.dir == "." else f"{target.dir}/"
    return (manifest_path(target), *(base + name for name in fixed))


def provider_of(settings: Settings, own: Mapping[str, Json]) -> str:
    """Return the provider of a request: flag, profile, asset, defaults, spec."""
    for voice in (
        settings.strong_provider,
        own.get("provider"),
        settings.defaults.get("provider"),
    ):
        if isinstance(voice, str):
            return voice
    return settings.provider


def read_settings(
    main_file: str, files: Mapping[str, Json], options: Options
) -> tuple[Settings, list[Problem]]:
    """Return the settings of a spec, and what is wrong with them.

    Args:
        main_file: The spec's own file, as `files` names it.
        files: Whole values of the spec and of all included files; the spec first.
            Included files contribute `vars` and `presets`.
        options: What the command line says.
    """
    found = Findings()
    raw = files.get(main_file)
    top: Mapping[str, Json] = raw if isinstance(raw, dict) else {}
    place = Place(main_file)
    defaults = read_parameters(
        _map(top, "defaults", place, found), place.at("defaults"), found
    )
    profile_provider, overrides = _read_profile(options.profile, top, place, found)
    provider = _text(top, "provider", place, found) or DEFAULT_PROVIDER
    strong = options.provider or profile_provider
    targets = _read_targets(top, place, found)
    weak = defaults.get("provider")
    settled = strong or (weak if isinstance(weak, str) else provider)
    settings = Settings(
        project=_text(top, "project", place, found) or "",
        provider=provider,
        strong_provider=strong,
        defaults=defaults,
        overrides=overrides,
        variables=_read_variables(files, found),
        targets=targets,
        presets=_read_presets(files, found),
        profile=options.profile,
        budget=_read_budget(top, place, found),
        cache=_text(_map(top, "cache", place, found), "remote", place, found),
        request=settle(settled, defaults, {}, overrides),
        sole_target=next(iter(targets.values())) if len(targets) == 1 else None,
    )
    return settings, found.problems


def _map(
    raw: Mapping[str, Json], key: str, place: Place, found: Findings
) -> Mapping[str, Json]:
    value = raw.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    found.wrong_type("a map", value, place.at(key))
    return {}


def _text(
    raw: Mapping[str, Json], key: str, place: Place, found: Findings
) -> str | None:
    value = raw.get(key)
    if value is None or isinstance(value, str):
        return value
    found.wrong_type("text", value, place.at(key))
    return None


def _read_profile(
    name: str | None, top: Mapping[str, Json], place: Place, found: Findings
) -> tuple[str | None, dict[str, Json]]:
    """Return the provider and the parameters of the profile in use."""
    profiles = _map(top, "profiles", place, found)
    if name is None:
        return None, {}
    if name not in profiles:
        known = ", ".join(profiles) or "none"
        found.error(
            "unknown-profile",
            f"the spec has no profile {quoted(name)}",
            None,  # the command line is to blame
            hint=did_you_mean(name, profiles) or f"profiles of the spec: {known}",
            exit_code=ExitCode.USAGE,
        )
        return None, {}
    at = place.at("profiles", name)
    profile = _map(profiles, name, place.at("profiles"), found)
    changes = read_parameters(_map(profile, "set", at, found), at.at("set"), found)
    set_provider = changes.pop("provider", None)
    provider = _text(profile, "provider", at, found)
    if provider is None and isinstance(set_provider, str):
        provider = set_provider
    return provider, changes


def _read_variables(files: Mapping[str, Json], found: Findings) -> dict[str, Json]:
    variables: dict[str, Json] = {}
    places: dict[str, Place] = {}
    for file, raw in files.items():
        place = Place(file)
        for name, value in _map(
            raw if isinstance(raw, dict) else {}, "vars", place, found
        ).items():
            at = place.key("vars", name)
            if name in places:
                _report_twice("variable", name, at, places[name], found)
                continue
            places[name] = at
            check_variable(name, at, found)
            variables[name] = value
    return variables


def check_variable(name: str, place: Place, found: Findings) -> None:
    """Report a variable whose name no template could speak of, or mistake."""
    if _VARIABLE.fullmatch(name) is None:
        found.error(
            "bad-name",
            f"{quoted(name)} cannot name a variable",
            place,
            hint="letters, digits, `_` and `-`; a letter first",
        )
    elif name in OUTPUT_NAMES:
        report_reserved(name, place, found)


def _read_presets(files: Mapping[str, Json], found: Findings) -> dict[str, Preset]:
    presets: dict[str, Preset] = {}
    for file, raw in files.items():
        place = Place(file)
        for name, outputs in _map(
            raw if isinstance(raw, dict) else {}, "presets", place, found
        ).items():
            at = place.at("presets", name)
            if not isinstance(outputs, list):
                found.wrong_type("a list of outputs", outputs, at)
            elif name in presets:
                _report_twice("preset", name, at, presets[name].place, found)
            else:
                presets[name] = Preset(outputs, at)
    return presets


def _report_twice(
    kind: str, name: str, place: Place, first: Place, found: Findings
) -> None:
    found.error(
        f"duplicate-{kind}",
        f"the {kind} {quoted(name)} is declared in {first.file} as well",
        place,
        related=((first, "declared here first"),),
    )


def _read_budget(top: Mapping[str, Json], place: Place, found: Findings) -> Budget:
    raw = _map(top, "budget", place, found)
    at = place.at("budget")
    caps = {
        key: read_number(raw[key], 0, _MAX_USD, at.at(key), found)
        for key in ("build_usd", "watch_usd")
        if key in raw
    }
    return Budget(caps.get("build_usd"), caps.get("watch_usd"))


def _read_targets(
    top: Mapping[str, Json], place: Place, found: Findings
) -> dict[str, Target]:
    targets: dict[str, Target] = {}
    owners: dict[str, Target] = {}
    for name, raw in _map(top, "targets", place, found).items():
        at = place.at("targets", name)
        if not isinstance(raw, dict):
            found.wrong_type("a target as a map", raw, at)
            continue
        target = _read_target(name, raw, at, found)
        targets[name] = target
        for path in own_paths(target):
            other = owners.setdefault(path.casefold(), target)
            if other is not target and other.place is not None:
                _report_shared(path, target, other, at, found)
                break
    return targets or {"assets": Target(name="assets", dir="assets")}


def _report_shared(
    path: str, target: Target, other: Target, place: Place, found: Findings
) -> None:
    assert other.place is not None
    what = "the same manifest" if path == manifest_path(target) else quoted(path)
    found.error(
        "output-twice",
        f"the targets `{other.name}` and `{target.name}` write {what}",
        place,
        hint="give one of them another `dir` or another `manifest`",
        related=((other.place, "the other target"),),
    )


def _read_target(
    name: str, raw: Mapping[str, Json], place: Place, found: Findings
) -> Target:
    folder = normal_path(raw.get("dir", "assets"), place.at("dir"), folder=True)
    refused = (
        folder
        if isinstance(folder, Problem)
        else guarded_folder(folder, place.at("dir"))
    )
    if refused is not None:
        found.problems.append(refused)
        folder = "assets"
    engine = _text(raw, "engine", place, found)
    types = _text(raw, "types", place, found)
    if types not in TYPED_FILES:  # the schema says so; no names are made meanwhile
        types = None
    return Target(
        name=name,
        dir=str(folder),
        manifest=_read_manifest(raw, place.at("manifest"), found),
        engine=engine,
        snippets=raw.get("snippets") is True,
        types=types,
        place=place,
    )


def _read_manifest(raw: Mapping[str, Json], place: Place, found: Findings) -> str:
    path = normal_path(raw.get("manifest", DEFAULT_MANIFEST), place)
    if isinstance(path, Problem):
        found.problems.append(path)
        return DEFAULT_MANIFEST
    refused = guarded(path, place, data=True)
    if refused is not None:
        found.problems.append(refused)
    elif split_suffix(path)[1] != "json":
        found.error("bad-path", "a manifest ends in `.json`", place)
    else:
        return path
    return DEFAULT_MANIFEST
