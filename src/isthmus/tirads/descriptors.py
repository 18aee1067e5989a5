"""What a reader says of a nodule: five descriptors in the words of ACR TI-RADS 2017, and its size."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

UNITS = "cm"
MOST_CM = 15.0  # no thyroid nodule is larger; a number beyond is in millimetres, or a slip


class Composition(StrEnum):
    """What it is made of."""

    CYSTIC = "cystic-or-almost"
    SPONGIFORM = "spongiform"
    MIXED = "mixed"
    SOLID = "solid-or-almost"
    UNDETERMINABLE = "undeterminable"  # for calcification


class Echogenicity(StrEnum):
    """How bright its solid part is."""

    ANECHOIC = "anechoic"
    HYPER_OR_ISOECHOIC = "hyper-or-isoechoic"
    HYPOECHOIC = "hypoechoic"
    VERY_HYPOECHOIC = "very-hypoechoic"
    UNDETERMINABLE = "undeterminable"


class Shape(StrEnum):
    """Its shape in the transverse plane."""

    WIDER = "wider-than-tall"
    TALLER = "taller-than-wide"


class Margin(StrEnum):
    """Its border."""

    SMOOTH = "smooth"
    ILL_DEFINED = "ill-defined"
    IRREGULAR = "lobulated-or-irregular"
    EXTENSION = "extrathyroidal-extension"
    UNDETERMINABLE = "undeterminable"


class Focus(StrEnum):
    """Echogenic foci; a nodule may have several kinds."""

    NONE = "none"
    COMET_TAIL = "large-comet-tail"
    MACROCALCIFICATION = "macrocalcification"
    PERIPHERAL = "peripheral"
    PUNCTATE = "punctate"


Descriptor = TypeVar("Descriptor", bound=StrEnum)


@dataclass(frozen=True)
class Findings:
    """The answers of a reader, None where a question isn't answered. ``size_cm`` is the largest diameter, above 0."""

    composition: Composition | None = None
    echogenicity: Echogenicity | None = None
    shape: Shape | None = None
    margin: Margin | None = None
    foci: frozenset[Focus] | None = None
    size_cm: float | None = None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The questions without an answer, but for the size."""
        return tuple(one.name for one in fields(self) if one.name != "size_cm" and getattr(self, one.name) is None)


DESCRIPTORS: Mapping[str, type[StrEnum]] = {
    "composition": Composition,
    "echogenicity": Echogenicity,
    "shape": Shape,
    "margin": Margin,
    "foci": Focus,
}
COLUMNS = (*DESCRIPTORS, "size_cm")
OTHER_WORDS: Mapping[str, str] = {  # whose letters are nearer to a name of another meaning, or to none
    "hyperechoic": Echogenicity.HYPER_OR_ISOECHOIC,
    "hyperechogenic": Echogenicity.HYPER_OR_ISOECHOIC,
    "isoechoic": Echogenicity.HYPER_OR_ISOECHOIC,
    "isoechogenic": Echogenicity.HYPER_OR_ISOECHOIC,
    "hypoechogenic": Echogenicity.HYPOECHOIC,
    "mildly-hypoechoic": Echogenicity.HYPOECHOIC,
    "markedly-hypoechoic": Echogenicity.VERY_HYPOECHOIC,
    "marked-hypoechoic": Echogenicity.VERY_HYPOECHOIC,
    "microcalcification": Focus.PUNCTATE,
    "rim": Focus.PERIPHERAL,
    "rim-calcification": Focus.PERIPHERAL,
    "vertical": Shape.TALLER,
    "nonparallel": Shape.TALLER,
    "parallel": Shape.WIDER,
    "horizontal": Shape.WIDER,
    "cyst": Composition.CYSTIC,
    "predominantly-cystic": Composition.MIXED,
    "predominantly-solid": Composition.MIXED,
}


def read(words: Mapping[str, str]) -> tuple[Findings, tuple[str, ...]]:
    """The findings in words by column, several foci with ``;`` between, and a sentence for each word that is unknown.

    Case, blanks and underscores don't matter; what is missing or unknown stays unanswered.

    >>> read({"composition": "Solid or almost", "foci": "punctate; peripheral", "margin": "smoth"})[1]
    ("margin 'smoth' is none of smooth, ill-defined, lobulated-or-irregular, extrathyroidal-extension, \
undeterminable; did you mean smooth?",)
    """
    problems: list[str] = []
    findings = Findings(
        _word("composition", Composition, words.get("composition", ""), problems),
        _word("echogenicity", Echogenicity, words.get("echogenicity", ""), problems),
        _word("shape", Shape, words.get("shape", ""), problems),
        _word("margin", Margin, words.get("margin", ""), problems),
        _foci(words.get("foci", ""), problems),
        _size(words.get("size_cm", ""), problems),
    )
    return findings, tuple(problems)


def _foci(text: str, problems: list[str]) -> frozenset[Focus] | None:
    foci = [_word("foci", Focus, one, problems) for one in text.split(";") if one.strip()]
    return frozenset(one for one in foci if one) if foci and None not in foci else None


def _word(name: str, kind: type[Descriptor], text: str, problems: list[str]) -> Descriptor | None:
    word = "-".join(text.lower().replace("_", " ").replace("-", " ").split())
    if not word:
        return None
    names = [one.value for one in kind]
    if word in names:
        return kind(word)
    near = _near(word, names)
    hint = f"; did you mean {near}?" if near else ""
    problems.append(f"{name} {text.strip()!r} is none of {', '.join(names)}{hint}")
    return None


def _near(word: str, names: Sequence[str]) -> str:
    """The name that a word may mean, "" where none is near: by its meaning, as a part of one, or by its letters."""
    if (meant := OTHER_WORDS.get(word.removesuffix("s"), "")) in names:
        return meant
    parts = [name for name in names if word in name] or difflib.get_close_matches(word, names, n=1)
    return parts[0] if parts else ""


def _size(text: str, problems: list[str]) -> float | None:
    if not text.strip():
        return None
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0 < size < math.inf:
        problems.append(f"size_cm {text.strip()!r} is no number of {UNITS} above 0")
        return None
    if size > MOST_CM:
        problems.append(f"size_cm {size:g} is larger than any nodule: give centimetres, no millimetres")
        return None
    return size
