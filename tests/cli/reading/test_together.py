"""`isthmus predict --together`: several views of one nodule, and their mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.errors import UsageError
from make.commands import isthmus
from make.served import picture

BOXES = ("--box", "20,30,150,140", "--box", "25,35,155,145")


@pytest.fixture
def views(tmp_path: Path) -> tuple[Path, Path]:
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    return tmp_path / "0.png", tmp_path / "1.png"


def told(*arguments: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(isthmus("predict", *arguments, "--json").stdout)
    return answer


def test_box_and_file_go_in_pairs(views: tuple[Path, Path]) -> None:
    joined = told(*views, "--together", *BOXES)
    alone = [told(path, "--box", box)["predictions"][0] for path, box in zip(views, BOXES[1::2], strict=True)]  # type: ignore[index]
    assert [one["p_malignant"] for one in joined["predictions"]] == [one["p_malignant"] for one in alone]  # type: ignore[attr-defined]
    assert joined["together"]["views"] == 2  # type: ignore[index]


def test_several_boxes_on_one_file_are_its_views(views: tuple[Path, Path]) -> None:
    said = isthmus("predict", views[0], "--together", *BOXES).stdout
    assert "Together: " in said


@pytest.mark.parametrize("boxes", [BOXES[:2], (*BOXES, "--box", "1,2,30,40")])
def test_boxes_that_fit_no_files_are_wrong_use(views: tuple[Path, Path], boxes: tuple[str, ...]) -> None:
    result = isthmus("predict", *views, "--together", *boxes)
    assert isinstance(result.exception, UsageError)
    assert "Give a --box for each FILE" in result.exception.remedy


def test_one_view_is_wrong_use(views: tuple[Path, Path]) -> None:
    assert isinstance(isthmus("predict", views[0], "--together").exception, UsageError)


def test_without_the_option_nothing_is_joined(views: tuple[Path, Path]) -> None:
    assert "together" not in told(*views)
