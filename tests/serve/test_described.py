"""What OpenAPI says of the service holds for requests that nobody thought of; and what it counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from isthmus.serve.settings import Settings
from make.served import application

HOST = {"Host": "127.0.0.1"}
OPERATIONS = (
    "GET /health",
    "GET /model",
    "POST /predict",
    "POST /explain",
    "POST /report",
    "POST /together",
    "POST /similar",
    "GET /similar/{row}.png",
    "POST /propose",
    "POST /pictures",
    "GET /pictures/{picture}/frames/{frame}.png",
    "POST /reads",
    "GET /reads",
    "GET /reads/grades.csv",
    "GET /reads/{name}",
    "GET /reads/{name}/picture",
    "POST /reads/{name}/changes",
    "DELETE /reads/pictures/{picture}",
    "GET /worklist",
    "GET /worklist/{uid}",
    "POST /worklist/{uid}",
    "DELETE /worklist/{uid}",
    "GET /tirads",
    "POST /tirads",
    "GET /metrics",
)


@pytest.fixture(scope="module")
def app(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    one = application(bundle, Settings(store=tmp_path_factory.mktemp("described") / "store"))
    yield one
    one.state.service.store.close()


def test_every_operation_is_fuzzed(app: FastAPI) -> None:
    told = app.openapi()["paths"]
    assert {f"{method.upper()} {path}" for path, one in told.items() for method in one} == set(OPERATIONS)


def test_a_form_is_said_to_have_no_other_fields(app: FastAPI) -> None:
    told = app.openapi()
    forms = [
        one["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
        for path in told["paths"].values()
        for one in path.values()
        if "multipart/form-data" in one.get("requestBody", {}).get("content", {})
    ]
    assert len(forms) >= 6
    assert all(told["components"]["schemas"][name]["additionalProperties"] is False for name in forms)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_meets_an_error_of_the_service(app: FastAPI, name: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HOST)
    method, path = name.split()
    operation = schema[path][method]

    @given(case=operation.as_strategy())
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    def asked(case: schemathesis.Case) -> None:
        # That a file is a picture no schema can say, so that some that are valid by it are refused.
        case.call_and_validate(headers=HOST, excluded_checks=[positive_data_acceptance])

    asked()


def test_answers_are_counted_by_route_and_nothing_of_a_file_is_told(service: TestClient) -> None:
    service.post("/predict", files={"file": ("Patient Name.txt", b"no picture " * 9)})
    text = service.get("/metrics").text
    assert 'isthmus_answers_total{method="POST",route="/predict",status="415"}' in text
    assert "isthmus_pending 0.0" in text
    assert "Patient" not in text
