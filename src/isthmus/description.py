"""The content of bundle.json: written with a checksum of itself, and checked field by field when read."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, WrapValidator

from isthmus import files
from isthmus.bundle_files import ABOUT, LARGEST
from isthmus.decision import Calibration, Decision
from isthmus.errors import BundleError
from isthmus.nodule import DISCLAIMER, Label

__all__ = ["ABOUT", "FORMAT", "Beside", "Description", "LearnedFrom", "Proof", "Provenance"]

FORMAT, SEALED_BEFORE, RENEWABLE = 4, 3, 2
UNNAMED = "unnamed"  # the threshold of a bundle of format 3 or 2, till its recipe names it
MOST = 1e300  # of a number; none of ours comes near
COPY = "Copy the whole bundle anew."
TRAINED = "Give the folder that `isthmus train --to` wrote."
LABELS = {str(int(label)): str(label) for label in Label}
# The checksum is the last line, over everything before it.
SEALED = re.compile(rb'(.*),\n  "sha256": "([0-9a-f]{64})"\n\}\n', re.DOTALL)

Count = Annotated[int, Field(ge=0)]
Digits12 = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


def _names(*names: str) -> AfterValidator:
    def check(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields.keys() != set(names):
            raise ValueError(f"has {', '.join(fields) or 'nothing'}, not {', '.join(names)}")
        return fields

    return AfterValidator(check)


NULL_IS_NAN = WrapValidator(lambda value, inner: math.nan if value is None else inner(value))
Measure = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False), NULL_IS_NAN]  # null in the file, nan in code
BY_PATIENT = "patient"  # of bundles that were written before there was another grouping, too
Groups = Annotated[str, Field(pattern=rf"^({BY_PATIENT}|sequence:[1-9][0-9]*)$")]
ByLabel = Annotated[Mapping[str, Count], _names(*LABELS.values())]


@dataclass(frozen=True)
class Proof:
    """An engine compared with torch in fp32 on ``n`` real RoIs, when the bundle was exported.

    ``max_difference`` is of the fused P(malignant), ``max_vote_difference`` of the whole RoI's and each crop's; nan
    where the engine gave no numbers. ``milliseconds`` is an RoI's, in batches of 16, where it was exported. One
    verdict changed on the bundle's probe is enough not to pass. An engine that did not is recorded, and not used.
    """

    precision: Annotated[str, Field(pattern="^(fp32|bf16|int8)$")]
    max_difference: Measure
    max_vote_difference: Measure
    verdicts_changed: Count
    n: Count
    milliseconds: Measure
    passed: bool
    probe_verdicts_changed: Count = 0


@dataclass(frozen=True)
class LearnedFrom:
    """Data that weights were learned from: the kind of data set, the label policy, the fingerprint."""

    data: str
    policy: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.data} ({self.policy}, fingerprint {self.fingerprint})"


@dataclass(frozen=True)
class Beside(LearnedFrom):
    """A second data set, of which ``nodules`` taught the second loss called ``second``, and nothing else.

    Left out were those ``lacking`` what it learns, and ``duplicates``, of patients with a picture in the first set.
    """

    second: str
    nodules: Count
    lacking: Count
    duplicates: Count

    @property
    def told(self) -> str:
        """How many nodules taught what, and how many were left out and why: a sentence without a full stop."""
        return (
            f"{self.nodules} nodules of {self} taught second = {self.second}, and no label; left out: {self.lacking} "
            f"without it, {self.duplicates} of patients with a picture in the first set"
        )

    @property
    def learned_from(self) -> LearnedFrom:
        """The data alone."""
        return LearnedFrom(self.data, self.policy, self.fingerprint)


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from: its data (kind, label policy, fingerprint, nodules by label), its training, versions.

    ``nodules`` counts what it learned from and what its epoch and threshold were chosen on, by name, parted by whole
    groups: "patient" or "sequence:N".
    ``validation_auc`` is nan where the validation part had one class only. ``engines`` names those that it was
    exported for, with the proof of each. ``beginning`` names the bundle whose weights it began from, and their digest;
    "" where it began anew. ``before`` is what those weights, and whatever they began from, had learned from.
    ``beside`` is the second data set, None where there was none.
    """

    data: str
    policy: str
    fingerprint: str
    nodules: Annotated[Mapping[str, ByLabel], _names("training", "validation")]
    seed: Count
    epoch: Count
    validation_auc: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), NULL_IS_NAN]
    engines: Mapping[str, Proof]
    versions: Mapping[str, str]
    created: str
    disclaimer: str = DISCLAIMER
    beginning: str = ""
    groups: Groups = BY_PATIENT
    before: tuple[LearnedFrom, ...] = ()
    beside: Beside | None = None

    @property
    def learned_from(self) -> tuple[LearnedFrom, ...]:
        """All data that the weights were learned from, the last first."""
        beside = (self.beside.learned_from,) if self.beside else ()
        return (LearnedFrom(self.data, self.policy, self.fingerprint), *beside, *self.before)


@dataclass(frozen=True)
class Description:
    """The content of bundle.json: decision, the recipe's fingerprint, the SHA-256 of every file by name, provenance."""

    decision: Decision
    recipe: Digits12
    files: Mapping[str, Sha256]
    provenance: Provenance

    def to_json(self) -> str:
        """The text of bundle.json; its last field is the SHA-256 of all text before it."""
        about = {
            "format": FORMAT,
            "labels": LABELS,
            "decision": {name: value for name, value in asdict(self.decision).items() if value is not None},
            "recipe": self.recipe,
            "files": dict(self.files),
            "provenance": asdict(self.provenance),
        }
        body = files.json_text(about).removesuffix("\n}")
        return f'{body},\n  "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'

    @classmethod
    def read(cls, folder: Path, renew: bool = False) -> Description:
        """The description of the bundle in ``folder``; with ``renew`` format 2 is read, too, which has no checksum.

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


DESCRIPTION = TypeAdapter(Description)


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
    number = about["format"]
    if number in (FORMAT, SEALED_BEFORE):
        return
    remedy = "Train it anew." if number < RENEWABLE else "Install the isthmus that wrote it."
    if number == RENEWABLE:
        provenance = about.get("provenance")
        kind, policy = (provenance.get(name) if isinstance(provenance, dict) else None for name in ("data", "policy"))
        labels = f" --labels {policy}" if isinstance(policy, str) and policy.startswith("benign-") else ""
        remedy = (
            f"Renew it with the data that it learned from: isthmus export DATA --as "
            f"{kind if isinstance(kind, str) and kind.isidentifier() else 'KIND'}{labels} --model {folder} --to NEW."
        )
    raise BundleError(
        f"is a bundle of format {number}; this isthmus reads formats {SEALED_BEFORE} and {FORMAT}",
        where=str(folder),
        remedy=remedy,
    )


class _WrongError(Exception):
    pass


def _described(about: Mapping[str, Any]) -> Description:
    """The description in the fields of bundle.json. Raises _WrongError for a wrong, missing or unknown one."""
    if about["format"] == RENEWABLE:
        about = _without_proofs(about)
    if about["format"] < FORMAT:
        about = _with_decision(about)
    about = _with_later_fields(about)
    if about.get("labels") != LABELS:
        raise _WrongError(f"labels: not {LABELS}")
    fields = {name: value for name, value in about.items() if name not in ("format", "labels", "sha256")}
    try:
        description = DESCRIPTION.validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise _WrongError(f"{'.'.join(map(str, first['loc'])) or 'description'}: {first['msg']}") from None
    if difference := _differing_name(fields, asdict(description)):
        raise _WrongError(f"{difference}: unknown or missing")
    return description


def _differing_name(fields: Any, expected: Any) -> str:
    """The first name, as ``group.name``, that only one of two nests of fields has; "" where there is none."""
    if not isinstance(fields, dict) or not isinstance(expected, dict):
        return ""
    for name in [*(fields.keys() ^ expected.keys())]:
        return str(name)
    differences = ((name, _differing_name(value, expected[name])) for name, value in fields.items())
    return next((f"{name}.{inner}" for name, inner in differences if inner), "")


def _with_decision(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Format 3 as format 4: its threshold is the only one of a decision."""
    rest = {name: value for name, value in about.items() if name != "threshold"}
    calibration = asdict(Calibration())
    decision = {"calibration": calibration, "thresholds": {UNNAMED: about.get("threshold")}, "default": UNNAMED}
    return {**rest, "decision": decision}


def _with_later_fields(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bundles that were written before a field was added lack it; what a decision may lack is left out."""
    later: Mapping[str, Mapping[str, Any]] = {
        "provenance": {"beginning": "", "groups": BY_PATIENT, "before": [], "beside": None},
        "decision": {"prevalence": None, "conformal": None},
    }
    fields = {name: {**values, **about[name]} for name, values in later.items() if isinstance(about.get(name), dict)}
    return {**about, **fields}


def _without_proofs(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Format 2 as format 3: without its proofs, which are made anew; NaN became null."""
    provenance = about.get("provenance")
    if not isinstance(provenance, dict):
        return about
    auc = provenance.get("validation_auc")
    finite = None if isinstance(auc, float) and math.isnan(auc) else auc
    return {**about, "provenance": {**provenance, "engines": {}, "validation_auc": finite}}
