"""One decoding of each image serves a data set's reader and everything that is said of its pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from isthmus.data import pixels
from isthmus.data.audit.audit import DETECTORS, audit
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.audit.key_search import FULL
from isthmus.data.audit.survey import Survey
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.readers import ddti
from isthmus.errors import DataError
from isthmus.nodule import Frame, ImageRef
from isthmus.phantom.write import write_phantom
from make.scan import save, scan


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("phantom")
    write_phantom(root, 4)
    return root


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[ImageRef]:
    """How often each file was decoded."""
    counted: Counter[ImageRef] = Counter()
    decode = pixels.read_picture

    def read_picture(picture: ImageRef, origin: str = "") -> Frame:
        counted[picture] += 1
        return decode(picture, origin)

    monkeypatch.setattr(pixels, "read_picture", read_picture)
    return counted


def test_a_survey_sees_what_a_second_reading_sees(root: Path, decoded: Counter[ImageRef]) -> None:
    with Survey(DETECTORS, threads=2) as survey:
        data = ddti.read(root, decode=survey.decode)
        found = audit(data, survey=survey)
    assert decoded == {image.picture: 1 for image in data.images}
    assert found.as_json() == audit(data).as_json()
    assert found.text, "there is something to see"


def test_files_of_the_same_bytes_are_compared_once(tmp_path: Path, decoded: Counter[ImageRef]) -> None:
    records = [save(tmp_path, f"{number}_1", scan(1)) for number in range(1, 5)]
    assert len(find_duplicates(records).identical) == 3
    assert set(decoded.values()) == {1}


@pytest.mark.parametrize("threads", [1, 4])
def test_any_number_of_threads_finds_the_same(tmp_path: Path, threads: int) -> None:
    records = [save(tmp_path, f"{number}_1", scan(number // 2), "jpg", quality=50 + number) for number in range(8)]
    with Survey(threads=threads) as survey:
        found = find_duplicates(records, survey=survey)
    assert found.sets == tuple((f"{number}_1", f"{number + 1}_1") for number in range(0, 8, 2))
    assert found == find_duplicates(records)


def test_more_copies_than_fill_a_key_are_one_set(tmp_path: Path) -> None:
    records = [save(tmp_path, f"{number}_1", scan(1), "jpg", quality=60 + number) for number in range(FULL + 2)]
    assert find_duplicates(records).sets == (tuple(record.id for record in records),)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_image_that_cannot_be_read_is_named(tmp_path: Path, threads: int) -> None:
    records = [save(tmp_path, f"{number}_1", scan(number)) for number in range(6)]
    for number in (3, 5):
        records[number].picture.path.write_bytes(b"")
    with pytest.raises(DataError, match=r"3_1\.png: is empty"), Survey(threads=threads) as survey:
        survey.look_at([record.picture for record in records])


def test_images_that_no_reader_decoded_are_looked_at(tmp_path: Path) -> None:
    records = tuple(save(tmp_path, f"{number}_1", scan(number)) for number in range(3))
    with Survey(DETECTORS, threads=2) as survey:
        survey.decode(records[1].picture)
        found = audit(DataSet("made", tmp_path, records, ()), survey=survey)
    assert [text.image for text in found.text] == ["0_1", "1_1", "2_1"]


def test_an_image_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1_1\.png: can't read"):
        find_duplicates([ImageRecord("1_1", ImageRef(tmp_path / "1_1.png"), "1", 5, 5)])
