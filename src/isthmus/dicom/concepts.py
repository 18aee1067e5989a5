"""The codes of an answer in DICOM: those of DICOM, SNOMED and UCUM where there are some, ours where there are none."""

from __future__ import annotations

from collections.abc import Mapping

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from isthmus.nodule import Label

SCHEME = "99ISTHMUS"  # ours; PS3.16 wants private ones to begin with 99

VERDICTS: Mapping[Label | None, CodedConcept] = {
    Label.BENIGN: CodedConcept("30807003", "SCT", "Benign"),
    Label.MALIGNANT: CodedConcept("21594007", "SCT", "Malignant"),
    None: CodedConcept("82334004", "SCT", "Indeterminate"),
}
SITES: Mapping[str, CodedConcept] = {
    "": CodedConcept("69748006", "SCT", "Thyroid"),
    "right": CodedConcept("29565003", "SCT", "Right lobe of thyroid"),
    "left": CodedConcept("79163004", "SCT", "Left lobe of thyroid"),
    "isthmus": CodedConcept("40867004", "SCT", "Thyroid isthmus"),
}
NODULE = CodedConcept("237495005", "SCT", "Thyroid nodule")
ABNORMAL = CodedConcept("49755003", "SCT", "Morphologically abnormal structure")
REPORTED = CodedConcept("25010-0", "LN", "US Thyroid Report")
PROBABILITY = CodedConcept("111047", "DCM", "Probability of cancer")
PERCENT = CodedConcept("%", "UCUM", "Percent")
MILLIMETRE = CodedConcept("mm", "UCUM", "mm")
POINTS = CodedConcept("{score}", "UCUM", "Score")
ALGORITHM_FAMILY = CodedConcept("123110", "DCM", "Artificial Intelligence")
COMMENT = codes.DCM.Comment


def ours(value: str, meaning: str) -> CodedConcept:
    """A concept that no public scheme has."""
    return CodedConcept(value, SCHEME, meaning)


VERDICT = ours("verdict", "Verdict at the threshold")
LABEL_SET = ours("label-set", "Labels that are not ruled out")
GATE = ours("gate", "Input gate")
ACCEPTED, REFUSED = ours("accepted", "Picture accepted"), ours("refused", "Picture refused: no verdict")
REASON = ours("reason", "Why the input gate refuses")
WIDTH = CodedConcept("103355008", "SCT", "Width")  # CID 7470
HEIGHT = CodedConcept("121207", "DCM", "Height")
TIRADS_LEVEL, TIRADS_POINTS = ours("tirads-level", "TI-RADS level"), ours("tirads-points", "TI-RADS points")
LIMITS = ours("limits", "Limits of use")


def scheme() -> CodingSchemeIdentificationItem:
    """What PS3.3 C.12.1.1.5 asks to be said of a private scheme."""
    return CodingSchemeIdentificationItem(
        designator=SCHEME, name="isthmus: readings of thyroid nodules", responsible_organization="isthmus"
    )
