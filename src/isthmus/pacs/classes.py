"""What a PACS may send us, and what we make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydicom import uid as uids
from pydicom.dataset import Dataset

Kind = Literal["picture", "regions", "ours", "other"]

# The retired classes have no names in pydicom; highdicom and pynetdicom know neither.
RETIRED = ("1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.3")
ULTRASOUND = (uids.UltrasoundImageStorage, uids.UltrasoundMultiFrameImageStorage, *RETIRED)
# Pictures of an ultrasound machine that were exported or scanned; only with modality US.
CAPTURES = (
    uids.SecondaryCaptureImageStorage,
    uids.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    uids.MultiFrameTrueColorSecondaryCaptureImageStorage,
)
STATES = (uids.GrayscaleSoftcopyPresentationStateStorage, uids.ColorSoftcopyPresentationStateStorage)
REPORTS = (uids.EnhancedSRStorage, uids.ComprehensiveSRStorage, uids.Comprehensive3DSRStorage, uids.BasicTextSRStorage)
REGIONS = (*STATES, uids.SegmentationStorage, *REPORTS)
ACCEPTED = (*ULTRASOUND, *CAPTURES, *REGIONS)
# Modalities whose objects may hold regions, for a search.
MODALITIES = ("US", "PR", "SEG", "SR")
# What an answer may be, and what a person calls it.
ANSWERS: Mapping[str, str] = {
    uids.ComprehensiveSRStorage: "structured reports",
    uids.SecondaryCaptureImageStorage: "secondary captures",
    uids.GrayscaleSoftcopyPresentationStateStorage: "presentation states",
    uids.ColorSoftcopyPresentationStateStorage: "presentation states",
    uids.SegmentationStorage: "segmentations",
}
MAKER = "isthmus"


def kind_of(header: Dataset) -> Kind:
    """What an object is to us, by its class, modality and maker. Answers of ours are never read again."""
    named = str(header.get("SOPClassUID") or "")
    if str(header.get("Manufacturer") or "").strip() == MAKER:
        return "ours"
    if named in ULTRASOUND or (named in CAPTURES and header.get("Modality") == "US"):
        return "picture"
    return "regions" if named in REGIONS else "other"
