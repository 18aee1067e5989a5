"""What bundle.json says: written with a checksum of its own, and read back field by field."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from isthmus import files
from isthmus.decision import Calibration, Decision
from isthmus.errors import BundleError
from isthmus.nodule import DISCLAIMER, Label

__all__ = ["ABOUT", "FORMAT", "Description", "Proof", "Provenance"]

FORMAT, SEALED_BEFORE, RENEWABLE = 4, 3, 2
ABOUT = "bundle.json"
UNNAMED = "unnamed"  # the threshold of a bundle of format 3 or 2, till its recipe names it
LARGEST = 1 << 20  # bytes of bundle.json
MOST = 1e300  # of a number; none of ours comes near
COPY = "Copy the whole bundle anew."
TRAINED = "Give the folder that `isthmus train --to` wrote."
LABELS = {str(int(label)): str(label) for label in Label}
# The checksum is the last line, over everything before it.
SEALED = re.compile(rb'(.*),\n  "sha256": "([0-9a-f]{64})"\n\}\n', re.DOTALL)

Value = TypeVar("Value")
Kind = Callable[[Any, str], Value]


@dataclass(frozen=True)
class Proof:
    """What an engine said of ``n`` real RoIs beside torch in fp32, when the bundle was exported.

    ``max_difference`` is of the fused P(malignant), ``max_vote_difference`` of the whole RoI's and each crop's; nan
    where the engine gave no numbers. ``milliseconds`` is an RoI's, in batches of 16, where it was exported. One
    verdict changed on the bundle's own probe is enough not to pass. An engine that did not is recorded, and not used.
    """

    precision: str
    max_difference: float
    max_vote_difference: float
    verdicts_changed: int
    n: int
    milliseconds: float
    passed: bool
    probe_verdicts_changed: int = 0


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from: its data (kind, label policy, fingerprint, nodules by label), its training, versions.

    ``nodules`` counts what it learned from and what its epoch and threshold were chosen on, by name.
    ``validation_auc`` is nan where the validation part had one class only. ``engines`` names those that it was
    exported for, with the proof of each.
    """

    data: str
    policy: str
    fingerprint: str
    nodules: Mapping[str, Mapping[str, int]]
    seed: int
    epoch: int
    validation_auc: float
    engines: Mapping[str, Proof]
    versions: Mapping[str, str]
    created: str
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True)
class Description:
    """What bundle.json says: decision, the recipe's fingerprint, the SHA-256 of every file by name, provenance."""

    decision: Decision
    recipe: str
    files: Mapping[str, str]
    provenance: Provenance

    def to_json(self) -> str:
        """The text of bundle.json; its last field is the SHA-256 of all text before it."""
        about = {
            "format": FORMAT,
            "labels": LABELS,
            "decision": self.decision.as_json(),
            "recipe": self.recipe,
            "files": dict(self.files),
            "provenance": asdict(self.provenance),
        }
        body = files.json_text(about).removesuffix("\n}")
        return f'{body},\n  "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'

    @classmethod
    def read(cls, folder: Path, renew: bool = False) -> Description:
        """What the bundle in ``folder`` says of itself; with ``renew`` format 2 is read, too, which has no checksum.

        Format 3 had one threshold and no name for it; it is read as UNNAMED.

        Raises BundleError for a folder that is no bundle, another format, and damage of any kind.
        """
        path = folder / ABOUT
        content = _content(folder)
        about = _parsed(content, path)
        if not (renew and about["format"] == RENEWABLE):
            _refuse_other_format(about, folder)
            sealed = SEALED.fullmatch(content)
            if not sealed or hashlib.sha256(sealed[1]).hexdigest().encode() != sealed[2]:
                raise BundleError("is damaged or was changed: its checksum differs", where=str(path), remedy=COPY)
        try:
            return _described(about)
        except _WrongError as error:
            raise BundleError(str(error), where=str(path), remedy=COPY) from None


def _content(folder: Path) -> bytes:
    path = folder / ABOUT
    try:
        if not folder.is_dir():
            raise BundleError("no such folder", where=str(folder), remedy=TRAINED)
        if not path.exists():
            raise BundleError(f"is no bundle: it holds no {ABOUT}", where=str(folder), remedy=TRAINED)
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise BundleError("is not a bundle's description", where=str(path), remedy=TRAINED)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise BundleError(f"can't be read ({error})", where=str(path), remedy=COPY) from None


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        about = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"can't be read ({error})", where=str(path), remedy=COPY) from None
    if not isinstance(about, dict) or type(about.get("format")) is not int:
        raise BundleError("is not a bundle's description", where=str(path), remedy=TRAINED)
    return about


def _refuse_other_format(about: Mapping[str, Any], folder: Path) -> None:
    found = about["format"]
    if found in (FORMAT, SEALED_BEFORE):
        return
    remedy = "Train it anew." if found < RENEWABLE else "Install the isthmus that wrote it."
    if found == RENEWABLE:
        own = about.get("provenance")
        kind, policy = (own.get(name) if isinstance(own, dict) else None for name in ("data", "policy"))
        given = f" --labels {policy}" if isinstance(policy, str) and policy.startswith("benign-") else ""
        remedy = (
            f"Renew it with the data that it learned from: isthmus export DATA --as "
            f"{kind if isinstance(kind, str) and kind.isidentifier() else 'KIND'}{given} --model {folder} --to NEW."
        )
    raise BundleError(
        f"is a bundle of format {found}; this isthmus reads formats {SEALED_BEFORE} and {FORMAT}",
        where=str(folder),
        remedy=remedy,
    )


class _WrongError(Exception):
    def __init__(self, at: str, what: str) -> None:
        super().__init__(f"{at} {what}")


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise _WrongError(at, "isn't text")
    return value


def _one_of(*allowed: str) -> Kind[str]:
    def read(value: Any, at: str) -> str:
        if value not in allowed:
            raise _WrongError(at, f"is none of {', '.join(allowed)}")
        return str(value)

    return read


def _hexadecimal(digits: int) -> Kind[str]:
    def read(value: Any, at: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
            raise _WrongError(at, f"isn't {digits} hexadecimal digits")
        return value

    return read


def _count(value: Any, at: str) -> int:
    if type(value) is not int or value < 0:
        raise _WrongError(at, "isn't a whole number from 0 on")
    return value


def _number(value: Any, at: str) -> float:
    if type(value) not in (int, float) or not 0 <= value <= MOST:
        raise _WrongError(at, "isn't a number from 0 on")
    return float(value)


def _share(value: Any, at: str) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise _WrongError(at, "isn't a number from 0 to 1")
    return float(value)


def _or_nan(kind: Kind[float]) -> Kind[float]:
    return lambda value, at: math.nan if value is None else kind(value, at)


def _flag(value: Any, at: str) -> bool:
    if not isinstance(value, bool):
        raise _WrongError(at, "is neither true nor false")
    return value


def _each(kind: Kind[Value]) -> Kind[dict[str, Value]]:
    def read(value: Any, at: str) -> dict[str, Value]:
        if not isinstance(value, dict):
            raise _WrongError(at, "isn't a set of fields")
        return {name: kind(inner, f"{at}.{name!r}") for name, inner in value.items()}

    return read


def _fields(value: Any, at: str, kinds: Mapping[str, Kind[Any]]) -> dict[str, Any]:
    """The fields, each read as its kind; one that is missing or unknown is refused."""
    if not isinstance(value, dict):
        raise _WrongError(at, "isn't a set of fields")
    for name in [*(kinds.keys() - value.keys()), *(value.keys() - kinds.keys())]:
        raise _WrongError(at, f"has no {name!r}" if name in kinds else f"has an unknown {name!r}")
    return {name: kind(value[name], f"{at}.{name}") for name, kind in kinds.items()}


def _numbers(value: Any, at: str) -> tuple[float, ...]:
    if not isinstance(value, list) or not all(type(one) in (int, float) and abs(one) <= MOST for one in value):
        raise _WrongError(at, "isn't a list of numbers")
    return tuple(map(float, value))


DECISION: Mapping[str, Kind[Any]] = {
    "calibration": lambda value, at: _fields(value, at, {"kind": _text, "parameters": _numbers}),
    "thresholds": _each(_share),
    "default": _text,
}
PROOF: Mapping[str, Kind[Any]] = {
    "precision": _one_of("fp32", "bf16", "int8"),
    "max_difference": _or_nan(_number),
    "max_vote_difference": _or_nan(_number),
    "verdicts_changed": _count,
    "n": _count,
    "milliseconds": _or_nan(_number),
    "passed": _flag,
    "probe_verdicts_changed": _count,
}
PROVENANCE: Mapping[str, Kind[Any]] = {
    "data": _text,
    "policy": _text,
    "fingerprint": _text,
    "nodules": lambda value, at: _fields(value, at, {"training": _by_label, "validation": _by_label}),
    "seed": _count,
    "epoch": _count,
    "validation_auc": _or_nan(_share),
    "engines": _each(lambda value, at: Proof(**_fields(value, at, PROOF))),
    "versions": _each(_text),
    "created": _text,
    "disclaimer": _text,
}
ALL: Mapping[str, Kind[Any]] = {
    "format": _count,
    "labels": lambda value, at: _fields(value, at, {number: _one_of(name) for number, name in LABELS.items()}),
    "decision": lambda value, at: _decision(value, at),
    "recipe": _hexadecimal(12),
    "files": _each(_hexadecimal(64)),
    "provenance": lambda value, at: Provenance(**_fields(value, at, PROVENANCE)),
    "sha256": _hexadecimal(64),
}


def _by_label(value: Any, at: str) -> dict[str, int]:
    return _fields(value, at, dict.fromkeys(LABELS.values(), _count))


def _decision(value: Any, at: str) -> Decision:
    fields = _fields(value, at, DECISION)
    try:
        calibration = Calibration(fields["calibration"]["kind"], fields["calibration"]["parameters"])
        return Decision(fields["thresholds"], fields["default"], calibration)
    except ValueError as error:
        raise _WrongError(at, f"has {error}") from None


def _described(about: Mapping[str, Any]) -> Description:
    if about["format"] == RENEWABLE:
        about = {**_without_proofs(about), "sha256": "0" * 64}
    if about["format"] < FORMAT:
        about = _with_decision(about)
    found = _fields(about, "the description", ALL)
    return Description(found["decision"], found["recipe"], found["files"], found["provenance"])


def _with_decision(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Format 3 as format 4: its threshold is the only one of a decision. Raises _WrongError."""
    if "threshold" not in about:
        raise _WrongError("the description", "has no 'threshold'")
    rest = {name: value for name, value in about.items() if name != "threshold"}
    return {**rest, "decision": Decision.at(_share(about["threshold"], "threshold"), UNNAMED).as_json()}


def _without_proofs(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Format 2 as format 3: without its proofs, which are made anew; NaN became null."""
    provenance = about.get("provenance")
    if not isinstance(provenance, dict):
        return about
    auc = provenance.get("validation_auc")
    known = None if isinstance(auc, float) and math.isnan(auc) else auc
    return {**about, "provenance": {**provenance, "engines": {}, "validation_auc": known}}
