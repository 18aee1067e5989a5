"""The design of a study and its reading lists."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from isthmus.errors import UsageError
from isthmus.serve.studies.study import AIDED, BEFORE, SEQUENTIAL, UNAIDED, Study, StudyNodule, StudyReader

NODULES = tuple(
    StudyNodule(
        f"n{at}", ("benign", "malignant")[at % 2], 0.1 if at in (1, 3) else (0.2, 0.8)[at % 2], patient=f"p{at // 2}"
    )
    for at in range(40)
)
READERS = tuple(StudyReader(f"r{at}", "junior" if at < 4 else "senior") for at in range(8))


def study(**changes) -> Study:
    return Study(**{"name": "trial", "nodules": NODULES, "readers": READERS, "wrong_share": 0.1, "seed": 7} | changes)


def test_everybody_reads_every_nodule_once_with_the_model_and_once_without() -> None:
    for reader in READERS:
        first, second = study().sessions(reader.name)
        assert {first.mode, second.mode} == {AIDED, UNAIDED}
        assert sorted(first.nodules) == sorted(second.nodules) == sorted(one.name for one in NODULES)
        assert first.nodules != second.nodules


def test_half_of_each_experience_begin_with_the_model() -> None:
    begins = Counter((one.experience, study().sessions(one.name)[0].mode) for one in READERS)
    assert set(begins.values()) == {2}


def test_lists_depend_on_the_seed_and_on_nothing_else() -> None:
    assert study().sessions("r3") == study().sessions("r3")
    assert study(seed=8).sessions("r3") != study().sessions("r3")
    assert study().sessions("r3")[0].nodules != study().sessions("r4")[0].nodules
    fewer = study(readers=READERS[:6])
    lists = [{session.number: session.nodules for session in one.sessions("r3")} for one in (fewer, study())]
    assert lists[0] == lists[1]


def test_wrong_answers_are_of_both_labels_and_of_nodules_that_the_model_had_right() -> None:
    made = study()
    labels = Counter(made.nodule(name).label for name in made.planted)
    assert labels == {"benign": 2, "malignant": 2}
    for one in NODULES:
        right = (made.answer(one.name) >= 0.5) == (one.label == "malignant")
        assert right == (one.name not in made.planted and one.name not in ("n1", "n3"))


@pytest.mark.parametrize("p", [0.5, 0.3, 0.0, 1.0])
def test_an_answer_turned_round_is_on_the_other_side_of_the_threshold(p: float) -> None:
    label = "malignant" if p >= 0.5 else "benign"
    made = Study("one", (StudyNodule("n", label, p),), READERS, wrong_share=1.0)
    assert (made.answer("n") >= 0.5) != (p >= 0.5)
    assert 0 <= made.answer("n") <= 1


@pytest.mark.parametrize(("p", "threshold", "turned"), [(0.8, 0.2, 1 / 65), (0.1, 0.2, 0.36), (0.9, 0.5, 0.1)])
def test_it_is_as_far_from_the_threshold_in_odds_as_before(p: float, threshold: float, turned: float) -> None:
    """Odds 4 about a threshold of odds 1/4 are odds 1/64."""
    label = "malignant" if p >= threshold else "benign"
    made = Study("one", (StudyNodule("n", label, p, threshold),), READERS, wrong_share=1.0)
    assert made.answer("n") == pytest.approx(turned)


def test_a_sequential_study_has_one_session() -> None:
    (session,) = study(design=SEQUENTIAL).sessions("r0")
    assert session.mode == BEFORE


def test_a_study_is_made_again_from_its_json() -> None:
    made = study(nodules=(*NODULES, StudyNodule("boxed", "benign", 0.2, box=(1.0, 2.0, 3.0, 4.0))))
    assert Study.of_json(json.loads(json.dumps(made.as_json()))) == made


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"nodules": ()}, "no nodule"),
        ({"readers": (READERS[0], READERS[0])}, "twice"),
        ({"design": "split"}, "no design"),
        ({"washout_days": -1}, "washout"),
        ({"wrong_share": 2.0}, "share"),
        ({"wrong_share": 1.0}, "18 right"),
        ({"nodules": (StudyNodule("n", "unsure", 0.5),)}, "no label"),
    ],
)
def test_what_cant_be_read_is_refused(changes: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        study(**changes)


def test_a_reader_of_another_study_is_refused() -> None:
    with pytest.raises(UsageError, match="no reader 'eve'"):
        study().sessions("eve")
