"""A study as its page asks for it: own first, then the model's, names and labels never, and resumed where it was."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from isthmus.errors import DataError, UsageError
from isthmus.infer.predictor import Predictor
from isthmus.serve.reader import Reader
from isthmus.serve.studies.running import RunningStudy
from isthmus.serve.studies.store import Opinion
from make.commands import isthmus
from make.planned import BOX, NODULES, plan
from make.served import client


@pytest.fixture
def study(bundle: Path, tmp_path: Path) -> Iterator[TestClient]:
    with client(bundle, store=tmp_path / "store", study=plan(tmp_path / "planned")) as one:
        yield one


def where(service: TestClient, reader: str = "anna") -> Any:
    return service.get("/study/next", headers={"X-Reader": reader}).json()


def lock(service: TestClient, state: Any, reader: str = "anna", **changes: Any) -> Response:
    step = state["step"]
    read = {"reader": reader, "nodule": step["nodule"], "mode": step["mode"], "seconds": 3.5}
    return service.post("/study/reads", json=read | {"tirads": "TR4", "p_malignant": 0.4, **changes})


def test_first_the_own_reading_then_the_models(study: TestClient) -> None:
    first = where(study)
    assert (first["step"]["mode"], first["answer"], first["step"]["box"]) == ("before", None, list(BOX))
    then = lock(study, first).json()
    assert then["step"] == first["step"] | {"mode": "after", "done": 1}
    assert 0 < then["answer"]["p_malignant"] < 1
    assert then["own"] == {"tirads": "TR4", "p_malignant": 0.4}
    assert lock(study, then, p_malignant=0.9).status_code == 409
    following = lock(study, then, p_malignant=0.9, reason="the model").json()
    assert following["step"]["nodule"] != first["step"]["nodule"]
    assert (following["step"]["number"], following["answer"]) == (2, None)


def test_neither_label_nor_name_nor_file_of_a_nodule_is_told(study: TestClient) -> None:
    told = [study.get("/study").text]
    state = where(study)
    while state["step"]:
        answer = lock(study, state)
        told += [json.dumps(state), answer.text, lock(study, state).text]
        state = answer.json()
    told.append(json.dumps(state))
    for word in (*(name for name, _, _ in NODULES), 'malignant"', "benign", "planned", "0.png"):
        assert not [one for one in told if word in one.replace('p_malignant"', "")]
    assert len(state["debrief"]["planted"]) == 1


def test_sent_twice_it_is_no_second_look(study: TestClient) -> None:
    state = where(study)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: lock(study, state).status_code, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]
    assert where(study)["step"]["mode"] == "after"


def test_who_isnt_of_the_study_reads_nothing_and_the_model_can_be_asked_nowhere_else(study: TestClient) -> None:
    assert study.get("/study/next", headers={"X-Reader": "eve"}).status_code == 403
    assert lock(study, where(study), reader="eve").status_code == 403
    assert study.post("/predict", files={"file": b""}).status_code == 404
    assert study.post("/together", json={}).status_code == 404
    assert "study/main.js" in study.get("/").text


def test_the_picture_is_that_of_the_nodule(study: TestClient) -> None:
    state = where(study)
    answer = study.get("/" + state["step"]["picture"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert study.get("/study/pictures/0123456789abcdef.png").status_code == 404


def test_after_a_restart_it_goes_on_and_isthmus_readers_reads_it(bundle: Path, tmp_path: Path) -> None:
    path, store = plan(tmp_path / "planned"), tmp_path / "store"
    for reader in ("anna", "ben"):
        for _ in NODULES:
            with client(bundle, store=store, study=path) as service:
                then = lock(service, where(service, reader), reader).json()
                assert lock(service, then, reader, p_malignant=0.5, reason="it").status_code == 200
    with client(bundle, store=store, study=path) as service:
        assert where(service, "ben")["debrief"]["of"] == len(NODULES)
    (file,) = store.glob("study-*.sqlite")
    told = json.loads(isthmus("readers", file, "--json").stdout)
    assert (told["modes"], told["reads"]) == (["before", "after"], 12)


def test_a_study_that_has_begun_keeps_its_design(bundle: Path, tmp_path: Path) -> None:
    reader, store = Reader(Predictor.load(bundle, threads=1)), tmp_path / "store"
    RunningStudy.opened(plan(tmp_path), store, reader)
    with pytest.raises(UsageError, match="has begun with another design"):
        RunningStudy.opened(plan(tmp_path, wrong_share=0), store, reader)


def test_the_second_session_of_a_crossover_waits_and_says_until_when(bundle: Path, tmp_path: Path) -> None:
    now = [datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)]
    reader = Reader(Predictor.load(bundle, threads=1))
    path = plan(tmp_path, "crossover", washout_days=14)
    study = RunningStudy.opened(path, tmp_path / "store", reader, lambda: now[0])
    modes = []

    def read_session() -> Any:
        state = study.state("anna")
        while state["step"]:
            step = state["step"]
            modes.append(step["mode"])
            assert (state["answer"] is not None) == (step["mode"] == "aided")
            state = study.lock("anna", step["nodule"], step["mode"], Opinion("TR4", 0.5), 1.0, "")
        return state

    assert "2026-03-15" in read_session()["wait"]
    now[0] += datetime.timedelta(days=14)
    assert read_session()["debrief"]["of"] == 3
    assert sorted(modes) == ["aided"] * 3 + ["unaided"] * 3


def test_a_picture_or_box_that_cant_be_used_is_named_at_the_start(bundle: Path, tmp_path: Path) -> None:
    reader, path = Reader(Predictor.load(bundle, threads=1)), plan(tmp_path)
    (tmp_path / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png"):
        RunningStudy.opened(path, tmp_path / "store", reader)
    path = plan(tmp_path)
    path.write_text(path.read_text().replace("150, 140", "9150, 9140", 1), encoding="utf-8")
    with pytest.raises(DataError, match="m-one"):
        RunningStudy.opened(path, tmp_path / "store", reader)
