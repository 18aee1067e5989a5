"""Tables as people keep them, read by one rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.tables import Row, as_csv, open_table, place, places
from isthmus.errors import DataError

READ = (("path", "label"), [("a.jpg", "1"), ("ü.jpg", "2")])


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    table = open_table(path)
    return table.columns, [row.cells for row in table.rows if not row.problem]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "path,label\na.jpg,1\nü.jpg,2\n"),
        ("t.csv", "\ufeffpath;label\r\na.jpg;1\r\n\r\nü.jpg;2"),
        ("t.csv", '\n"path"\t"label"\na.jpg\t 1\n"ü.jpg "\t2\n\t\n'),
        ("t.csv", "path,label\ra.jpg,1\rü.jpg,2\r"),
        ("t.csv", "sep=;\npath;label\na.jpg;1\nü.jpg;2\n"),
        ("t.csv", '"sep=|"\npath|label\na.jpg|1\nü.jpg|2\n'),
        ("t.csv", 'path;"label"\na.jpg;1\nü.jpg;2\n'),
        ("t.tsv", "path\tlabel\na.jpg\t1\nü.jpg\t2\n"),
    ],
)
def test_tables_as_programs_save_them(tmp_path: Path, name: str, text: str) -> None:
    assert read(written(tmp_path, text, name)) == READ


def test_columns_and_rows_that_a_spreadsheet_adds_are_passed_over(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "path,label,,\na.jpg,1,,\nü.jpg,2\n,,,\n\n"))
    assert [row.cells[:2] for row in table.rows] == READ[1]
    assert place(table.columns, "label", "") == 1


def test_an_index_without_a_name_is_no_column_of_ours(tmp_path: Path) -> None:
    columns, rows = read(written(tmp_path, ",path\n0,a.jpg\n1,b.jpg\n"))
    assert (columns, rows) == (("", "path"), [("0", "a.jpg"), ("1", "b.jpg")])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a.jpg,1,2", "has 3 cells where the header has 2"),
        ("a, b.jpg,1", "has 3 cells where the header has 2"),
        ("a, b.jpg,", "has 3 cells where the header has 2"),
        ("a.jpg", "has 1 cells where the header has 2"),
    ],
)
def test_a_row_whose_cells_cant_be_told_apart_is_named_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    table = open_table(written(tmp_path, f'path,label\n"a\nb",1\n{row}\nc.jpg,2\n'))
    assert [(one.line, one.problem) for one in table.rows] == [(3, ""), (4, problem), (5, "")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("path,label\na.jpg,1\n".encode("utf-16"), "is not UTF-8 text but UTF-16"),
        ("path,label\na.jpg,1\n".encode("utf-16-le"), "is not UTF-8 text but UTF-16 without a byte order mark"),
        ("path,label\na.jpg,1\n".encode("utf-32"), "is not UTF-8 text but UTF-32"),
        ("path\nok.jpg\nü.jpg\n".encode("latin-1"), r"probably Windows-1252 or Latin-1 \(line 3, byte 0xfc\)"),
        (b"PK\x03\x04 and so on", "is not UTF-8 text but an Excel workbook"),
        (b"PAR1 and so on", "is not UTF-8 text but a Parquet file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "or no text at all"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"sep=;\n", "is empty"),
        (b'path,label\n"a.jpg,1\n', "is not CSV"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DataError, match=says) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))


def test_a_column_is_found_whatever_its_case() -> None:
    columns = ("Path", "LABEL ", "Größe")
    assert places(columns, ("path", "label", "x0"), "t") == {"path": 0, "label": 1}
    assert (place(columns, "PATH", "t"), place(columns, "gro\u0308ße", "t"), place(columns, "x0", "t")) == (0, 2, None)
    assert place(("P", "p"), "p", "t") == 1


def test_a_column_that_stands_there_twice_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="t: has more than one column 'path': 'path' and 'Path'"):
        places(("path", "label", "Path"), ("path",), "t")
    for columns, name in ((("p", "p"), "p"), (("P", "p"), "P ")):
        if columns.count(name.strip()) != 1:
            with pytest.raises(DataError, match="more than one column"):
                place(columns, name, "t")
    with pytest.raises(DataError, match="more than one column 'label'"):
        place(("Label", "LABEL"), "label", "t")


def test_a_decimal_comma_is_one_where_commas_part_no_columns(tmp_path: Path) -> None:
    semicolons, commas = (open_table(written(tmp_path, f"a{mark}b\n", f"{ord(mark)}.csv")) for mark in ";,")
    assert (semicolons.number("0,5"), semicolons.number("1,000,5"), commas.number("0,5")) == ("0.5", "1,000,5", "0,5")


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=2, max_size=2)))
def test_what_is_written_reads_back_but_for_blanks_around_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = written(tmp_path_factory.mktemp("t"), as_csv([["a", "b"], *rows]))
    expected = [tuple(cell.strip() for cell in row) for row in rows if any(cell.strip() for cell in row)]
    assert read(path) == (("a", "b"), expected)


def test_what_no_file_can_hold_is_written_escaped(tmp_path: Path) -> None:
    path = written(tmp_path, as_csv([["name"], ["a\udce9\r.png"], ["\ud800"], [None]]))
    assert list(open_table(path).rows) == [Row(2, ("a\\xe9\\r.png",)), Row(3, ("\\ud800",)), Row(4, ("None",))]
