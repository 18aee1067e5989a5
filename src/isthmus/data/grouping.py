"""What a group is: a patient or, where a data set names none, a block of consecutive images.

Imports no numpy, as the help of a verb shows the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from isthmus.errors import UsageError

GAP = 5  # numbers on each side of a tested block that nothing is learned from
BLOCK = 50  # numbers a block, unless another size is given
LAST_NUMBER = re.compile(r"(?P<before>.*?)(?P<number>[0-9]+)(?P<behind>[^0-9]*)", re.DOTALL)
DIGITS = 18  # of a number, from its end
HELP = "What a group is: patient, or sequence:N, blocks of N consecutive image numbers where no patient is named."


@dataclass(frozen=True)
class Grouping:
    """Groups by patient, or by blocks of ``block`` consecutive image numbers, 1 and up; 0: by patient.

    Numbers are counted along names that are alike but for their last digits. Images of neighbouring numbers may show
    one nodule or patient, so that those within ``gap`` of a tested number, in another block, are left out of training.
    Every nodule is tested all the same. ``names_patients``: whether the data name patients; where they don't, a
    reader calls the patient of an image as the image.

    >>> str(Grouping()), str(Grouping(50))
    ('patient', 'sequence:50')
    """

    block: int = 0
    names_patients: bool = True

    def among(self, patients: Mapping[str, str]) -> Grouping:
        """This grouping as it is on data; ``patients`` gives each image's patient.

        >>> Grouping().among({"1": "anne", "2": "anne"}).member, Grouping().among({"1": "1", "2": "2"}).member
        ('patient', 'image')
        """
        return replace(self, names_patients=any(image != patient for image, patient in patients.items()))

    @property
    def gap(self) -> int:
        """Numbers left out of training on each side of a tested block; 0 by patient."""
        return GAP if self.block else 0

    @property
    def member(self) -> str:
        """What duplicates join to groups, in words."""
        if self.block:
            return f"block of {self.block} consecutive numbers"
        return "patient" if self.names_patients else "image"

    @property
    def members(self) -> str:
        """What was divided, in the plural, without numbers."""
        return "blocks of consecutive images" if self.block else f"{self.member}s"

    @property
    def criterion(self) -> str:
        """What is grouped by, for sentences after "by"."""
        return f"{self.member} and duplicate"

    @property
    def definition(self) -> str:
        """What a group is, in one sentence without a full stop."""
        if not (self.block or self.names_patients):
            return "a group is an image, joined with its duplicates, as the data name no patients"
        if not self.block:
            return "a group is a patient, joined with every patient who shares a duplicate image"
        return (
            f"a group is a block of {self.block} consecutive image numbers, joined with blocks that share a duplicate"
        )

    @property
    def gap_rule(self) -> str:
        """What is left out beside a tested block, in words; "" by patient."""
        return f"images within {self.gap} numbers of a tested one are left out of training" if self.gap else ""

    def name_of(self, image: str, patient: str) -> str:
        """The name of an image's group, before duplicates join groups: its patient, or the first number of its block.

        Raises UsageError where blocks are wanted of an image without a number.

        >>> Grouping(50).name_of("JPEGImages/000123", ""), Grouping(50).name_of("scan_7", "")
        ('block 100', 'scan_ block 0')
        """
        if not self.block:
            return patient
        series, number = place_of(image)
        return f"{series} block {self.block * (number // self.block)}".lstrip()

    def __str__(self) -> str:
        return f"sequence:{self.block}" if self.block else "patient"


BY_PATIENT = Grouping()


def parse(text: str) -> Grouping:
    """``patient`` or ``sequence:N``. Raises UsageError for anything else."""
    if text == str(BY_PATIENT):
        return BY_PATIENT
    kind, _, size = text.partition(":")
    if kind == "sequence" and re.fullmatch(r"[0-9]{1,9}", size) and int(size):
        return Grouping(int(size))
    raise UsageError(
        f"can't group by {text!r}", where="--group-by", remedy=f"Use patient, or sequence:N such as sequence:{BLOCK}."
    )


def place_of(image: str) -> tuple[str, int]:
    """An image's series and its number in it: the last digits of its name, and the name without them.

    The folder counts for nothing. Raises UsageError where there are no digits.

    >>> place_of("scans/000123"), place_of("101_2"), place_of("scan 7 left")
    (('', 123), ('101_', 2), ('scan # left', 7))
    """
    name = image.rpartition("/")[2]
    last = LAST_NUMBER.fullmatch(name)
    if not last:
        raise UsageError(
            f"image {image!r} has no number",
            where="--group-by",
            remedy="Blocks need numbered images; use --group-by patient.",
        )
    series = f"{last['before']}#{last['behind']}" if last["behind"] else last["before"]
    return series, int(last["number"][-DIGITS:])
