"""Makes a small archive out of noise, folder, manifest and shards: `python tests/make/archive.py DIR`."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from isthmus.bundle import ABOUT, Bundle, Provenance
from isthmus.decision import Decision
from isthmus.infer.archive.items import Chunk
from isthmus.infer.archive.read import Local
from isthmus.infer.archive.table import Cells
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.recipe import Recipe

WIDTH, HEIGHT = 48, 32
NODULES = {"training": {"benign": 0, "malignant": 0}, "validation": {"benign": 0, "malignant": 0}}
PROVENANCE = Provenance("none", "given", "0" * 12, NODULES, 0, 0, 0.5, {}, {}, "2020-01-01T00:00:00+00:00")


def jpeg(seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A grey picture of noise, every seed another one."""
    noise = np.random.default_rng(seed)
    grey = noise.normal(noise.integers(60, 200), 30, (size[1], size[0])).clip(0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(grey).save(content, "JPEG", quality=90)
    return content.getvalue()


def write_images(folder: Path, count: int) -> Path:
    """Writes ``count`` images into three folders, whose names and theirs sort otherwise than they are written."""
    for number in reversed(range(count)):
        path = folder / "cab"[number % 3] / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    return folder


def write_shard(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Writes a tar file of these members, in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def write_manifest(path: Path, rows: Sequence[str], header: str = "path,x0,y0,x1,y1,nodule,patient,label") -> Path:
    """Writes a CSV of these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in [header, *rows]), encoding="utf-8")
    return path


class Brightness:
    """An engine that takes bright for malignant, and counts what it has read."""

    name, precision = "brightness", "fp32"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def read(self, rois: Pixels) -> Probabilities:
        self.batches.append(len(rois))
        p = rois.mean((1, 2, 3), dtype=np.float32) / np.float32(255)
        return Probabilities(p, p, np.stack([p, 1 - p], axis=1))


def predictor(folder: Path, about: str = "{}") -> Predictor:
    """A predictor without a network, whose bundle is ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).write_text(about, encoding="utf-8")
    made = Predictor.__new__(Predictor)
    made.bundle = Bundle(folder, Recipe().changed(size=32), Decision.at(0.5), PROVENANCE)
    made.engine = Brightness()
    made.gate = None
    return made


class KilledError(Exception):
    """What stops a Mortal."""


class Mortal(Local):
    """A backend that dies after ``life`` chunks."""

    def __init__(self, reader: Predictor, life: int) -> None:
        super().__init__([reader, reader])
        self.life = life

    def read(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Cells]]]:
        for number, done in enumerate(super().read(chunks)):
            if number == self.life:
                raise KilledError
            yield done


def make(root: Path) -> Mapping[str, Path]:
    """Writes images, a manifest of them, and two shards; returns them by kind."""
    folder = write_images(root / "images", 7)
    rows = ["images/a/00001.jpg,4,4,30,30,n1,anna,benign", "images/b/00002.jpg,,,,,,berta,malignant"]
    shards = root / "shards"
    for number in range(2):
        said = json.dumps({"box": [1, 2, 21, 22], "patient": f"p{number}"}).encode()
        write_shard(shards / f"s-{number}.tar", [("k1.jpg", jpeg(number)), ("k1.json", said), ("k2.jpg", jpeg(9))])
    return {"folder": folder, "manifest": write_manifest(root / "list.csv", rows), "shards": shards}


if __name__ == "__main__":
    print(*make(Path(sys.argv[1])).values())
