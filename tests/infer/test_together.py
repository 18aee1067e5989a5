"""Views of one nodule, joined: a mean with its spread, no verdict, and nothing where a view has no answer."""

from __future__ import annotations

import pytest

from isthmus.errors import DataError
from isthmus.infer.together import together
from make.nodule_report import prediction


def test_the_mean_lies_between_the_views_and_has_no_verdict() -> None:
    told = together([prediction(0.2), prediction(0.6), prediction(0.9)]).as_json()
    assert told["p_malignant"] == pytest.approx((0.2 + 0.6 + 0.9) / 3)
    assert (told["views"], told["lowest"], told["highest"]) == (3, 0.2, 0.9)
    assert told["verdicts"] == ["benign", "malignant"]
    assert "verdict" not in told
    assert "not validated" in told["note"]


def test_a_view_without_an_answer_leaves_the_whole_without_one() -> None:
    told = together([prediction(0.2), prediction(0.9, refused=("too dark",))]).as_json()
    assert (told["p_malignant"], told["lowest"], told["highest"]) == (None, None, None)
    assert "view 2" in told["reason"]


@pytest.mark.parametrize("views", [0, 1])
def test_less_than_two_views_are_refused(views: int) -> None:
    with pytest.raises(DataError, match="view"):
        together([prediction()] * views)
