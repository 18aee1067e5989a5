"""Makes a tiny copy of DDTI out of noise, faults included: `python tests/make/ddti.py DIR`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 112, 72
LIMIT = 2500  # characters at which DDTI's database cut annotations
FIELDS = ("age", "sex", "composition", "echogenicity", "margins", "calcifications", "tirads")

Points = Sequence[tuple[float, float]]


def write_image(path: Path, seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Writes a picture of noise, ``size`` = (width, height); every seed another picture."""
    grey = np.random.default_rng(seed).normal(70, 30, (size[1], size[0])).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.stack([grey] * 3, axis=-1)).save(path, quality=90)
    return path


def ellipse(x: float, y: float, across: float = 12, down: float = 9, points: int = 16) -> list[tuple[int, int]]:
    """The contour of an ellipse about (x, y), in whole pixels."""
    turns = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return [(round(x + across * np.cos(turn)), round(y + down * np.sin(turn))) for turn in turns]


def region(points: Points, kind: str = "freehand") -> dict[str, object]:
    """One region as DDTI's annotation tool saved it."""
    return {"points": [{"x": x, "y": y} for x, y in points], "annotation": {}, "regionType": kind}


def annotation(*polygons: Points) -> str:
    """The text of an <svg> that holds these polygons."""
    return json.dumps([region(points) for points in polygons])


def cut_annotation(*whole: Points) -> str:
    """The text of an <svg> with these polygons and one that is cut off, as DDTI's are."""
    return annotation(*whole, ellipse(50, 40, points=400))[:LIMIT]


def write_case(root: Path, case: str, marks: Mapping[str, str], **fields: str) -> Path:
    """Writes ``<case>.xml``: ``marks`` is image number -> text of its <svg>, ``fields`` are those of FIELDS."""
    header = [f"    <{name}>{escape(fields.get(name, ''))}</{name}>" for name in FIELDS]
    body = [f"    <mark>\n<image>{name}</image>\n<svg>{escape(svg)}</svg>\n    </mark>" for name, svg in marks.items()]
    path = root / f"{case}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "\n".join(["<case>", f"    <number>{case}</number>", *header, *body, "</case>\n"]), encoding="utf-8"
    )
    return path


def make(root: Path) -> Path:
    """Writes eight cases: six with a TI-RADS, one without, one with nothing but faults. Returns ``root``."""
    for seed, image in enumerate(["1_1", "1_2", "2_1", "3_1", "4_1", "4_2", "5_1", "6_1", "7_1", "8_1"]):
        write_image(root / f"{image}.jpg", seed)
    left, right = ellipse(30, 30), ellipse(80, 40, 14, 12)
    write_case(root, "1", {"1": annotation(left), "2": annotation(left, right)}, tirads="2", age="45", sex="F")
    write_case(root, "2", {"1": annotation(right)}, tirads="3", margins="ill- defined", sex="u")
    write_case(root, "3", {"1": annotation(left)}, tirads="4a", calcifications="microcalcification", sex="M")
    write_case(root, "4", {"1": annotation(right), "2": cut_annotation(left)}, tirads="4b", age="60")
    write_case(root, "5", {"1": json.dumps([region(left), region([(5, 5), (9, 9)], "arrow")])}, tirads="4c")
    write_case(root, "6", {"1": annotation(ellipse(WIDTH, 30))}, tirads="5", composition="solid")
    write_case(root, "7", {"1": annotation(left)})
    write_case(root, "8", {"1": ""}, tirads="5")
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
