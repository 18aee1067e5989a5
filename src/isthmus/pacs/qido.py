"""What a DICOMweb server holds, asked by QIDO: in pages, and believing nothing of an answer but what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset
from requests.exceptions import ContentDecodingError

from isthmus.pacs.classes import ACCEPTED, MODALITIES
from isthmus.pacs.inbox import UID
from isthmus.pacs.session import status_of_error

PAGE = 100  # studies, series or instances of one answer
MOST_FOUND = 100_000  # of one search: what gives more doesn't end
Found = list[dict[str, Any]]
Search = Callable[[int, int], Any]  # limit, offset


def studies(client: DICOMwebClient, since: str) -> dict[str, str]:
    """Each study with ultrasound since a day, and how many objects it has, "" where that isn't said."""

    def search(limit: int, offset: int) -> Any:
        fields, filters = ["NumberOfStudyRelatedInstances"], {"ModalitiesInStudy": "US", "StudyDate": f"{since}-"}
        return client.search_for_studies(limit=limit, offset=offset, fields=fields, search_filters=filters)

    return {uid: value_in(one, "00201208") for uid, one in _all(search, "0020000D").items()}


def instances(client: DICOMwebClient, study: str) -> Iterator[tuple[str, str]]:
    """Series and UID of each object of a study that may be read, or hold regions. A server that doesn't say what it is
    is asked for it."""
    every = _all(lambda limit, offset: client.search_for_series(study, limit=limit, offset=offset), "0020000E")
    for series, told in every.items():
        if value_in(told, "00080060") not in ("", *MODALITIES):
            continue

        def search(limit: int, offset: int, series: str = series) -> Any:
            return client.search_for_instances(study, series, limit=limit, offset=offset)

        for uid, one in _all(search, "00080018").items():
            if value_in(one, "00080016") in ("", *ACCEPTED):
                yield series, uid


def is_there(client: DICOMwebClient, answer: Dataset) -> bool:
    """Whether the server finds an object."""
    filters = {"SOPInstanceUID": answer.SOPInstanceUID}
    study, series = answer.StudyInstanceUID, answer.SeriesInstanceUID
    try:
        found = _listed(partial(client.search_for_instances, study, series, search_filters=filters))
    except requests.HTTPError as error:
        if status_of_error(error) == 404:
            return False  # no such series yet
        raise
    return any(value_in(one, "00080018") == answer.SOPInstanceUID for one in found)


def value_in(one: dict[str, Any], tag: str) -> str:
    """The first value of an attribute, "" without."""
    try:
        return str(one[tag]["Value"][0] or "")
    except (KeyError, TypeError, IndexError):
        return ""


def _all(search: Search, tag: str) -> dict[str, dict[str, Any]]:
    """All that a search finds, by the UID in a tag.

    It comes in pages, and a server may give less than a page of what it has. Some, Orthanc 1.10 among them, answer
    nothing to an offset: where a page was full, all are asked for at once.
    """
    known: dict[str, dict[str, Any]] = {}
    limit, offset = PAGE, 0
    while len(known) < MOST_FOUND:
        found = _listed(partial(search, limit, offset))
        news = {uid: one for one in found if (uid := _uid_in(one, tag)) and uid not in known}
        known |= news
        if offset == 0 and len(found) >= limit > PAGE:
            limit = 10 * limit
        elif limit == PAGE and news:
            offset += len(found)
        elif limit == PAGE and offset and offset % PAGE == 0:
            limit, offset = 10 * offset, 0
        else:
            break
    return known


def _listed(search: Callable[[], Any]) -> Found:
    """What a server found. Raises ContentDecodingError for what is no list of objects (PS3.18, F.2)."""
    try:
        found = search()
    except RecursionError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ContentDecodingError("its answer is no list of DICOM objects")
    return found


def _uid_in(one: dict[str, Any], tag: str) -> str:
    """A UID, "" for what is none: it goes into an address."""
    text = value_in(one, tag)
    return text if len(text) <= 64 and UID.fullmatch(text) else ""
