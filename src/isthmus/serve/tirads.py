"""TI-RADS beside the model: points, level and advice of what a reader sees, and whether the two agree, in words."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.nodule import DISCLAIMER
from isthmus.serve import forms
from isthmus.serve.refusals import json_response, responses
from isthmus.tirads.agreement import agreement
from isthmus.tirads.descriptors import DESCRIPTORS, MOST_CM, Composition, Echogenicity, Findings, Focus, Margin, Shape
from isthmus.tirads.names import DEFAULT, SYSTEMS
from isthmus.tirads.systems import assess

router = APIRouter(prefix="/tirads", tags=["tirads"])


class Described(BaseModel):
    """What a reader sees of a nodule, in the words of `isthmus tirads`."""

    model_config = ConfigDict(extra="forbid")
    system: Literal["acr-2017", "eu-2017", "k-2021", "c-2020"] = "acr-2017"
    composition: Composition | None = None
    echogenicity: Echogenicity | None = None
    shape: Shape | None = None
    margin: Margin | None = None
    foci: list[Focus] | None = Field(None, max_length=10)
    size_cm: float | None = Field(None, gt=0, le=MOST_CM)

    @property
    def findings(self) -> Findings:
        """The same as the rooms of TI-RADS take it."""
        foci = frozenset(self.foci) if self.foci else None
        return Findings(self.composition, self.echogenicity, self.shape, self.margin, foci, self.size_cm)


class Seen(Described):
    """The same; with the model's ``verdict`` and ``set``, both are compared."""

    verdict: Literal["benign", "malignant", "abstain"] | None = None
    set: list[Literal["benign", "malignant"]] | None = Field(None, max_length=2)


@router.get("", responses={200: {"model": forms.Systems}})
async def systems() -> Response:
    """The systems, and the answers that each question takes."""
    questions = {name: [str(one) for one in kind] for name, kind in DESCRIPTORS.items()}
    told = {"default": DEFAULT, "systems": dict(SYSTEMS), "questions": questions, "disclaimer": DISCLAIMER}
    return json_response(told)


@router.post("", responses={200: {"model": forms.Assessed}, **responses(422)})
async def assessed(seen: Seen) -> Response:
    """Points, level and advice; with a verdict, whether the model and TI-RADS agree."""
    made = assess(seen.findings, seen.system)
    beside = None
    if seen.verdict is not None:
        verdict = None if seen.verdict == "abstain" else seen.verdict
        found = agreement(made, verdict, None if seen.set is None else frozenset(seen.set))
        beside = {"kind": str(found.kind), "sentence": found.sentence}
    unanswered = list(seen.findings.unanswered)
    return json_response(made.as_json() | {"unanswered": unanswered, "agreement": beside, "disclaimer": DISCLAIMER})
