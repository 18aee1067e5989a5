"""The reading of what a PACS sends, in a test: objects as they come, and what became of them."""

from __future__ import annotations

from pydicom import dcmread
from pydicom.dataset import Dataset

from isthmus.pacs.inbox import Inbox, Taken
from isthmus.pacs.queue import READ, Entry
from make.pacs import as_file


def came(inbox: Inbox, *datasets: Dataset | bytes) -> Taken:
    """Takes objects up, one after the other; what the last came to."""
    for one in datasets:
        path = inbox.incoming / "one.dcm"
        path.write_bytes(one if isinstance(one, bytes) else as_file(one))
        told = inbox.take(path, "dimse")
    return told


def entry_of(inbox: Inbox, dataset: Dataset) -> Entry:
    entry = inbox.queue.entry(dataset.SOPInstanceUID)
    assert entry is not None
    return entry


def report_of(inbox: Inbox, image: Dataset) -> Dataset:
    """The report that answers a picture."""
    entry = entry_of(inbox, image)
    assert (entry.state, entry.note) == (READ, "")
    return dcmread(inbox.answers(entry.answers) / "report.dcm")


def nodules(report: Dataset) -> list[Dataset]:
    """The groups of a report, one for each nodule."""
    (measurements,) = [one for one in report.ContentSequence if name_of(one) == "Imaging Measurements"]
    return list(measurements.ContentSequence)


def said_of(group: Dataset, name: str) -> list[str]:
    """What a group says under a name."""
    return [str(one.TextValue) for one in group.ContentSequence if name_of(one) == name]


def name_of(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeMeaning) if "ConceptNameCodeSequence" in item else ""
