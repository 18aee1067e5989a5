"""Reads as a study locks them, and what comes of them."""

from __future__ import annotations

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from isthmus.cli.main import main
from isthmus.errors import DataError, UsageError
from isthmus.serve.studies.grades import as_grades
from isthmus.serve.studies.store import LockedRead, Opinion, StudyStore
from isthmus.serve.studies.study import SEQUENTIAL, Study, StudyNodule, StudyReader

NOW = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
MONTH = datetime.timedelta(days=28)
NODULES = tuple(
    StudyNodule(f"n{at}", ("benign", "malignant")[at % 2], (0.2, 0.8)[at % 2], patient=f"p{at // 2}")
    for at in range(20)
)
READERS = (StudyReader("anna", "senior"), StudyReader("ben", "junior"))


@pytest.fixture
def crossover(tmp_path: Path) -> StudyStore:
    return StudyStore.create(tmp_path / "trial.db", Study("trial", NODULES, READERS, wrong_share=0.1))


@pytest.fixture
def sequential(tmp_path: Path) -> StudyStore:
    return StudyStore.create(tmp_path / "trial.db", Study("trial", NODULES, READERS, SEQUENTIAL, wrong_share=0.1))


def read_all(store: StudyStore, reader: str, now: datetime.datetime, opinions: np.random.Generator) -> None:
    """Reads until all is done or the washout stops it."""
    try:
        while step := store.next(reader, now):
            p = float(opinions.uniform(0.0, 0.9)) + 0.1 * (store.study.nodule(step.nodule).label == "malignant")
            if step.mode in ("aided", "after"):
                p = (p + store.answer(reader, step.nodule, now)) / 2
            store.lock(reader, step.nodule, Opinion(p_malignant=p), 30.0, now, reason="the model's answer")
    except UsageError as error:
        assert "washout" in str(error)  # noqa: PT017


def test_the_second_session_waits_for_the_washout(crossover: StudyStore) -> None:
    read_all(crossover, "anna", NOW, np.random.default_rng(0))
    assert len(crossover.reads("anna")) == 20
    with pytest.raises(UsageError, match="washout of 28 days ends on 2026-03-29"):
        crossover.next("anna", NOW + MONTH - datetime.timedelta(seconds=1))
    assert crossover.next("anna", NOW + MONTH).session == 2
    read_all(crossover, "anna", NOW + MONTH, np.random.default_rng(1))
    assert crossover.next("anna", NOW + MONTH) is None
    assert crossover.next("ben", NOW).done == 0


def test_the_answer_is_shown_only_after_the_readers_own_is_locked(sequential: StudyStore) -> None:
    step = sequential.next("anna", NOW)
    with pytest.raises(UsageError, match="before the reader's own is locked"):
        sequential.answer("anna", step.nodule, NOW)
    sequential.lock("anna", step.nodule, Opinion("TR4", 0.6), 20, NOW)
    assert sequential.answer("anna", step.nodule, NOW) == sequential.study.answer(step.nodule)
    with pytest.raises(UsageError, match="without a reason"):
        sequential.lock("anna", step.nodule, Opinion("TR5", 0.9), 5, NOW)
    last = sequential.lock("anna", step.nodule, Opinion("TR5", 0.9), 5, NOW, "punctate foci, seen late")
    assert isinstance(last, LockedRead)
    assert [(one.mode, one.opinion.tirads, one.reason) for one in sequential.reads("anna")] == [
        ("before", "TR4", ""),
        ("after", "TR5", "punctate foci, seen late"),
    ]
    with pytest.raises(UsageError, match="is next"):
        sequential.lock("anna", step.nodule, Opinion("TR1"), 5, NOW)


def test_a_session_without_the_model_never_shows_it(crossover: StudyStore) -> None:
    unaided = next(one.name for one in READERS if crossover.study.sessions(one.name)[0].mode == "unaided")
    step = crossover.next(unaided, NOW)
    with pytest.raises(UsageError, match="nor in a session without it"):
        crossover.answer(unaided, step.nodule, NOW)


def test_of_eight_tabs_that_lock_at_once_one_does(crossover: StudyStore, tmp_path: Path) -> None:
    nodule = crossover.next("anna", NOW).nodule

    def lock(at: int) -> bool:
        try:
            StudyStore.open(tmp_path / "trial.db").lock("anna", nodule, Opinion(f"TR{1 + at % 5}"), 9, NOW)
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lock, range(8))) == 1
    assert len(crossover.reads("anna")) == 1


def test_reads_outlive_the_process_that_made_them(crossover: StudyStore, tmp_path: Path) -> None:
    read_all(crossover, "anna", NOW, np.random.default_rng(0))
    again = StudyStore.open(tmp_path / "trial.db")
    assert again.study == crossover.study
    assert again.reads() == crossover.reads()


@pytest.mark.parametrize("design", ["crossover", "sequential"])
def test_a_study_is_judged_by_its_name(design: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    store = request.getfixturevalue(design)
    random = np.random.default_rng(0)
    for reader in ("anna", "ben"):
        for now in (NOW, NOW + MONTH):
            read_all(store, reader, now, random)
    result = CliRunner().invoke(
        main, ["readers", str(tmp_path / "trial.db"), "--json", "--export", str(tmp_path / "out.csv")]
    )
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    assert (found["reads"], found["n"], found["patients"], found["pairs"]) == (80, 20, 10, 40)
    assert found["mrmc"]["effect"] > 0
    twice = design == "sequential"  # the first look is part of the second
    assert (found["seconds"]["without"]["value"], found["seconds"]["with"]["value"]) == (30, 60 if twice else 30)
    assert found["reliance"]["over"]["n"] == found["reliance"]["over_planted"]["n"]
    assert {one["experience"] for one in found["pooled"]["experience"]} == {"junior", "senior"}
    again = CliRunner().invoke(main, ["readers", str(tmp_path / "out.csv"), "--json"])
    assert json.loads(again.stdout)["mrmc"] == found["mrmc"]


def test_an_opinion_that_says_nothing_is_refused(crossover: StudyStore) -> None:
    nodule = crossover.next("anna", NOW).nodule
    for opinion, seconds in ((Opinion(), 1.0), (Opinion(p_malignant=1.5), 1.0), (Opinion("TR3"), -1.0)):
        with pytest.raises(UsageError):
            crossover.lock("anna", nodule, opinion, seconds, NOW)
    with pytest.raises(UsageError, match="time zone"):
        crossover.lock("anna", nodule, Opinion("TR3"), 1, datetime.datetime(2026, 3, 1))
    assert crossover.reads() == ()


def test_grades_need_a_common_score(crossover: StudyStore) -> None:
    with pytest.raises(DataError, match="no read is locked"):
        as_grades(crossover)
    for opinion in (Opinion("TR3"), Opinion(p_malignant=0.2)):
        crossover.lock("anna", crossover.next("anna", NOW).nodule, opinion, 1, NOW)
    with pytest.raises(DataError, match="only a TI-RADS level"):
        as_grades(crossover)


def test_a_reason_is_no_formula_in_the_export(sequential: StudyStore) -> None:
    nodule = sequential.next("anna", NOW).nodule
    sequential.lock("anna", nodule, Opinion("TR3", 0.2), 1, NOW)
    sequential.lock("anna", nodule, Opinion("TR4", 0.6), 1, NOW, "=HYPERLINK(1)")
    assert ",'=HYPERLINK(1)," in as_grades(sequential)[0]


def test_what_is_no_study_is_refused(crossover: StudyStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already"):
        StudyStore.create(tmp_path / "trial.db", crossover.study)
    with pytest.raises(UsageError, match="no study 'other'"):
        StudyStore.open(tmp_path / "trial.db", "other")
    with pytest.raises(DataError, match="is not there"):
        StudyStore.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no database")
    with pytest.raises(DataError, match="holds no reader study"):
        StudyStore.open(tmp_path / "text.db")


def test_the_example_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "readers.md").read_text(encoding="utf-8")
    exec(compile(page.split("```python\n")[1].split("```")[0], "readers.md", "exec"), {})
    assert [one.mode for one in StudyStore.open(Path("trial.db")).reads()] == ["before", "after"]
