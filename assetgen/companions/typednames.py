"""The assets of a target as constants of a programming language; pure.

Paths are relative to the file's own folder. Every text is written in ASCII with escapes,
so nothing in it can end a string or turn the direction of what is read.

* TypeScript   a constant object for each asset, and `assets` with all of them by name
* Python       a named tuple for each asset, and `ASSETS`
* GDScript     a constant dictionary for each asset, and `ALL`
* C#           a static class for each asset, in the class `Assets`
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.companions.identifiers import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.companions.facts import AssetFact, FileFact

_HEAD: Final = "Made by assetgen from the spec; it is written anew by every build."


def typed_names(language: str, assets: Sequence[AssetFact]) -> str:
    """Return the file of constants.

    Args:
        language: ``ts``, ``csharp``, ``python`` or ``gdscript``.
        assets: No two of them become one identifier.
    """
    named = {identifier(language, each.name): each for each in assets if each.files}
    return _WRITERS[language](named)


def _main(asset: AssetFact) -> FileFact:
    """Return the file that stands for the asset: its first picture.

    Of a series of widths the largest does, in the form that everything reads.
    """
    series = [each for each in asset.pictures if each.preset == "responsive"]
    plain = [each for each in series if each.format in ("jpg", "png", "gif")]
    if series:
        return max(plain or series, key=lambda each: each.width or 0)
    return next(iter(asset.pictures), asset.files[0])


def _text(text: str) -> str:
    """Return text as JSON, JavaScript, C# and GDScript all write it, in ASCII."""
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


# --- TypeScript ---------------------------------------------------------------


def _typescript(named: Mapping[str, AssetFact]) -> str:
    lines = [
        f"// {_HEAD}",
        "",
        "export interface AssetFile {",
        "  readonly path: string;",
        "  readonly width: number;",
        "  readonly height: number;",
        "  readonly format: string;",
        "}",
        "",
        "export interface Asset extends AssetFile {",
        "  readonly name: string;",
        "  readonly alt: string;",
        "  readonly files: readonly AssetFile[];",
        "}",
    ]
    for name, asset in named.items():
        lines += [
            "",
            f"export const {name} = {{",
            f"  name: {_text(asset.name)},",
            f"  alt: {_text(asset.alt or '')},",
            f"  {_members(_main(asset))},",
            "  files: [",
            *(f"    {{ {_members(each)} }}," for each in asset.files),
            "  ],",
            "} as const satisfies Asset;",
        ]
    lines += ["", "export const assets = {"]
    lines += [f"  {_text(asset.name)}: {name}," for name, asset in named.items()]
    lines += ["} as const;", "", "export type AssetName = keyof typeof assets;", ""]
    return "\n".join(lines)


def _members(file: FileFact) -> str:
    return (
        f"path: {_text(file.path)}, width: {file.width or 0}, "
        f"height: {file.height or 0}, format: {_text(file.format)}"
    )


# --- Python -------------------------------------------------------------------


def _python(named: Mapping[str, AssetFact]) -> str:
    lines = [
        f'"""{_HEAD}"""',
        "",
        "from typing import Final, NamedTuple",
        "",
        "",
        "class AssetFile(NamedTuple):",
        "    path: str",
        "    width: int",
        "    height: int",
        "    format: str",
        "",
        "",
        "class Asset(NamedTuple):",
        "    name: str",
        "    alt: str",
        "    path: str",
        "    width: int",
        "    height: int",
        "    files: tuple[AssetFile, ...]",
        "",
        "",
    ]
    for name, asset in named.items():
        main = _main(asset)
        lines += [
            f"{name}: Final = Asset(",
            f"    name={asset.name!a},",
            f"    alt={asset.alt or ''!a},",
            f"    path={main.path!a},",
            f"    width={main.width or 0},",
            f"    height={main.height or 0},",
            "    files=(",
            *(f"        {_python_file(each)}," for each in asset.files),
            "    ),",
            ")",
        ]
    lines.append("ASSETS: Final[dict[str, Asset]] = {")
    lines += [f"    {asset.name!a}: {name}," for name, asset in named.items()]
    return "\n".join([*lines, "}", ""])


def _python_file(file: FileFact) -> str:
    sides = f"{file.width or 0}, {file.height or 0}"
    return f"AssetFile({file.path!a}, {sides}, {file.format!a})"


# --- GDScript -----------------------------------------------------------------


def _gdscript(named: Mapping[str, AssetFact]) -> str:
    lines = [f"# {_HEAD}", "extends RefCounted", ""]
    for name, asset in named.items():
        main = _main(asset)
        lines += [
            f"const {name} := {{",
            f'\t"name": {_text(asset.name)},',
            f'\t"alt": {_text(asset.alt or "")},',
            f"\t{_gdscript_file(main)},",
            '\t"files": [',
            *(f"\t\t{{{_gdscript_file(each)}}}," for each in asset.files),
            "\t],",
            "}",
            "",
        ]
    lines.append("const ALL := {")
    lines += [f"\t{_text(asset.name)}: {name}," for name, asset in named.items()]
    return "\n".join([*lines, "}", ""])


def _gdscript_file(file: FileFact) -> str:
    return (
        f'"path": {_text(file.path)}, "width": {file.width or 0}, '
        f'"height": {file.height or 0}, "format": {_text(file.format)}'
    )


# --- C# -----------------------------------------------------------------------


def _csharp(named: Mapping[str, AssetFact]) -> str:
    lines = [f"// {_HEAD}", "", "public static class Assets", "{"]
    for name, asset in named.items():
        main = _main(asset)
        lines += [
            f"    public static class {name}",
            "    {",
            f"        public const string Name = {_text(asset.name)};",
            f"        public const string Alt = {_text(asset.alt or '')};",
            f"        public const string Path = {_text(main.path)};",
            f"        public const int Width = {main.width or 0};",
            f"        public const int Height = {main.height or 0};",
            "        public static readonly string[] Files =",
            "        {",
            *(f"            {_text(each.path)}," for each in asset.files),
            "        };",
            "    }",
            "",
        ]
    if lines[-1] == "":
        lines.pop()
    return "\n".join([*lines, "}", ""])


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, AssetFact]], str]]] = (
    MappingProxyType(
        {
            "ts": _typescript,
            "python": _python,
            "gdscript": _gdscript,
            "csharp": _csharp,
        }
    )
)
