"""The answers of the service as OpenAPI describes them. What makes them is elsewhere; a test compares."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

FORM = "multipart/form-data"


def describe(app: FastAPI) -> None:
    """Says in OpenAPI that a form has no fields but those named: others are refused (``bounds.Fields``)."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        bodies = [one.get("requestBody", {}) for path in told["paths"].values() for one in path.values()]
        for body in bodies:
            if form := body.get("content", {}).get(FORM):
                name = form["schema"]["$ref"].rpartition("/")[2]
                told["components"]["schemas"][name]["additionalProperties"] = False
        return told

    app.openapi = described  # type: ignore[method-assign]


class Told(BaseModel):
    """An answer; it may say more."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())
    disclaimer: str


class Health(Told):
    """That the service stands."""

    status: str
    model: str


class Model(Told):
    """What is known of the model."""

    model: str
    checksum: str
    engine: str
    decision: dict[str, Any]
    threshold: float
    prevalence: float | None
    gate: bool
    map: dict[str, Any]
    facts: dict[str, Any] | None
    evidence: dict[str, Any] | None


class Passage(BaseModel):
    """What the input gate says."""

    accepted: bool
    reasons: list[str]


class Reading(BaseModel):
    """One nodule's reading, as `isthmus predict --json` has it."""

    model_config = ConfigDict(extra="allow")
    nodule: str
    image: str
    page: int
    pages: int
    box: list[int]
    p_malignant: float
    p_whole: float
    p_crops: float | None
    votes: list[float]
    threshold: float
    operating_point: str
    set: list[str] | None
    verdict: str
    gate: Passage | None


class Answer(Told):
    """The document of `isthmus predict --json`."""

    model: str
    engine: str
    passed_over: list[dict[str, str]]
    predictions: list[Reading]
    errors: list[str]


class Explained(Told):
    """Where the network looked."""

    nodules: list[dict[str, Any]]
    method: str
    not_evidence: str


class SimilarCases(Told):
    """Similar cases of each nodule, null where the input gate refuses the picture."""

    nodules: list[dict[str, Any] | None]
    pictures: bool
    not_evidence: str


class Kept(Told):
    """A file that was taken up."""

    picture: str
    frames: int
    width: int
    height: int
    spacing_mm: tuple[float, float] | None
    scan_area: list[int]
    regions: list[dict[str, Any]]


class Own(BaseModel):
    """A reader's own reading, with its changes."""

    model_config = ConfigDict(protected_namespaces=())
    id: str
    reader: str
    picture: str
    frame: int
    drawn: dict[str, Any]
    own: dict[str, Any]
    saved: str
    model: str
    checksum: str
    answer: dict[str, Any] | None
    shown: str | None
    late: bool
    changes: list[dict[str, Any]]


class Saved(Own):
    """A reader's own reading, alone."""

    disclaimer: str


class Listed(Own):
    """A reader's own reading, and whether its TI-RADS level and the model agree."""

    agreement: str | None


class SavedList(Told):
    """Readings, the latest first."""

    reads: list[Listed]


class Deleted(Told):
    """How many readings a case had that was deleted."""

    deleted: int


class Systems(Told):
    """The systems of TI-RADS by name, and the answers to each question."""

    default: str
    systems: dict[str, str]
    questions: dict[str, list[str]]


class Assessed(Told):
    """What TI-RADS says, and how the model stands to it."""

    system: str
    points: int | None
    level: str | None
    advice: str
    inconsistent: list[str]
    unanswered: list[str]
    agreement: dict[str, str] | None


class Proposed(Told):
    """A box that is proposed: x0, y0, x1, y1 in pixels."""

    box: list[int]


class Waiting(Told):
    """The pictures of the worklist, those first that came first."""

    objects: list[dict[str, str]]


class Queued(Told):
    """What has become of a picture of the worklist."""

    uid: str
    state: str
