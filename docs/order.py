"""Draws the leak of order: likeness by distance beside chance, and the labels along the file order.

isthmus look ROOT --as KIND --json > look.json; python docs/order.py look.json OUT.svg
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap

from isthmus.nodule import Label
from isthmus.report.plots import COLOURS, GREY, INK, STYLE, WIDE, new_figure


def draw(order: dict, picture: Path) -> None:
    with mpl.rc_context(STYLE):
        figure = new_figure(WIDE, 3.6)
        shares, labels = figure.subplots(2, 1, height_ratios=(4, 1))
        _likeness(shares, order)
        _strip(labels, order)
        figure.savefig(picture, metadata={"Date": None})


def _likeness(axes, order: dict) -> None:
    distances, spans = list(order["likeness"]), order["likeness_intervals"]
    values = [100 * order["likeness"][distance] for distance in distances]
    below = [value - 100 * spans[distance]["low"] for value, distance in zip(values, distances, strict=True)]
    above = [100 * spans[distance]["high"] - value for value, distance in zip(values, distances, strict=True)]
    chance, pairs = 100 * order["chance"]["share"], order["chance"]["n"]
    axes.axhline(chance, color=GREY, linestyle="--", label=f"chance: {chance:.3g} % of {pairs:,} random pairs")
    axes.errorbar(distances, values, (below, above), color=INK, marker="o", linestyle="none", capsize=3)
    titles = [f"{distance}\nn = {spans[distance]['n']:,}" for distance in distances]
    axes.set_xticks(range(len(distances)), titles)
    axes.set(title=f"Pairs that look alike, by distance in {order['distance_in']}", ylabel="% (95 % interval)")
    axes.set_ylim(bottom=min(0.0, -0.03 * axes.get_ylim()[1]))
    axes.legend(loc="upper right")


def _strip(axes, order: dict) -> None:
    shade = LinearSegmentedColormap.from_list("labels", [COLOURS[Label.BENIGN], "#f5f5f5", COLOURS[Label.MALIGNANT]])
    axes.imshow([order["strip"]], aspect="auto", cmap=shade, vmin=0, vmax=1, extent=(0, 100, 0, 1))
    span = order["neighbour_auc_interval"]
    auc = f"AUC {order['neighbour_auc']:.3f} ({span['low']:.3f} to {span['high']:.3f}), n = {span['n']:,}"
    axes.set(title=f"Labels in file order (blue benign, vermilion malignant); guessed from their neighbours: {auc}")
    axes.set(yticks=[], xlabel="% of the nodules in file order")
    axes.grid(visible=False)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["order"], Path(sys.argv[2]))
