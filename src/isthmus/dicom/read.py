"""One frame of a DICOM file as a viewer shows it. Only that frame is read and decoded."""

from __future__ import annotations

from pathlib import Path

from pydicom.datadict import tag_for_keyword

from isthmus.dicom.decode import decode
from isthmus.dicom.header import AGAIN, opened
from isthmus.dicom.layout import Bounds, layout_of
from isthmus.dicom.regions import regions_of
from isthmus.dicom.shown import as_shown
from isthmus.errors import DataError
from isthmus.nodule import Frame

COLOURS = ("Red", "Green", "Blue")
# What is read of a header to show a frame; all else may be as long and as broken as it likes.
KEYWORDS = (
    *("SOPClassUID", "Modality", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration"),
    *("NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("RescaleIntercept", "RescaleSlope", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *(f"{colour}PaletteColorLookupTable{part}" for colour in COLOURS for part in ("Descriptor", "Data")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in COLOURS),
    *("SequenceOfUltrasoundRegions", "SharedFunctionalGroupsSequence"),
)
TAGS = tuple(tag for keyword in KEYWORDS if (tag := tag_for_keyword(keyword)) is not None)
BOUNDS = Bounds()


def read_frame(source: Path | bytes, where: str = "", page: int = 1, bounds: Bounds = BOUNDS) -> Frame:
    """Frame ``page``, from 1 on, of a DICOM file: uint8, (rows, columns) grey or (rows, columns, 3) RGB.

    Uncompressed (little and big endian, deflated), RLE, JPEG, JPEG-LS, JPEG 2000 and HTJ2K; 8 and 16 bits; grey,
    palette and colour. Modality and VOI transformations are applied; grey of more than 8 bits without a window is
    scaled by the frame's range, and of deep colours the upper 8 bits are shown. Its regions are the header's. Where
    its colours aren't what the header calls them they are put right, and ``notes`` says so, as it does where the file
    holds more frames than the header states. Raises DataError for what
    is damaged, cut short, not as its header says, not read, without that frame, or beyond ``bounds``.
    """
    with opened(source, where, TAGS) as file:
        try:
            layout = layout_of(file, bounds)
            decoded = decode(file, layout, page)
            pixels, notes = as_shown(decoded, layout, file.header, file.where)
        except DataError:
            raise
        except MemoryError:
            raise DataError("there is too little memory left to decode it", where=file.where, remedy=AGAIN) from None
        except Exception as error:  # pydicom reads a value when it is asked for, and raises what it stumbles over
            raise DataError(f"its header is damaged ({error})", where=file.where, remedy=AGAIN) from error
        if decoded.frames > layout.frames:
            stated = f"{layout.frames} frame{'' if layout.frames == 1 else 's'}"
            notes += (f"its header states {stated} and it holds {decoded.frames}: those beyond aren't read",)
        regions = regions_of(file.header, layout.columns, layout.rows)
        return Frame(pixels, file.where, page, layout.frames, regions=regions, notes=notes)
