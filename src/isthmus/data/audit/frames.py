"""Whether two frames are one: the speckle of a scan, hashed to propose pairs and compared to decide on them.

Local binary descriptors (ORB: Rublee et al., ICCV 2011, doi 10.1109/ICCV.2011.6126544), hashed by random subsets of
their bits, propose pairs in about linear time. Two proposed frames are then laid on each other by a fitted affine map,
and their speckle compared block by block. Why so: docs/decisions/0020-near-duplicates.md.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.nodule import Frame

SIDE = 512  # pixels; the longer side that images are brought to before they are compared
DARK = 12  # grey level; no echo below it, above a background of black
ALIKE = 2  # grey levels that a lifted background differs by
EVEN = 0.5  # share of a picture's border that is a lifted background at least; tissue is never so even
KEYPOINTS = 200  # an image, for proposing pairs
KEYPOINTS_TO_ALIGN = 600
TABLES = 8  # of hashes, each over another 64 of the 256 descriptor bits
INLIERS = 8  # matches that a fitted map has to explain
PATCH = 31  # pixels; what a descriptor sees
BLOCK = 32  # pixels a side
FILLED = 0.9  # of a block that has to lie in the scan area for the block to count
AGREEING = 0.5  # correlation of a block's speckle from which it is the same speckle
SHARED = 0.2  # share of the smaller scan area that has to agree
BLOCKS = 6  # and at least so many blocks

_chosen = np.random.default_rng(0)
COLUMNS = np.stack([_chosen.choice(256, 64, replace=False) for _ in range(TABLES)])

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
        self.area = _echo_mask(self.grey)

    def mirrored(self) -> View:
        """The view's mirror image, left for right."""
        view = object.__new__(View)
        view.grey, view.area = np.ascontiguousarray(self.grey[:, ::-1]), np.ascontiguousarray(self.area[:, ::-1])
        return view

    def features(self, count: int) -> tuple[npt.NDArray[np.float32], Image]:
        """Positions (n, 2) and 256-bit descriptors (n, 32) of about ``count`` keypoints of the scan area."""
        # The border of the scan area looks alike in every image of a machine: no keypoint may see it.
        inner = cv2.erode(self.area.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8))
        detector = cv2.ORB.create(nfeatures=count, scaleFactor=1.2, nlevels=6, edgeThreshold=20, fastThreshold=5)
        keypoints = detector.detect(self.grey, inner)
        for keypoint in keypoints:
            keypoint.angle = 0.0  # frames are not turned; an upright descriptor is the steadier one
        keypoints, descriptors = detector.compute(self.grey, keypoints)
        if descriptors is None:
            return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
        return np.array([keypoint.pt for keypoint in keypoints], np.float32), np.asarray(descriptors, np.uint8)


def _echo_mask(grey: Image) -> Mask:
    """Where there are echoes over an area, rather than the thin strokes of an overlay."""
    lit = cv2.morphologyEx((grey > DARK + _lifted(grey)).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((25, 25), np.uint8)), dtype=np.bool_)


def _lifted(grey: Image) -> int:
    """The grey level of a background that isn't black, such as that of a brightened picture; else 0."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(np.int64)
    mode = int(np.bincount(border).argmax())
    return mode if mode > DARK and np.mean(np.abs(border - mode) <= ALIKE) >= EVEN else 0


def _speckle(grey: Image) -> npt.NDArray[np.float32]:
    """The fine structure alone, without the brightness of the anatomy around it."""
    fine = grey.astype(np.float32)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), 5.0), dtype=np.float32)


def hash_keys(view: View) -> Keys:
    """Hash keys (2, KEYPOINTS, TABLES) of a view as it is and mirrored: 64 bits of each descriptor a table; 0: none."""
    result = np.zeros((2, KEYPOINTS, TABLES), np.uint64)
    for side, seen in enumerate((view, view.mirrored())):
        _, descriptors = seen.features(KEYPOINTS)
        keys = descriptor_keys(descriptors[:KEYPOINTS])
        result[side, : len(keys)] = keys
    return result


def descriptor_keys(descriptors: Image) -> Keys:
    """The keys (n, TABLES) of descriptors (n, 32)."""
    bits = np.unpackbits(descriptors, axis=1)
    return np.asarray(np.packbits(bits[:, COLUMNS], axis=2).view(np.uint64)[:, :, 0], np.uint64)


class Alignable:
    """A view with the features by which it is laid on another."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.places, self.descriptors = view.features(KEYPOINTS_TO_ALIGN)


def compare(one: Alignable, other: Alignable) -> tuple[float, float] | None:
    """Share of the smaller scan area whose speckle agrees, and its median correlation; None if too little does."""
    map_ = _alignment(one, other)
    if map_ is None:
        return None
    first, second = one.view, other.view
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


def _alignment(one: Alignable, other: Alignable) -> npt.NDArray[np.float64] | None:
    """The affine map (2, 3) that lays ``other`` on ``one``: shift and scale, next to no turn or shear."""
    here, there = one.places, other.places
    if min(len(here), len(there)) < INLIERS:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(other.descriptors, one.descriptors)
    matches = [match for match in matches if match.distance <= 64]
    if len(matches) < INLIERS:
        return None
    source = np.array([there[match.queryIdx] for match in matches])
    target = np.array([here[match.trainIdx] for match in matches])
    map_, inliers = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=2000)
    if map_ is None or int(inliers.sum()) < INLIERS:
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
