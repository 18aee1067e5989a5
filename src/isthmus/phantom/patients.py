"""Simulated patients, and frames of a patient: the same nodules in another plane, or a moment later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from isthmus.nodule import Label, Pixels, Point
from isthmus.phantom.anatomy import (
    ACROSS,
    ANGLES,
    DEEP,
    HEIGHT,
    PIXEL,
    TISSUE,
    WIDTH,
    Neck,
    PlacedNodule,
    Scene,
    outline,
)
from isthmus.phantom.features import Features, draw_features
from isthmus.phantom.speckle import Probe, compress, echo_envelope, time_gain

FRAME_WIDTH, FRAME_HEIGHT = 560, 360  # pixels, as in DDTI
LEFT, TOP = 87, 8  # where the scan area begins
CENTIMETRE = 10 / PIXEL
ALONG = 1  # the plane along the lobe; 0 and 2 lie across it, beside each other
CHANCES_OF_FRAMES = (0.5, 0.33, 0.17)  # one, two or three


@dataclass(frozen=True)
class Patient:
    """What all frames of a patient share. ``gain`` in grey levels, ``slope`` of the time gain in dB/cm/MHz."""

    number: int
    age: int
    sex: str
    neck: Neck
    nodules: tuple[Features, ...]
    frames: int
    elongation: float
    gain: float
    slope: float
    dynamic_range: float

    @property
    def leading(self) -> Features:
        """The nodule with the most points, which gives the case its one TI-RADS, as in DDTI."""
        return max(self.nodules, key=lambda features: features.points)


@dataclass(frozen=True)
class Picture:
    """One frame and a polygon around each nodule, in whole pixels, in the order of the nodules."""

    pixels: Pixels
    polygons: tuple[tuple[Point, ...], ...]


def draw_patient(seed: int, index: int) -> Patient:
    """Patient ``index`` of the phantom ``seed``; it doesn't depend on the number of patients.

    Of each pair of patients one is malignant and one benign, so that a small phantom has both classes.
    """
    first_malignant = int(np.random.default_rng([seed, index // 2, 1]).integers(2))
    truth = Label.MALIGNANT if index % 2 == first_malignant else Label.BENIGN
    rng = np.random.default_rng([seed, index, 2])
    nodules = [draw_features(truth, rng)]
    if rng.random() < 0.2:
        nodules = [
            replace(nodules[0], radius=min(nodules[0].radius, 6.5)),
            draw_features(truth, rng, radius=rng.uniform(3, 4.2)),
        ]
    return Patient(
        number=index + 1,
        age=int(np.clip(rng.normal(52, 14), 18, 88)),
        sex="F" if rng.random() < 0.85 else "M",
        neck=Neck.draw(rng),
        nodules=tuple(nodules),
        frames=1 + int(rng.choice(3, p=CHANCES_OF_FRAMES)),
        elongation=rng.uniform(1.0, 1.4) if len(nodules) == 1 else rng.uniform(1.0, 1.15),
        gain=rng.normal(0, 9),
        slope=TISSUE * rng.uniform(0.9, 1.1),
        dynamic_range=float(rng.choice((55, 60, 65))),
    )


def picture(patient: Patient, seed: int, frame: int) -> Picture:
    """Frame 0, 1 or 2 of a patient: uint8 (360, 560, 3) RGB. Scatterers differ between frames, so no two are copies."""
    along = frame == ALONG
    rng = np.random.default_rng([seed, patient.number, 3, along])  # equal in planes 0 and 2: nearly the same anatomy
    motion = np.random.default_rng([seed, patient.number, 4, frame])
    scene = Scene(patient.neck, rng, np.random.default_rng([seed, patient.number, 5, frame]))
    top = scene.layers()
    nodules = _place(patient, top, along, rng, motion)
    _surroundings(scene, nodules, top, along, rng)
    for nodule in nodules:
        scene.nodule(nodule)
    probe = Probe(pixel=PIXEL, looks=2)
    envelope = echo_envelope(scene.echo, scene.loss, scene.reflectors, motion, probe)
    gain = time_gain(HEIGHT, patient.slope, probe)
    grey = compress(envelope, gain, patient.dynamic_range, 100 + patient.gain + motion.normal(0, 3))
    return Picture(_screen(grey, patient, along), tuple(_freehand(nodule, motion) for nodule in nodules))


def _place(
    patient: Patient, top: float, along: bool, rng: np.random.Generator, motion: np.random.Generator
) -> list[PlacedNodule]:
    shapes = [outline(features, rng) for features in patient.nodules]
    stretch = patient.elongation if along else 1.0
    wide = [features.radius / np.sqrt(features.aspect) * stretch for features in patient.nodules]
    tall = [features.radius * np.sqrt(features.aspect) for features in patient.nodules]
    margin = 1.12  # the most that an outline's radius exceeds the ellipse's
    total = 2 * margin * sum(wide) + 2.0 * (len(wide) - 1)
    left = (ACROSS - total) / 2 + rng.uniform(-1, 1) * max(0.0, min(7.0, (ACROSS - total) / 2 - 2))
    nodules = []
    for features, shape, a, b in zip(patient.nodules, shapes, wide, tall, strict=True):
        lowest = max(top + 1.2 + margin * b, DEEP - 2 - margin * b - rng.uniform(0, 4))
        z = min(top + 1.2 + margin * b + rng.uniform(0, 4), lowest, DEEP - 1 - margin * b)
        wobble = (
            1 + 0.012 * np.cos(2 * ANGLES + motion.uniform(0, 6)) + 0.008 * np.cos(3 * ANGLES + motion.uniform(0, 6))
        )
        nodules.append(
            PlacedNodule(
                features,
                x=left + margin * a + motion.uniform(-0.7, 0.7),
                z=z + motion.uniform(-0.3, 0.3),
                half_width=a * motion.uniform(0.95, 1.02),
                half_height=b * motion.uniform(0.95, 1.02),
                turn=rng.normal(0, 0.08),
                outline=shape * wobble,
            )
        )
        left += 2 * margin * a + 2.0
    return nodules


def _surroundings(scene: Scene, nodules: list[PlacedNodule], top: float, along: bool, rng: np.random.Generator) -> None:
    left = min(nodule.x - nodule.half_width for nodule in nodules) - rng.uniform(3, 6)
    right = max(nodule.x + nodule.half_width for nodule in nodules) + rng.uniform(3, 6)
    bottom = max(nodule.z + nodule.half_height for nodule in nodules) + rng.uniform(1, 4)
    if along:
        left, right = left - 10, right + 10
    else:
        inner, outer, outwards = (left, right, 1) if scene.neck.trachea_left else (right, left, -1)
        radius = rng.uniform(6.5, 8)
        scene.trachea(inner - outwards * (radius - rng.uniform(0, 2)), top + rng.uniform(5, 8), radius)
        across, down = rng.uniform(2.4, 3.4), rng.uniform(2.2, 3.2)
        scene.vessel(outer + outwards * (across + rng.uniform(0.3, 1.5)), top + rng.uniform(6, 12), across, down)
    scene.lobe((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)


def _freehand(nodule: PlacedNodule, rng: np.random.Generator) -> tuple[Point, ...]:
    """The contour that a reader draws with a mouse: a little outside the margin, unsteady, clipped to the scan area."""
    margin = nodule.contour(grown=rng.uniform(0.0, 0.6))
    length = float(np.sum(np.hypot(*np.diff(margin, axis=0).T))) / PIXEL
    steps = np.linspace(0, len(margin) - 1, int(np.clip(length / 11, 20, 55)), endpoint=False).astype(int)
    drift = np.stack([np.interp(steps, np.arange(0, 361, 30), rng.normal(0, 0.22, 13)) for _ in range(2)], axis=1)
    points = np.round((margin[steps] + drift) / PIXEL) + np.array([LEFT, TOP])
    points = np.clip(points, (LEFT, TOP), (LEFT + WIDTH - 1, TOP + HEIGHT - 1))
    return tuple((int(x), int(y)) for x, y in points)


def _screen(grey: Pixels, patient: Patient, along: bool) -> Pixels:
    """The scan area on a machine's screen: grey bar, a tick each centimetre, settings, and the word PHANTOM."""
    frame = np.zeros((FRAME_HEIGHT, FRAME_WIDTH), np.uint8)
    frame[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = grey
    frame[160:258, 8:19] = np.linspace(255, 0, 98)[:, None]
    for centimetre in range(6):
        across, down = round(LEFT + centimetre * CENTIMETRE), round(TOP + centimetre * CENTIMETRE)
        frame[TOP - 1 : TOP + 1, across : across + 2] = 255
        if down < FRAME_HEIGHT:
            frame[down : down + 2, LEFT - 2 : LEFT] = 255
    texts = ("P100", "L7.5", f"DR{patient.dynamic_range:.0f}", f"G{50 + patient.gain / 3:.0f}")
    for line, text in enumerate(texts):
        _write(frame, text, 518, 20 + 15 * line, 0.36)
    _write(frame, "T", LEFT + WIDTH - 30, TOP + 14, 0.4)
    _write(frame, "LONG" if along else "TRANS", LEFT + 18, 342, 0.45)
    _write(frame, "PHANTOM", 440, 342, 0.45)
    return np.repeat(frame[:, :, None], 3, axis=2)


def _write(frame: Pixels, text: str, x: int, y: int, size: float) -> None:
    cv2.putText(frame, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 220, 1, cv2.LINE_AA)
