"""The features of a model's training nodules, from its ONNX file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from sklearn.decomposition import PCA

from isthmus.errors import BundleError
from isthmus.infer.neighbours.known import DIGEST, LARGEST, Floats, Known, cells_of
from isthmus.nodule import Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Recipe
from isthmus.runtime.inside import Inside

FEWEST = 50  # nodules
VARIANCE, MOST = 0.95, 16  # of the cells, that the components hold; components
BATCH = 32


def hidden_layers(path: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The names of the rectified hidden layers in an ONNX file, one a network, and their numbers of cells. Raises
    BundleError where there are none."""
    graph = onnx.load(path).graph
    widths = {one.name: one.dims[0] for one in graph.initializer if one.name.endswith("hidden.bias")}
    linear = {node.output[0]: widths[name] for node in graph.node for name in node.input if name in widths}
    found = [
        (node.output[0], linear[name])
        for node in graph.node
        if node.op_type == "Max"
        for name in node.input
        if name in linear
    ]
    if not found or len(found) != len(widths):
        raise BundleError("has hidden layers that can't be found", where=str(path), remedy="Export it anew.")
    return tuple(name for name, _ in found), tuple(int(width) for _, width in found)


def neighbours_of(
    path: Path, recipe: Recipe, nodules: Sequence[Nodule], rois: Pixels, progress: Progress = silent
) -> Known:
    """The features of labelled nodules whose RoIs, uint8 (n, size, size, 3), are given. Raises BundleError, OSError."""
    names, widths = hidden_layers(path)
    inside, copies = Inside(path, names), 2 if recipe.network.mirror == "both" else 1
    starts = range(0, len(nodules), BATCH)
    parts = []
    for at in progress(starts, "features"):
        batch = np.ascontiguousarray(rois[at : min(at + BATCH, len(nodules))])
        parts.append(cells_of(inside.read(batch), len(batch), widths, copies))
    cells = np.concatenate(parts)
    directions, steps, offset = _reduction(cells, widths)
    files = {nodule.picture.path for nodule in nodules}
    digests = {file: hashlib.sha256(file.read_bytes()).digest()[:DIGEST] for file in files}
    pictures = np.frombuffer(b"".join(digests[nodule.picture.path] for nodule in nodules), np.uint8)
    labels = np.array([int(nodule.label or 0) for nodule in nodules], np.uint8)
    empty, one = np.zeros((0, len(steps)), np.int8), np.ones(1, np.float32)
    known = Known(
        names, widths, copies, directions, steps, offset, empty, one, labels, pictures.reshape(-1, DIGEST).copy()
    )
    places = known.placed(cells)
    step = np.array([max(float(np.abs(places).max()), 1e-6) / LARGEST], np.float32)
    return replace(known, places=np.rint(places / step).astype(np.int8), step=step)


def moved(known: Known, path: Path) -> Known:
    """The same features for another export of the same weights. Raises BundleError."""
    names, widths = hidden_layers(path)
    if widths != known.widths:
        raise BundleError("has other hidden layers", where=str(path), remedy="Export it anew.")
    return replace(known, tensors=names)


def _reduction(cells: Floats, widths: Sequence[int]) -> tuple[npt.NDArray[np.int8], Floats, Floats]:
    """Directions in int8, their steps, and the offset, of principal components; every network has the same weight."""
    ends = np.cumsum(widths)[:-1]
    scale = np.concatenate([np.full(part.shape[1], _spread(part)) for part in np.split(cells, ends, axis=1)])
    fitted = PCA(min(MOST, *cells.shape), svd_solver="full").fit(cells / scale)
    held = np.cumsum(fitted.explained_variance_ratio_)
    d = min(int(np.searchsorted(held, VARIANCE)) + 1, len(held))
    weights = fitted.components_[:d].T / scale[:, None]
    steps = np.maximum(np.abs(weights).max(0), 1e-12) / LARGEST
    directions = np.rint(weights / steps).astype(np.int8)
    offset = cells.mean(0) @ (directions * steps)
    return directions, steps.astype(np.float32), offset.astype(np.float32)


def _spread(cells: Floats) -> float:
    return float(np.sqrt(cells.var(0).sum())) or 1.0
