"""The page of a reader study, and the folder that it is written in."""

from __future__ import annotations

from pathlib import Path

import matplotlib

from isthmus import files
from isthmus.evidence.readers.judged import ReaderStudy
from isthmus.report.plots import STYLE, inline_svg
from isthmus.report.readers import tables
from isthmus.report.readers.curves import curves
from isthmus.report.render import render
from isthmus.report.words import number, p_value, some

PAGE, JSON = "readers.html", "readers.json"


def write(study: ReaderStudy, to: Path) -> list[Path]:
    """Writes page and JSON into a folder, each file whole; their paths. Raises StorageError."""
    texts = {PAGE: html(study), JSON: files.json_text(study.as_json()) + "\n"}
    files.make_folder(to)
    for name, text in texts.items():
        files.write_text(to / name, text)
    return [to / name for name in texts]


@matplotlib.rc_context(STYLE)
def html(study: ReaderStudy) -> str:
    """The study as one page that loads nothing."""
    figure = curves(study)
    modes = None if isinstance(study.modes, str) else study.modes
    scale = study.grades.scale
    return render(
        "readers.html.jinja",
        file=study.grades.name,
        summary=summary(study),
        threshold="none" if scale.threshold is None else f"{scale.text(scale.threshold)}: {scale.rule}",
        curves=inline_svg(figure, "roc", "ROC curves of readers") if figure else None,
        standings=tables.standings(study),
        modes=modes,
        no_modes=study.modes if modes is None else "",
        tests=tables.tests(modes) if modes else None,
        kappas=tables.kappas(study),
        following=tables.following(study),
        reasons=study.following.reasons,
    )


def summary(study: ReaderStudy) -> str:
    """What a reader of the page should know first, in two sentences."""
    counts = study.as_json()
    about = (
        f"{some(len(study.grades.reader_names), 'reader')}, {some(study.grades.scores.size, 'read')} of "
        f"{counts['benign']} benign and {counts['malignant']} malignant nodules."
    )
    if isinstance(study.modes, str):
        return about
    test = study.modes.by_figure["auc"].random
    if test.reason:
        return (
            f"{about} From {study.modes.first} to {study.modes.second} the mean AUC changes by {number(test.effect)}."
        )
    return (
        f"{about} From {study.modes.first} to {study.modes.second} the mean AUC changes by {number(test.effect)} "
        f"({number(test.low)} to {number(test.high)}; p {p_value(test.p_value)}), for readers and nodules like these."
    )
