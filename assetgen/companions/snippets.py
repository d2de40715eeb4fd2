"""HTML that shows a target's pictures: `<picture>`, links to icons, a social card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.companions.urls import attribute, url_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.companions.facts import AssetFact, FileFact, TargetFacts

_DENSITY = re.compile(r"@([0-9]+)x\.[a-z]+$")
_MODERN: Final = ("avif", "webp")
_FALLBACKS: Final = ("jpg", "png", "gif", "webp", "avif")


def picture_element(asset: AssetFact) -> str:
    """Return a `<picture>` with every width and format; empty for a lone file.

    The best format comes first; `<img>` is the form that every browser knows. Width
    and height keep the page from jumping when the picture comes. Of a series that
    differs in density, the file of density 1 says how large it is shown.
    """
    series = _series(asset)
    fallback = next((series[each] for each in _FALLBACKS if each in series), None)
    if fallback is None:
        return ""
    dense = _densities(fallback)
    shown = fallback[0] if dense else fallback[-1]
    if shown.width is None or shown.height is None:
        return ""
    lone = _is_lone(fallback)
    fixed = dense or lone
    sizes = "" if fixed else f" sizes={attribute(_sizes(asset, shown.width))}"
    others = "" if lone else f" srcset={attribute(_candidates(fallback))}"
    sources = [
        f"<source type={attribute(f'image/{name}')} "
        f"srcset={attribute(_candidates(series[name]))}{sizes}>"
        for name in _MODERN
        if name in series and series[name] is not fallback
    ]
    image = (
        f"<img src={attribute(url_of(shown.path))}{others}{sizes} "
        f'width="{shown.width}" height="{shown.height}" '
        f'alt={attribute(asset.alt or "")} loading="lazy" decoding="async">'
    )
    return f"<picture>{''.join(sources)}{image}</picture>"


def _densities(files: Sequence[FileFact]) -> tuple[str, ...]:
    """Return the density of each file as its name says it; () for widths."""
    found = [_DENSITY.search(each.path) for each in files]
    first, *others = (match and match.group(1) for match in found)
    dense = first is None and None not in others
    return ("1", *(each for each in others if each)) if dense and others else ()


def _candidates(files: Sequence[FileFact]) -> str:
    """Return a `srcset` by density where files are named so, else by width.

    A lone file is named as it is: there is no other for a screen of another kind.
    """
    if _is_lone(files):
        return url_of(files[0].path)
    dense = _densities(files)
    if not dense:
        return srcset_of(files)
    pairs = zip(files, dense, strict=True)
    return ", ".join(f"{url_of(each.path)} {density}x" for each, density in pairs)


def _is_lone(files: Sequence[FileFact]) -> bool:
    """Return whether a format has one file, without a preset that speaks of widths."""
    return len(files) == 1 and not files[0].preset


def srcsets(asset: AssetFact) -> dict[str, str]:
    """Return the value of a `srcset` attribute for each format of the `<picture>`."""
    return {name: srcset_of(files) for name, files in _series(asset).items()}


def srcset_of(files: Sequence[FileFact]) -> str:
    """Return the value of a `srcset` attribute."""
    return ", ".join(f"{url_of(each.path)} {each.width}w" for each in files)


def _series(asset: AssetFact) -> dict[str, list[FileFact]]:
    """Return the files of each format that has several widths, by width.

    If a preset made such files, they alone count. Other presets' files are no forms of
    one picture, nor are the pages of a sheet, nor what was cut to another shape. Where
    no format has several widths, formats of one size are forms of one picture. Of files
    of one width the first one counts.
    """
    if asset.has_data:
        return {}
    chosen = [each for each in asset.pictures if each.preset == "responsive"]
    plain = [each for each in asset.pictures if not each.preset]
    widths: dict[str, dict[int, FileFact]] = {}
    for each in chosen or _of_one_shape(plain):
        if each.width and each.format in _FALLBACKS:
            widths.setdefault(each.format, {}).setdefault(each.width, each)
    least = 1 if chosen or _is_one_size(widths) else 2
    return {
        name: [files[width] for width in sorted(files)]
        for name, files in widths.items()
        if len(files) >= least
    }


def _of_one_shape(files: Sequence[FileFact]) -> list[FileFact]:
    """Return the files of the shape that most of them have; of the widest, if several.

    Sides are whole pixels, so a shape is the same if it is off by less than one.
    """
    found: list[FileFact] = []
    left = [each for each in files if each.width and each.height]
    left.sort(key=lambda each: each.width or 0, reverse=True)
    while len(left) > len(found):
        alike: list[FileFact] = [left[0]]
        others: list[FileFact] = []
        for each in left[1:]:
            (alike if _has_shape_of(each, left[0]) else others).append(each)
        found, left = max(found, alike, key=len), others
    paths = {each.path for each in found}
    return [each for each in files if each.path in paths]


def _has_shape_of(small: FileFact, large: FileFact) -> bool:
    width, height = large.width or 0, large.height or 0
    off = abs((small.width or 0) * height - (small.height or 0) * width)
    return off <= max(width, height)


def _is_one_size(widths: Mapping[str, Mapping[int, FileFact]]) -> bool:
    """Return whether several formats have one file each, all of one width."""
    sizes = [tuple(files) for files in widths.values()]
    return len(sizes) > 1 and len(sizes[0]) == 1 and len(set(sizes)) == 1


def _sizes(asset: AssetFact, largest: int) -> str:
    for each in asset.files:
        said = each.about.get("sizes")
        if isinstance(said, str):
            return said
    return f"(max-width: {largest}px) 100vw, {largest}px"


# --- a page of them -----------------------------------------------------------


def snippets_page(facts: TargetFacts, manifests: Sequence[str]) -> str:
    """Return everything that a page may want to copy.

    Args:
        facts: The target.
        manifests: Paths of its web manifests.
    """
    lines = ["<!-- Made by assetgen: copy what you need. Paths are relative to this"]
    lines += ["     file's folder. -->", ""]
    head = [*_icon_links(facts), *_manifest_links(manifests), *_cards(facts)]
    if head:
        lines += ["<!-- for <head> -->", *head, ""]
    for asset in facts.assets:
        element = picture_element(asset)
        if element:
            lines += [f"<!-- {asset.name.replace('--', '- -')} -->", element, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _icon_links(facts: TargetFacts) -> list[str]:
    links: list[str] = []
    for each in facts.files("favicon"):
        href = attribute(url_of(each.path))
        name = each.path.rpartition("/")[2]
        if each.format == "ico":
            links.insert(0, f'<link rel="icon" type="image/x-icon" href={href}>')
        elif each.format == "svg":  # behind the .ico: browsers take the last they know
            links.insert(
                1, f'<link rel="icon" type="image/svg+xml" sizes="any" href={href}>'
            )
        elif name.startswith("favicon-"):
            size = f"{each.width}x{each.height}"
            links.append(
                f'<link rel="icon" type="image/png" sizes="{size}" href={href}>'
            )
    touch = {
        each.path: each
        for preset in ("apple-touch", "favicon")
        for each in facts.files(preset)
        if each.path.rpartition("/")[2] == "apple-touch-icon.png"
    }
    links += [
        f'<link rel="apple-touch-icon" sizes="180x180" href={attribute(url_of(path))}>'
        for path in sorted(touch)
    ]
    return links


def _manifest_links(manifests: Sequence[str]) -> list[str]:
    return [
        f'<link rel="manifest" href={attribute(url_of(path))}>' for path in manifests
    ]


def _cards(facts: TargetFacts) -> list[str]:
    alts = {asset.name: asset.alt for asset in facts.assets}
    lines: list[str] = []
    for each in facts.files("og"):
        lines += [
            f'<meta property="og:image" content={attribute(url_of(each.path))}>',
            f'<meta property="og:image:width" content="{each.width}">',
            f'<meta property="og:image:height" content="{each.height}">',
        ]
        alt = alts.get(each.asset)
        if alt:
            lines.append(f'<meta property="og:image:alt" content={attribute(alt)}>')
    return lines
