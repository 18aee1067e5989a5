"""All that a DICOMweb server holds is found, however it pages and whatever its answers leave out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundImageStorage, generate_uid

from isthmus.pacs.qido import instances, studies
from isthmus.pacs.session import Server
from make.dicomweb import Web, reply, serving


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    with serving(made):
        yield made


def picture(study: str = "1.2.3", series: str = "1.2.3.4", modality: str = "US") -> Dataset:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = UltrasoundImageStorage, generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = study, series, modality
    return made


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
@pytest.mark.parametrize(("most", "offsets"), [(10**6, True), (10**6, False), (50, True)])
def test_every_study_is_found_however_the_server_pages(web: Web, count: int, most: int, offsets: bool) -> None:
    web.most, web.offsets = most, offsets
    web.hold(*(picture(study=f"1.2.{number + 1}") for number in range(count)))
    assert set(studies(Server(web.url).client(), "20260101")) == {f"1.2.{number + 1}" for number in range(count)}
    assert len(web.queries) <= 2 + count // min(most, 100) + 2


def test_every_instance_of_a_large_series_is_found(web: Web) -> None:
    web.most = 40
    made = [picture() for _ in range(90)]
    web.hold(*made, picture(series="1.2.9", modality="CT"))
    found = [uid for _, uid in instances(Server(web.url).client(), "1.2.3")]
    assert sorted(found) == sorted(one.SOPInstanceUID for one in made)


@pytest.mark.parametrize("left_out", [("00080060",), ("00080016",), ("00080060", "00080016")])
def test_what_an_answer_leaves_out_hides_nothing(web: Web, left_out: tuple[str, ...]) -> None:
    web.left_out = left_out
    one = picture()
    web.hold(one)
    assert list(instances(Server(web.url).client(), "1.2.3")) == [("1.2.3.4", one.SOPInstanceUID)]


def test_what_is_no_uid_goes_into_no_address(web: Web) -> None:
    row = {"0020000D": {"vr": "UI", "Value": ["../../instances"]}}
    web.says["studies"] = [reply(200, json.dumps([row, {}, {"0020000D": {}}]).encode())]
    assert studies(Server(web.url).client(), "20260101") == {}
