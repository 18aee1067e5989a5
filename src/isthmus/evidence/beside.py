"""The predictions judged beside others of the same nodules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isthmus.cross.prediction_file import PredictionFile
from isthmus.cross.table_comparison import TableComparison, Wanted, table_comparison
from isthmus.errors import UsageError
from isthmus.evidence.nodules import Choice, Nodules
from isthmus.progress import Progress, silent

NONE_NAMED = "no other predictions were named (--beside)"
RUN_FILE = "predictions.csv"


@dataclass(frozen=True, eq=False)
class Others:
    """The comparison, as `isthmus compare` makes it on the nodules that all files have."""

    compared: TableComparison

    def as_json(self) -> dict[str, Any]:
        """The key ``comparison`` of metrics.json."""
        told = self.compared.as_json()
        return told | {"left_out": {Path(name).name: count for name, count in self.compared.left_out.items()}}


def beside(
    source: Path, others: Sequence[str], nodules: Nodules, choice: Choice, seed: int = 0, progress: Progress = silent
) -> Others:
    """Compares a run's folder or a CSV with others, FILE or FILE#PART each. Raises DataError, UsageError."""
    if nodules.validation.any() or "for training" in nodules.excluded:
        raise UsageError(
            "has a split, and all rows would be compared",
            where=nodules.name,
            remedy="Give files of the test rows, or leave --beside out.",
        )
    first = str(source / RUN_FILE) if source.is_dir() else str(source)
    files = [PredictionFile.read(one, choice.nodule, choice.p) for one in (first, *others)]
    wanted = Wanted(
        label=choice.label,
        group=choice.group,
        positive=choice.positive,
        shared=True,
        skip_unlabelled=choice.skip_unlabelled,
    )
    return Others(table_comparison(files, wanted, seed=seed, progress=progress))
