"""The pictures of an answer: a secondary capture of the overlay, a presentation state, a segmentation."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib import resources
from typing import Any

import highdicom
import numpy as np
from highdicom import pr, sc, seg
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset

from isthmus.dicom import concepts
from isthmus.dicom.finding import Finding, Model, all_of_one_patient, name_of
from isthmus.dicom.overlay import label, overlay, results
from isthmus.dicom.report import DESCRIPTION, answer_uid, made_by
from isthmus.dicom.source_header import frames_of, header_of, is_multi_frame, moment, name_again, quiet, unnamed
from isthmus.errors import DataError
from isthmus.nodule import DISCLAIMER, Pixels

GREY = ("MONOCHROME1", "MONOCHROME2")
PROFILE = "sRGB_v4_ICC_preference.icc"  # of class spac: a presentation state takes no monitor's, as Pillow's is
GROUPS = {
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction", "WindowCenterWidthExplanation"),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
}
LATERALITY = {"right": "R", "left": "L", "isthmus": "", "": ""}


def secondary_capture(
    findings: Sequence[Finding], pixels: Pixels, model: Model, at: datetime.datetime | None = None
) -> sc.SCImage:
    """The overlay of findings on one frame, ``pixels`` uint8 (h, w) or (h, w, 3), as an RGB secondary capture, which
    every PACS shows. Raises DataError as ``_one_frame`` does."""
    header, when = _one_frame(findings), moment(at)
    picture = overlay(pixels, findings, model)
    with quiet():
        made = made_by(header, model, "sc")
        capture = sc.SCImage.from_ref_dataset(
            ref_dataset=unnamed(header),
            pixel_array=picture,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("R", "F"),
            sop_instance_uid=answer_uid(findings, model, "sc"),
            instance_number=1,
            content_date=when.date(),
            content_time=when.time(),
            **made,
        )
        capture.copy_patient_and_study_information(header)
        name_again(capture, header, when)
    orientation: Any = header.get("PatientOrientation") or ""  # unknown is empty; highdicom wants one to begin with
    capture.PatientOrientation = orientation
    capture.Laterality = LATERALITY[findings[0].side] or header.get("Laterality") or ""
    capture.BurnedInAnnotation = "YES"
    capture.DerivationDescription = DESCRIPTION
    capture.SourceImageSequence = [_reference(header, findings[0].frame)]
    return capture


def presentation_state(
    findings: Sequence[Finding], model: Model, at: datetime.datetime | None = None
) -> pr.GrayscaleSoftcopyPresentationState | pr.ColorSoftcopyPresentationState | str:
    """The regions and results of findings on one frame as graphics that a viewer lays on the picture: greyscale for a
    grey picture, colour for one of three samples a pixel. A sentence where there can be none."""
    header, when = _one_frame(findings), moment(at)
    kind = header.get("PhotometricInterpretation")
    if kind not in GREY and header.get("SamplesPerPixel") != 3:
        return f"No presentation state, as none can be written for a picture in {kind or 'unknown colours'}."
    with quiet():
        layer = pr.GraphicLayer("ISTHMUS", order=1, description="isthmus: regions and results")
        image = _with_groups(unnamed(header))
        given: dict[str, Any] = {
            "referenced_images": [image],
            "sop_instance_uid": answer_uid(findings, model, "pr"),
            "instance_number": 1,
            "device_serial_number": model.sha256[:16],
            "content_label": "ISTHMUS",
            "content_description": DISCLAIMER,
            "graphic_layers": [layer],
            "graphic_annotations": [_annotation(findings, image, layer)],
        } | made_by(header, model, "pr")
        state: pr.GrayscaleSoftcopyPresentationState | pr.ColorSoftcopyPresentationState
        if kind in GREY:
            state = pr.GrayscaleSoftcopyPresentationState(**given)
        else:
            state = pr.ColorSoftcopyPresentationState(icc_profile=_profile(), **given)
        name_again(state, header, when)
    state.PresentationCreationDate, state.PresentationCreationTime = (
        state.InstanceCreationDate,
        state.InstanceCreationTime,
    )
    state.Laterality = LATERALITY[findings[0].side] or header.get("Laterality") or ""
    return state


def segmentation(
    findings: Sequence[Finding], model: Model, at: datetime.datetime | None = None
) -> seg.Segmentation | str:
    """The regions of findings on one frame as a binary segmentation, a segment for each. A sentence where there can be
    none: a picture of several frames without a frame of reference."""
    header, when = _one_frame(findings), moment(at)
    if is_multi_frame(header) or frames_of(header) > 1:
        return "No segmentation, as DICOM ties one to a picture of several frames by a frame of reference only."
    masks = np.stack([_mask(finding, header) for finding in findings], -1)[None]
    if not masks.any((0, 1, 2)).all():
        return "No segmentation, as a region lies outside the picture."
    with quiet():
        result = seg.Segmentation(
            source_images=[unnamed(header)],
            pixel_array=masks,
            segmentation_type=seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[_segment(finding, number, model) for number, finding in enumerate(findings, 1)],
            sop_instance_uid=answer_uid(findings, model, "seg"),
            instance_number=1,
            device_serial_number=model.sha256[:16],
            content_label="ISTHMUS",
            content_description=DISCLAIMER,
            content_date=when.date(),
            content_time=when.time(),
            **made_by(header, model, "seg"),
        )
        name_again(result, header, when)
    result.PatientOrientation = header.get("PatientOrientation") or ""  # with it, Laterality must not be there
    return result


def _one_frame(findings: Sequence[Finding]) -> Dataset:
    """The header of the picture that all findings are on. Raises DataError where they are on several frames."""
    all_of_one_patient(tuple(findings))
    if len({(finding.image.SOPInstanceUID, finding.frame) for finding in findings}) > 1:
        raise DataError("these nodules are on several frames", remedy="Make one picture for each frame.")
    return header_of(findings[0].image)


def _reference(header: Dataset, frame: int) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = header.SOPClassUID
    reference.ReferencedSOPInstanceUID = header.SOPInstanceUID
    if is_multi_frame(header):
        reference.ReferencedFrameNumber = frame
    return reference


def _annotation(findings: Sequence[Finding], image: Dataset, layer: pr.GraphicLayer) -> pr.GraphicAnnotation:
    """Pixel coordinates of a presentation state count from 0 at the corner of the first pixel (PS3.3, C.10.5)."""
    pixels = pr.AnnotationUnitsValues.PIXEL
    regions = [
        pr.GraphicObject(
            graphic_type=pr.GraphicTypeValues.POLYLINE,
            graphic_data=np.clip(np.array(finding.outline, np.float64), 0, [image.Columns, image.Rows]),
            units=pixels,
            tracking_id=label(finding, number),
            tracking_uid=finding.tracking,
        )
        for number, finding in enumerate(findings, 1)
    ]
    texts = [
        pr.TextObject(
            text_value="\r\n".join((*results(finding, label(finding, number)), DISCLAIMER)),
            units=pixels,
            anchor_point=(
                float(np.clip(finding.box.x0, 0, image.Columns)),
                float(np.clip(finding.box.y1, 0, image.Rows)),
            ),
            tracking_id=label(finding, number),
            tracking_uid=finding.tracking,
        )
        for number, finding in enumerate(findings, 1)
    ]
    return pr.GraphicAnnotation(
        referenced_images=[image],
        referenced_frame_number=findings[0].frame if is_multi_frame(image) else None,
        graphic_layer=layer,
        graphic_objects=regions,
        text_objects=texts,
    )


def _with_groups(image: Dataset) -> Dataset:
    """A multi-frame picture's window and rescaling where highdicom looks for them: it takes it for an enhanced one."""
    if not is_multi_frame(image) or "SharedFunctionalGroupsSequence" in image:
        return image
    shared = Dataset()
    for sequence, keywords in GROUPS.items():
        group = Dataset()
        group.update({image[keyword].tag: image[keyword] for keyword in keywords if keyword in image})
        if len(group):
            setattr(shared, sequence, [group])
    image.SharedFunctionalGroupsSequence, image.PerFrameFunctionalGroupsSequence = [shared], []
    return image


def _segment(finding: Finding, number: int, model: Model) -> seg.SegmentDescription:
    return seg.SegmentDescription(
        segment_number=number,
        segment_label=name_of(finding, number)[:64],
        segmented_property_category=concepts.ABNORMAL,
        segmented_property_type=concepts.NODULE,
        algorithm_type=seg.SegmentAlgorithmTypeValues.MANUAL,
        anatomic_regions=[concepts.SITES[finding.side]],
        tracking_uid=finding.tracking,
        tracking_id=name_of(finding, number),
    )


def _mask(finding: Finding, header: Dataset) -> Pixels:
    canvas = Image.new("1", (int(header.Columns), int(header.Rows)))
    if finding.contour:
        ImageDraw.Draw(canvas).polygon([(x, y) for x, y in finding.contour], fill=1)
    else:
        box = finding.box
        ImageDraw.Draw(canvas).rectangle((box.x0, box.y0, box.x1 - 1, box.y1 - 1), fill=1)
    return np.asarray(canvas, np.uint8)


def _profile() -> bytes:
    return resources.files(highdicom).joinpath("_icc_profiles", PROFILE).read_bytes()
