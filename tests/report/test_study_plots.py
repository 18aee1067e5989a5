"""The study's plots: labels kept as text, protocols told by shape and filling, repeatable, and never failing on nan."""

from __future__ import annotations

import re

from isthmus.cross.protocols import PROTOCOLS
from isthmus.judge.intervals import Estimate, wilson
from isthmus.report.study_plots import LOOKS, PRINTED, Rung, plot_alpha, plot_forest

BOTH = {"grouped": wilson(30, 60), "paper": wilson(45, 60)}
UNDEFINED = Estimate.undefined("no nodule is benign")
ALONE = Estimate(0.7, float("nan"), float("nan"), "no interval: one group can't be resampled")
RUNGS = (
    Rung("Global branch", "VGG19 & co", BOTH, BOTH | {PRINTED: wilson(174, 181)}),
    Rung("With crops", "ResNet50", {"grouped": UNDEFINED}, {"grouped": ALONE}),
    Rung("Global branch", "Xception", {}, {PRINTED: wilson(161, 181)}),
)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_forest_names_rows_headings_and_protocols() -> None:
    svg = plot_forest(RUNGS, "forest-0")
    told = texts(svg)
    order = [told.index(name) for name in ("Global branch", "VGG19 &amp; co", "Xception", "With crops", "ResNet50")]
    assert order == sorted(order)
    assert told.count("Global branch") == 1
    assert all(LOOKS[kind].title in told for kind in (*BOTH, PRINTED))
    assert "Accuracy" in told
    assert any(one.startswith("AUC within folds") for one in told)


def test_the_legend_names_only_what_is_drawn() -> None:
    told = texts(plot_forest(RUNGS[1:2], "forest-0"))
    assert LOOKS["grouped"].title in told
    assert LOOKS["paper"].title not in told


def test_every_protocol_can_be_drawn_beside_the_others() -> None:
    every = {kind: wilson(30, 60) for kind in LOOKS}
    told = texts(plot_forest([Rung("Global branch", "VGG19", every, every)], "forest-0"))
    assert all(look.title in told for look in LOOKS.values())
    assert {*PROTOCOLS, PRINTED} == set(LOOKS)


def test_shape_and_filling_tell_protocols_apart_without_colour() -> None:
    looks = list(LOOKS.values())
    assert len({look.marker for look in looks}) == len(looks)
    assert LOOKS["grouped"].face != LOOKS["paper"].face == "white"
    assert LOOKS[PRINTED].line == "--"


def test_a_value_moves_its_mark() -> None:
    other = (Rung("Global branch", "VGG19", {"grouped": wilson(31, 60)}, BOTH),)
    first = (Rung("Global branch", "VGG19", {"grouped": wilson(30, 60)}, BOTH),)
    assert plot_forest(first, "f") == plot_forest(first, "f")
    assert plot_forest(first, "f") != plot_forest(other, "f")


def test_alpha_is_told_for_every_value_and_1_is_the_global_branch() -> None:
    curve = {alpha: wilson(count, 60) for alpha, count in ((0.5, 40), (0.6, 42), (1.0, 39))}
    svg = plot_alpha({"grouped": curve, PRINTED: curve}, {"grouped": curve | {0.6: UNDEFINED}}, "alpha-0")
    told = texts(svg)
    assert {"0.5", "0.6", "1 (global)", "Accuracy", "AUC within folds"} <= set(told)
    assert LOOKS[PRINTED].title in told
    assert "stroke-dasharray" in svg


def test_nothing_clashes_on_a_page_or_reaches_out() -> None:
    first, second = plot_forest(RUNGS, "forest-0"), plot_forest(RUNGS, "forest-1")
    ids = re.findall(r' id="([^"]*)"', first + second)
    assert len(ids) == len(set(ids))
    for forbidden in ("url(", "http", "<style", "nan"):
        assert forbidden not in first
