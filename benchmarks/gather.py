"""The predictions of several cross-validations in one gzipped CSV, with a column ``run``: docs/results/ddti.

    python benchmarks/gather.py FOLDER --to predictions.csv.gz

FOLDER holds the folders of finished ``isthmus cross`` runs. The same runs give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from isthmus import files
from isthmus.data.tables import as_csv


def gathered(folder: Path) -> list[list[str]]:
    """A header, then the rows of every ``predictions.csv`` in the folders of ``folder``, by name.

    Raises ValueError where two have other columns.
    """
    header: list[str] = []
    rows: list[list[str]] = []
    for path in sorted(folder.glob("*/predictions.csv")):
        first, *others = csv.reader(path.read_text(encoding="utf-8").splitlines())
        columns = ["run", *("p_malignant" if name == "p" else name for name in first)]  # p: files of before
        if header and columns != header:
            raise ValueError(f"{path}: columns {columns}, not {header}")
        header = columns
        rows += [[path.parent.name, *row] for row in others]
    return [header, *rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    files.write_gzip(arguments.to, as_csv(gathered(arguments.folder)))


if __name__ == "__main__":
    main()
