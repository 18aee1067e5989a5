"""Small ultrasound pictures as DICOM datasets, of noise, and readings of them, to be answered."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from isthmus.decision import Calibration, Conformal, Decision
from isthmus.dicom.finding import Finding, Grade, Model
from isthmus.nodule import Box, Label
from isthmus.prediction import Passage, Prediction

DECISION = Decision(
    {"sensitivity-90": 0.3},
    "sensitivity-90",
    Calibration("platt", (1.1, -0.2)),
    conformal=Conformal(0.9, 0.6, 0.2),
)
BOX = Box(10, 12, 30, 40)
MODEL = Model("tn5000", "0.1.0", "5a" * 32, DECISION)


def picture(
    kind: str = "grey", frames: int | None = None, size: tuple[int, int] = (48, 64), uid: str = "1.2.3.4.1"
) -> Dataset:
    """A picture ``grey``, ``colour`` or ``palette`` of ``size`` (rows, columns), as multi-frame where ``frames`` is
    given: 8 bit, uncompressed, with patient and study."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UltrasoundImageStorage if frames is None else UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid, "1.2.3.4", "1.2.3.4.5"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.Modality, dataset.InstanceNumber, dataset.SeriesNumber = "US", 1, 1
    dataset.PatientName, dataset.PatientID = "王^小明=王^小明", "ZH-7"
    dataset.PatientBirthDate, dataset.PatientSex = "19700102", "F"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20260105", "101112", "S1"
    dataset.AccessionNumber, dataset.ReferringPhysicianName = "A1", "李^医生"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    _fill(dataset, kind, frames, size)
    return dataset


def _fill(dataset: Dataset, kind: str, frames: int | None, size: tuple[int, int]) -> None:
    samples = 3 if kind == "colour" else 1
    shape = (frames or 1, *size, samples)
    values = np.random.default_rng(7).integers(0, 256, shape, np.uint8)
    dataset.Rows, dataset.Columns = size
    dataset.SamplesPerPixel = samples
    dataset.PhotometricInterpretation = {"grey": "MONOCHROME2", "colour": "RGB", "palette": "PALETTE COLOR"}[kind]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    if samples == 3:
        dataset.PlanarConfiguration = 0
    if kind == "palette":
        for at, colour in enumerate(("Red", "Green", "Blue")):
            setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            table = (np.arange(256, dtype=np.uint16) * 257) >> at
            setattr(dataset, f"{colour}PaletteColorLookupTableData", table.astype("<u2").tobytes())
    if frames is not None:
        dataset.NumberOfFrames = frames
        dataset.FrameTime = 40
        dataset.FrameIncrementPointer = 0x00181063
    dataset.PixelData = values.tobytes() + b"\0" * (values.size % 2)


def reading(box: Box | None = BOX, reasons: tuple[str, ...] = (), probability: float = 0.7315) -> Prediction:
    """A reading with votes, a set of labels and a gate that refuses where there are ``reasons``."""
    return Prediction(
        "scan",
        "scan.dcm",
        probability,
        whole=0.7,
        crops=0.6875,
        threshold=DECISION.threshold,
        box=box,
        votes=(0.6, 0.7, 0.8, 0.65),
        operating_point=DECISION.default,
        label_set=(Label.MALIGNANT,),
        gate=Passage(reasons),
    )


def finding(image: Dataset | None = None, **given: object) -> Finding:
    """A finding with everything that one can have."""
    values: dict[str, object] = {
        "prediction": reading(),
        "image": picture() if image is None else image,
        "size_mm": (12.3, 9.1),
        "grade": Grade("acr-2017", "TR4", 4, {"composition": "solid-or-almost", "shape": "wider-than-tall"}),
        "crops": ((8, 10, 20, 26), (20, 10, 32, 26), (8, 26, 20, 42), (20, 26, 32, 42)),
        "side": "left",
    }
    return Finding(**(values | given))  # type: ignore[arg-type]
