"""Whether two frames are one: the speckle of a scan, hashed to propose pairs and compared to decide on them.

Local binary descriptors (ORB: Rublee et al., ICCV 2011, doi 10.1109/ICCV.2011.6126544), hashed by random subsets of
their bits, propose pairs in about linear time. Two proposed frames are then laid on each other by a fitted affine map,
and their speckle compared block by block. Why so: docs/decisions/0020-near-duplicates.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.nodule import Frame

SIDE = 512  # pixels; the longer side that images are brought to before they are compared
DARK = 12  # grey level; no echo below it
KEYPOINTS = 200  # an image, for proposing pairs
KEYPOINTS_TO_ALIGN = 600
TABLES = 8  # of hashes, each over its own 64 of the 256 descriptor bits
NEIGHBOURS = 8  # images of one hash bucket that each image is paired with
VOTES = 6  # equal keys that make a pair a candidate
INLIERS = 8  # matches that a fitted map has to explain
PATCH = 31  # pixels; what a descriptor sees
BLOCK = 32  # pixels a side
FILLED = 0.9  # of a block that has to lie in the scan area for the block to count
AGREEING = 0.5  # correlation of a block's speckle from which it is the same speckle
SHARED = 0.2  # share of the smaller scan area that has to agree
BLOCKS = 6  # and at least so many blocks

Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]


class View:
    """A frame as it is compared: grey, SIDE pixels long, with its scan area and its speckle."""

    def __init__(self, frame: Frame) -> None:
        grey = frame.pixels if frame.pixels.ndim == 2 else cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
        scale = SIDE / max(grey.shape)
        size = (max(round(grey.shape[1] * scale), BLOCK), max(round(grey.shape[0] * scale), BLOCK))
        resized = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        self.grey: Image = np.asarray(cv2.GaussianBlur(resized, (0, 0), 1.0), dtype=np.uint8)
        self.area = _echoing(self.grey)

    @cached_property
    def mirrored(self) -> View:
        """The view's mirror image, left for right."""
        view = object.__new__(View)
        view.grey, view.area = np.ascontiguousarray(self.grey[:, ::-1]), np.ascontiguousarray(self.area[:, ::-1])
        return view

    @cached_property
    def alignable(self) -> tuple[npt.NDArray[np.float32], Image]:
        """The features by which it is laid on another view."""
        return self.features(KEYPOINTS_TO_ALIGN)

    def features(self, count: int) -> tuple[npt.NDArray[np.float32], Image]:
        """Positions (n, 2) and 256-bit descriptors (n, 32) of about ``count`` keypoints of the scan area."""
        # The border of the scan area looks alike in every image of a machine: no keypoint may see it.
        inner = cv2.erode(self.area.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8))
        detector = cv2.ORB.create(nfeatures=count, scaleFactor=1.2, nlevels=6, edgeThreshold=20, fastThreshold=5)
        found = detector.detect(self.grey, inner)
        for keypoint in found:
            keypoint.angle = 0.0  # frames are not turned; an upright descriptor is the steadier one
        found, descriptors = detector.compute(self.grey, found)
        if descriptors is None:
            return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
        return np.array([keypoint.pt for keypoint in found], np.float32), np.asarray(descriptors, np.uint8)


def _echoing(grey: Image) -> Mask:
    """Where there are echoes over an area, rather than the thin strokes of an overlay."""
    lit = cv2.morphologyEx((grey > DARK).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((25, 25), np.uint8)), dtype=np.bool_)


def _speckle(grey: Image) -> npt.NDArray[np.float32]:
    """The fine structure alone, without the brightness of the anatomy around it."""
    fine = grey.astype(np.float32)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), 5.0), dtype=np.float32)


def hash_keys(view: View) -> Keys:
    """Hash keys (2, KEYPOINTS, TABLES) of a view as it is and mirrored: 64 bits of each descriptor a table; 0: none."""
    chosen = np.random.default_rng(0)
    columns = np.stack([chosen.choice(256, 64, replace=False) for _ in range(TABLES)])
    result = np.zeros((2, KEYPOINTS, TABLES), np.uint64)
    for side, seen in enumerate((view, view.mirrored)):
        _, descriptors = seen.features(KEYPOINTS)
        bits = np.unpackbits(descriptors[:KEYPOINTS], axis=1)
        result[side, : len(bits)] = np.packbits(bits[:, columns], axis=2).view(np.uint64)[:, :, 0]
    return result


def candidates(keys: Sequence[Keys]) -> list[tuple[int, int, bool]]:
    """Pairs of images (first < second, mirrored) that have at least VOTES keys in common, in order."""
    if len(keys) < 2:
        return []
    count = len(keys)
    found: list[tuple[int, int, bool]] = []
    for mirrored in (False, True):
        votes = []
        for table in range(TABLES):
            plain = np.stack([key[0, :, table] for key in keys])
            turned = np.stack([key[1, :, table] for key in keys]) if mirrored else plain
            votes.append(_collisions(plain, turned, mirrored))
        codes, number = np.unique(np.concatenate(votes), return_counts=True)
        found += [(int(code // count), int(code % count), mirrored) for code in codes[number >= VOTES]]
    return sorted(found)


def _collisions(plain: Keys, turned: Keys, mirrored: bool) -> npt.NDArray[np.int64]:
    """Pairs of images that share a key, coded as first * count + second, once a shared key.

    An image is paired with the NEIGHBOURS next ones that share its key: time stays linear where very many do, and
    they are joined all the same, in a chain.
    """
    count, width = plain.shape
    key = np.concatenate([plain.ravel(), turned.ravel()]) if mirrored else plain.ravel()
    # A mirrored image stands beside the plain ones as number count + i.
    image = np.repeat(np.arange(len(key) // width, dtype=np.int64), width)
    order = np.lexsort((image, key))
    key, image = key[order], image[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = (key[1:] != key[:-1]) | (image[1:] != image[:-1])
    key, image = key[new & (key != 0)], image[new & (key != 0)]
    codes = []
    for step in range(1, NEIGHBOURS + 1):
        same = key[step:] == key[:-step]
        first, second = image[:-step][same], image[step:][same]
        if mirrored:
            across = (first < count) & (second >= count) & (first != second - count)
            first, second = first[across], second[across] - count
        codes.append(np.minimum(first, second) * count + np.maximum(first, second))
    return np.concatenate(codes)


def compare(first: View, second: View, mirrored: bool) -> tuple[float, float] | None:
    """Share of the smaller scan area whose speckle agrees, and its median correlation; None if too little does."""
    if mirrored:
        second = second.mirrored
    map_ = _alignment(first, second)
    if map_ is None:
        return None
    size = (first.grey.shape[1], first.grey.shape[0])
    grey = np.asarray(cv2.warpAffine(second.grey, map_, size), np.uint8)
    area = np.asarray(cv2.warpAffine(second.area.astype(np.uint8), map_, size, flags=cv2.INTER_NEAREST), np.bool_)
    correlations = _block_correlations(_speckle(first.grey), _speckle(grey), first.area & area)
    agreeing = correlations[correlations >= AGREEING]
    scale = abs(float(np.linalg.det(map_[:, :2])))
    smaller = min(_whole_blocks(first.area), _whole_blocks(second.area) * scale)
    shared = min(len(agreeing) / max(smaller, 1.0), 1.0)
    if len(agreeing) < BLOCKS or shared < SHARED:
        return None
    return round(shared, 3), round(float(np.median(agreeing)), 3)


def _alignment(first: View, second: View) -> npt.NDArray[np.float64] | None:
    """The affine map (2, 3) that lays ``second`` on ``first``: shift and scale, next to no turn or shear."""
    here, one = first.alignable
    there, other = second.alignable
    if min(len(one), len(other)) < INLIERS:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(other, one)
    matches = [match for match in matches if match.distance <= 64]
    if len(matches) < INLIERS:
        return None
    source = np.array([there[match.queryIdx] for match in matches])
    target = np.array([here[match.trainIdx] for match in matches])
    map_, kept = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=2000)
    if map_ is None or int(kept.sum()) < INLIERS:
        return None
    (a, b, _), (c, d, _) = map_
    if not (0.4 <= a <= 2.5 and 0.4 <= d <= 2.5 and max(abs(b), abs(c)) <= 0.1):
        return None
    return np.asarray(map_, np.float64)


def _block_correlations(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], area: Mask
) -> npt.NDArray[np.float32]:
    """Pearson's correlation of every BLOCK x BLOCK block that lies within ``area``."""
    inside = _blocks(area).mean(axis=1) >= FILLED
    one, other = _blocks(first)[inside], _blocks(second)[inside]
    one, other = one - one.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
    power = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((one * other).sum(axis=1) / np.maximum(power, 1e-6), np.float32)


def _whole_blocks(area: Mask) -> int:
    return int((_blocks(area).mean(axis=1) >= FILLED).sum())


def _blocks(values: npt.NDArray[np.float32] | Mask) -> npt.NDArray[np.float32]:
    """The image cut into blocks: (n, BLOCK * BLOCK)."""
    rows, columns = values.shape[0] // BLOCK, values.shape[1] // BLOCK
    cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(cut.swapaxes(1, 2).reshape(rows * columns, BLOCK * BLOCK), np.float32)
