"""What both reports state of labels and of a recipe."""

from __future__ import annotations

import pytest

from isthmus.data.labels import GIVEN, POLICIES, TIRADS
from isthmus.recipe import PAPER
from isthmus.report.facts import changes, sides


@pytest.mark.parametrize("policy", POLICIES)
def test_each_category_is_on_one_side_at_most(policy: str) -> None:
    both = sides(policy)
    assert both is not None
    assert list(both) == ["benign", "malignant"]
    every = [*both["benign"], *both["malignant"]]
    assert sorted(every) == every
    assert set(every) <= set(TIRADS)
    assert {POLICIES[policy].label(one) is not None for one in every} == {True}


def test_labels_that_the_data_set_carries_have_no_categories() -> None:
    assert sides(GIVEN) is None


def test_changes_name_the_field_and_both_values() -> None:
    assert changes(PAPER) == ()
    (one,) = changes(PAPER.changed(alpha=0.7))
    assert (one.name, one.value, one.papers) == ("alpha", 0.7, 0.6)
