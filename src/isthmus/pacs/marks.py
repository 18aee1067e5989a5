"""Regions that people or programs have marked on frames of a picture, as the queue keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.nodule import Box, Mark, Point

MOST = 20  # regions that are read of one picture; one more is kept, as a sign that there are more
ALIKE = 0.7  # intersection over union from which on two regions are of one nodule


@dataclass(frozen=True)
class FrameMark:
    """A mark on frame ``frame``, from 1 on. ``size`` is the width and height of the picture that it was drawn on, where
    that is told."""

    frame: int
    mark: Mark
    size: tuple[int, int] | None = None


def as_text(marks: Iterable[FrameMark]) -> str:
    """Marks as JSON; "" for none.

    >>> as_text([FrameMark(1, Mark(Box(1, 2, 3, 4)))])
    '[{"frame": 1, "box": [1, 2, 3, 4], "contour": []}]'
    """
    told = [
        {"frame": one.frame, "box": _sides(one.mark.box), "contour": list(one.mark.contour)}
        | ({"size": list(one.size)} if one.size else {})
        for one in marks
    ]
    return json.dumps(told) if told else ""


def from_text(text: str) -> tuple[FrameMark, ...]:
    """The marks that ``as_text`` wrote.

    >>> from_text(as_text([FrameMark(1, Mark(Box(1, 2, 3, 4)))]))[0].mark.box
    Box(x0=1, y0=2, x1=3, y1=4)
    """
    return tuple(
        FrameMark(one["frame"], Mark(Box(*one["box"]), tuple((x, y) for x, y in one["contour"])), _size(one))
        for one in json.loads(text or "[]")
    )


def joined(known: Sequence[FrameMark], more: Iterable[FrameMark]) -> tuple[FrameMark, ...]:
    """Marks with others, without those that mark a nodule once more: the first that came stays."""
    kept = list(known)
    for one in more:
        if len(kept) <= MOST and not any(_same_nodule(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def area_of(points: Sequence[Point]) -> float:
    """The area inside a closed polygon, in square pixels.

    >>> area_of([(0, 0), (4, 0), (4, 2), (0, 2)])
    8.0
    """
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _same_nodule(one: FrameMark, other: FrameMark) -> bool:
    a, b = one.mark.box, other.mark.box
    across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    if one.frame != other.frame or across <= 0 or down <= 0:
        return False
    both = across * down
    return both / (a.width * a.height + b.width * b.height - both) >= ALIKE


def _size(one: Mapping[str, Any]) -> tuple[int, int] | None:
    width, height = one.get("size") or (0, 0)
    return (width, height) if width and height else None


def _sides(box: Box) -> list[int]:
    return [box.x0, box.y0, box.x1, box.y1]
