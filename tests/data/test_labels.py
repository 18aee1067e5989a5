"""Labels by policy, and by the names that a data set uses itself."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.labels import (
    DEFAULT_POLICY,
    GIVEN,
    POLICIES,
    TIRADS,
    class_meanings,
    labelled,
    parse_classes,
    policy_named,
)
from isthmus.errors import UsageError
from isthmus.nodule import Box, ImageRef, Label, Nodule

BENIGN, MALIGNANT = Label.BENIGN, Label.MALIGNANT


def nodule(tirads: str, label: Label | None = None) -> Nodule:
    return Nodule("1_1-1", "1_1", "1", ImageRef(Path("1_1.jpg")), Box(0, 0, 9, 9), tirads=tirads, label=label)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_policy_names_what_it_does(policy: object) -> None:
    policy = policy_named(policy.name)  # type: ignore[attr-defined]
    assert policy.benign.isdisjoint(policy.malignant)
    assert policy.benign | policy.malignant <= set(TIRADS)
    benign = policy.name.removeprefix("benign-").removesuffix("-without-4a").split("-")
    assert policy.benign == set(benign)
    left_out = {"4a"} if policy.name.endswith("without-4a") else set()
    assert policy.malignant == set(TIRADS) - policy.benign - left_out


@pytest.mark.parametrize(
    ("policy", "labels"),
    [
        ("benign-2-3", [BENIGN, BENIGN, MALIGNANT, MALIGNANT, MALIGNANT, MALIGNANT]),
        ("benign-2-3-4a", [BENIGN, BENIGN, BENIGN, MALIGNANT, MALIGNANT, MALIGNANT]),
        ("benign-2-3-without-4a", [BENIGN, BENIGN, None, MALIGNANT, MALIGNANT, MALIGNANT]),
    ],
)
def test_labels_by_policy(policy: str, labels: list[Label | None]) -> None:
    assert [one.label for one in labelled(map(nodule, TIRADS), policy)] == labels


@pytest.mark.parametrize("policy", POLICIES)
def test_no_tirads_no_label(policy: str) -> None:
    assert labelled([nodule("", MALIGNANT)], policy)[0].label is None


def test_given_keeps_what_is_there() -> None:
    assert [one.label for one in labelled([nodule("2", MALIGNANT), nodule("5")], GIVEN)] == [MALIGNANT, None]


def test_unknown_policy_names_the_known_ones() -> None:
    assert DEFAULT_POLICY in POLICIES
    with pytest.raises(UsageError, match="benign-2-3, benign-2-3-4a"):
        policy_named("benign-2")


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("", {}),
        ("0=benign,1=malignant", {"0": BENIGN, "1": MALIGNANT}),
        (" 0 = Benign , 1 = MALIGNANT ,", {"0": BENIGN, "1": MALIGNANT}),
        ("gland=none,benign=benign", {"gland": None, "benign": BENIGN}),
        ("a=b=malignant", {"a=b": MALIGNANT}),
        ("malignant=none", {"malignant": None}),
    ],
)
def test_classes(text: str, classes: dict[str, Label | None]) -> None:
    assert parse_classes(text) == classes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0", "name=benign"),
        ("0=1", "name=benign"),
        ("=benign", "name=benign"),
        ("0=", "name=benign"),
        ("benign=malignant", "can't mean"),
        ("Malignant=benign", "can't mean"),
        ("0=benign,0=malignant", "two meanings"),
        ("A=benign,a=malignant", "two meanings"),
    ],
)
def test_classes_that_make_no_sense(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        parse_classes(text)


def test_benign_and_malignant_need_no_saying() -> None:
    assert class_meanings({"Mal": MALIGNANT}) == {"benign": BENIGN, "malignant": MALIGNANT, "mal": MALIGNANT}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert set(parse_classes(text).values()) <= {BENIGN, MALIGNANT, None}
