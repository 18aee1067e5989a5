"""The table of an archive: any text comes back from its CSV."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from isthmus.infer.archive.table import as_csv, cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=3), max_size=4))
def test_any_text_comes_back_from_csv(rows: list[list[str]]) -> None:
    written = io.StringIO(as_csv(rows).encode().decode(), newline="")
    assert list(csv.reader(written, strict=True)) == [[cell(value) for value in row] for row in rows]


def test_cells_are_changed_only_where_they_must_be() -> None:
    assert cell('Müller, \n"x" 中') == 'Müller, \n"x" 中'
    assert cell("a\r\nb\udc80") == "a\\r\nb\\udc80"
    assert len(cell("x" * 200_000)) == 65_536
