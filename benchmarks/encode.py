"""Derived files against sharp: pictures in three widths and four formats, both whole.

Ours is ``assetgen build`` of a new project with a `file` asset for each picture, with
hashing, memo, manifest and state; sharp is one Node process that writes the same files.
Both use all processors. The qualities are our defaults in both; how hard sharp tries is
measured twice: as it does by itself, and where its files come out as large as ours.

What it should reach: no more time than sharp, and no more bytes. Needs Node with npm;
sharp is installed into the benchmark's folder.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from assetgen.transforms.encoders import AVIF_QUALITY, JPEG_QUALITY, WEBP_QUALITY
from benchmarks.fidelity import psnr_db, ssim
from benchmarks.measure import (
    Candidate,
    assetgen,
    interleave,
    print_table,
    progress,
    rows_of,
    run,
)
from benchmarks.paintings import write_paintings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZES: Final = (1, 64)
WIDTHS: Final = (320, 640, 1024)
GROUND: Final = "#ffffff"
MEASURED: Final = 4
"""Pictures whose fidelity is looked at; it differs little between them."""

OURS: Final = "assetgen build"
ALIKE: Final = "sharp, files as large as ours"
USUAL: Final = "sharp, its own effort"

_QUALITIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "avif": {"quality": AVIF_QUALITY, "chromaSubsampling": "4:2:0"},
    "webp": {"quality": WEBP_QUALITY},
    "jpg": {"quality": JPEG_QUALITY},
    "png": {},
}
_EFFORTS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        ALIKE: {
            "avif": {"effort": 1},
            "webp": {"effort": 4},
            "jpg": {"progressive": True},
            "png": {"adaptiveFiltering": True, "compressionLevel": 2},
        },
        USUAL: {"avif": {}, "webp": {}, "jpg": {}, "png": {}},
    }
)

HEAD = (
    "pictures", "tool", "median ms", "min to max ms", "x alike", "x usual", "cpu s",
)  # fmt: skip
BYTES_HEAD = ("format", "tool", "bytes", "x ours", "PSNR dB", "SSIM")


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print times, then bytes and fidelity by format."""
    sharp = _installed(workspace)
    rows: list[tuple[str, ...]] = []
    compared: dict[int, list[tuple[str, ...]]] = {}
    for count in sizes or SIZES:
        progress(
            f"{count} pictures in {len(WIDTHS)} widths and {len(_QUALITIES)} formats"
        )
        pictures = write_paintings(workspace / "pictures", count)
        candidates = [
            _ours(workspace, pictures),
            *(_theirs(workspace, pictures, sharp, name) for name in _EFFORTS),
        ]
        # Sharp by itself takes minutes for 64 pictures: once is enough.
        once = [] if count == 1 else [candidates.pop()]
        times = interleave(candidates, rounds)
        times |= {each.name: (run(each.command, each.folder).wall_s,) for each in once}
        cpu_s = {each.name: _cpu_s(each) for each in [*candidates, *once]}
        rows += [
            (*row, f"{cpu_s[row[1]]:.1f}")
            for row in rows_of(times, f"{count:,}", (ALIKE, USUAL))
        ]
        compared[count] = _compared(workspace, pictures)
    print_table("Files of pictures of 1024x1536, whole processes", HEAD, rows)
    for count, listed in compared.items():
        print_table(f"Files of {count}", BYTES_HEAD, listed, *_notes())


def _notes() -> tuple[str, ...]:
    words = json.dumps(_EFFORTS[ALIKE])
    return (
        f"qualities of all: {json.dumps(_QUALITIES)}",
        f"sharp, alike: {words}",
        f"PSNR and SSIM of {MEASURED} pictures against what Pillow's Lanczos gives",
    )


# --- candidates ---------------------------------------------------------------


def _installed(workspace: Path) -> Path:
    """Return the folder that npm put sharp into."""
    folder = workspace / "sharp"
    if not (folder / "node_modules" / "sharp").exists():
        progress("npm install sharp")
        folder.mkdir(parents=True, exist_ok=True)
        here = Path(__file__).parent / "sharp" / "package.json"
        shutil.copyfile(here, folder / "package.json")
        run(("npm", "install", "--silent", "--no-audit", "--no-fund"), folder)
    return folder


def _ours(workspace: Path, pictures: Sequence[Path]) -> Candidate:
    folder = workspace / f"ours-{len(pictures)}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "art").mkdir(parents=True)
    for picture in pictures:
        shutil.copyfile(picture, folder / "art" / picture.name)
    (folder / "assets.yaml").write_text(_spec(pictures), encoding="utf-8")

    def fresh(_: int) -> None:
        for each in (".assetgen", "assets"):
            shutil.rmtree(folder / each, ignore_errors=True)

    return Candidate(OURS, assetgen("build", "-q"), folder, fresh)


def _spec(pictures: Sequence[Path]) -> str:
    """Return a spec as JSON, which is YAML."""
    shape = {"widths": list(WIDTHS), "background": GROUND}
    assets = {
        picture.stem: {
            "file": f"art/{picture.name}",
            "outputs": [
                {"path": f"{picture.stem}.png", "widths": list(WIDTHS),
                 "formats": ["avif", "webp", "png"]},
                {"path": f"{picture.stem}.jpg", **shape},
            ],
        }
        for picture in pictures
    }  # fmt: skip
    return json.dumps({"version": 1, "assets": assets})


def _theirs(
    workspace: Path, pictures: Sequence[Path], sharp: Path, name: str
) -> Candidate:
    folder = workspace / f"{name.replace(' ', '-').replace(',', '')}-{len(pictures)}"
    folder.mkdir(parents=True, exist_ok=True)
    processors = os.cpu_count() or 1
    job = {
        "sharp": str(sharp),
        "pictures": [str(picture) for picture in pictures],
        "out": str(folder / "out"),
        "widths": WIDTHS,
        "formats": {
            suffix: {**quality, **_EFFORTS[name][suffix]}
            for suffix, quality in _QUALITIES.items()
        },
        "background": GROUND,
        # Several pictures fill the processors by themselves, one needs its threads.
        "flight": processors if len(pictures) > 1 else 1,
        "concurrency": 1 if len(pictures) > 1 else processors,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    script = str(Path(__file__).parent / "sharp" / "derive.mjs")
    return Candidate(name, ("node", script, "job.json"), folder)


def _cpu_s(candidate: Candidate) -> float:
    """Return the processors' seconds of one more run: a busy machine spoils them less.

    Of what takes minutes there is no further run, and nan is returned.
    """
    if candidate.name == USUAL:
        return float("nan")
    if candidate.before is not None:
        candidate.before(0)
    return run(candidate.command, candidate.folder).cpu_s


# --- bytes and fidelity -------------------------------------------------------


def _compared(workspace: Path, pictures: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return a row for each format and tool, and one for all formats of a tool."""
    folders = {OURS: workspace / f"ours-{len(pictures)}" / "assets"}
    for name in _EFFORTS:
        words = name.replace(" ", "-").replace(",", "")
        folders[name] = workspace / f"{words}-{len(pictures)}" / "out"
    rows: list[tuple[str, ...]] = []
    totals = dict.fromkeys(folders, 0)
    for suffix in _QUALITIES:
        sizes = {name: _bytes_in(folder, suffix) for name, folder in folders.items()}
        for name, folder in folders.items():
            totals[name] += sizes[name]
            share = f"{sizes[name] / sizes[OURS]:.3f}"
            quality = _fidelity(folder, suffix, pictures[:MEASURED])
            rows.append((suffix, name, f"{sizes[name]:,}", share, *quality))
    for name, total in totals.items():
        rows.append(("all", name, f"{total:,}", f"{total / totals[OURS]:.3f}", "", ""))
    return rows


def _bytes_in(folder: Path, suffix: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(f"*.{suffix}"))


def _fidelity(folder: Path, suffix: str, pictures: Sequence[Path]) -> tuple[str, str]:
    """Return mean PSNR and SSIM of a format's files, as text."""
    noise, likeness = [], []
    for picture in pictures:
        with Image.open(picture) as opened:
            whole = opened.convert("RGBA")
        for width in WIDTHS:
            size = (width, whole.height * width // whole.width)
            wanted = whole.resize(size, Image.Resampling.LANCZOS)
            if suffix == "jpg":
                ground = Image.new("RGBA", size, GROUND)
                ground.alpha_composite(wanted)
                wanted = ground
            with Image.open(folder / f"{picture.stem}-{width}.{suffix}") as opened:
                made = opened.convert("RGBA")
            noise.append(psnr_db(wanted, made))
            likeness.append(ssim(wanted, made))
    return f"{statistics.mean(noise):.2f}", f"{statistics.mean(likeness):.4f}"
