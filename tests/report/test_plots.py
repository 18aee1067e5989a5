"""What all plots share: one look a label, inline SVG that loads nothing, intervals only where both ends are known."""

from __future__ import annotations

import math

import matplotlib
import pytest

from isthmus.nodule import Label
from isthmus.report.plots import (
    COLOURS,
    GLYPHS,
    MARKERS,
    STYLE,
    WIDE,
    handle,
    inline_svg,
    interval_line,
    legend_above,
    new_figure,
)


def test_a_label_has_a_colour_and_a_shape_of_its_own() -> None:
    for looks in (COLOURS, MARKERS, GLYPHS):
        assert len(set(looks.values())) == len(Label)
    assert (MARKERS[Label.BENIGN], MARKERS[Label.MALIGNANT]) == ("o", "^")


@pytest.mark.parametrize("ends", [(math.nan, 0.5), (0.5, math.nan), (math.nan, math.nan)])
def test_an_unknown_end_draws_no_interval(ends: tuple[float, float]) -> None:
    axes = new_figure(2, 2).subplots()
    interval_line(axes, ends, 1.0)
    assert not axes.lines
    interval_line(axes, (0.25, 0.5), 1.0)
    interval_line(axes, (0.25, 0.5), 1.0, vertical=False)
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.25, 0.5], [1.0, 1.0]]


def test_svg_keeps_text_and_names_its_ids() -> None:
    with matplotlib.rc_context(STYLE):
        figure = new_figure(2, 2)
        figure.subplots().set_title("$x_1$ & more")
        svg = inline_svg(figure, "first", "A title")
    assert svg.startswith('<svg role="img" aria-label="A title"')
    assert "$x_1$ &amp; more" in svg
    assert 'id="first-' in svg
    assert "<style" not in svg
    assert "url(" not in svg


@pytest.mark.parametrize(("words", "rows"), [(3, 1), (8, 2), (22, 3)])
def test_a_legend_takes_as_many_columns_as_fit(words: int, rows: int) -> None:
    with matplotlib.rc_context(STYLE):
        figure = new_figure(WIDE, 3)
        figure.subplots()
        legend_above(figure, [handle("name " * words + str(at)) for at in range(3)], 2.6)
        (legend,) = figure.legends
        figure.draw_without_rendering()
        box = legend.get_window_extent()
        heights = {round(text.get_window_extent().y0) for text in legend.get_texts()}
    assert len(heights) == rows
    assert rows == 3 or (box.x0 >= 0 and box.x1 <= figure.bbox.width)
    assert len(legend.get_texts()) == 3
