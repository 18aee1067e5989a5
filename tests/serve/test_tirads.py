"""TI-RADS of the service: the rooms' own answers, and agreement said as plainly as disagreement."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from isthmus.tirads.descriptors import read
from isthmus.tirads.names import SYSTEMS
from isthmus.tirads.systems import assess

SUSPICIOUS = {
    "composition": "solid-or-almost",
    "echogenicity": "very-hypoechoic",
    "shape": "taller-than-wide",
    "margin": "smooth",
    "foci": ["punctate"],
    "size_cm": 1.2,
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_says_what_its_room_says(service: TestClient, system: str) -> None:
    told = service.post("/tirads", json=SUSPICIOUS | {"system": system}).json()
    words = {name: ";".join(one) if isinstance(one, list) else str(one) for name, one in SUSPICIOUS.items()}
    expected = assess(read(words)[0], system).as_json()
    assert {name: told[name] for name in expected} == expected
    assert told["agreement"] is None


@pytest.mark.parametrize(
    ("verdict", "kind"), [("malignant", "agree"), ("benign", "disagree"), ("abstain", "undecided")]
)
def test_agreement_and_disagreement_are_sentences(service: TestClient, verdict: str, kind: str) -> None:
    labels = None if verdict == "abstain" else [verdict]
    told = service.post("/tirads", json=SUSPICIOUS | {"verdict": verdict, "set": labels}).json()
    assert told["agreement"]["kind"] == kind
    assert told["agreement"]["sentence"].endswith(".")


def test_no_level_until_all_is_answered(service: TestClient) -> None:
    told = service.post("/tirads", json={"composition": "mixed"}).json()
    assert told["level"] is None
    assert told["unanswered"] == ["echogenicity", "shape", "margin", "foci"]


@pytest.mark.parametrize("wrong", [{"margin": "smoth"}, {"size_cm": 0}, {"system": "acr"}, {"other": 1}])
def test_what_is_no_answer_is_refused(service: TestClient, wrong: dict[str, Any]) -> None:
    assert service.post("/tirads", json=SUSPICIOUS | wrong).status_code == 422
