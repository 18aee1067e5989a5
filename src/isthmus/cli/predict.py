"""``isthmus predict``: read nodules with a bundle. No torch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isthmus.cli import options, work
from isthmus.cli.reading import archive
from isthmus.cli.reading.files import Asked, read_files
from isthmus.cli.reading.reports import Wanted
from isthmus.cli.talk import note
from isthmus.data.labels import Classes
from isthmus.errors import UsageError
from isthmus.models.names import DEFAULT_MODEL, find
from isthmus.nodule import Box, Mark, Point, parse_point
from isthmus.runtime.kinds import DEFAULT, ENGINES, FASTEST

if TYPE_CHECKING:
    from isthmus.infer.predictor import Predictor


class Count(click.IntRange):
    """A whole number. A word in its place is a FILE: click gives the word behind an option to it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Raises UsageError for a word, which says how a FILE is kept apart."""
        if isinstance(value, str) and not value.strip().lstrip("+-").isdecimal():
            what = f"the word behind it is the number of cases K, and {value!r} is none"
            remedy = f"Write --similar={SIMILAR} before a FILE, or --similar behind the last one."
            raise UsageError(what, where="--similar", remedy=remedy)
        return super().convert(value, param, ctx)


SIMILAR = 5  # cases, where no number is given


@click.command()
@click.argument("paths", metavar="FILE... | ROOT_OR_GLOB_OR_MANIFEST...", nargs=-1, required=True)
@options.model_option("A model that ships, see `isthmus models`, or a bundle. [default: tn5000]")
@click.option(
    "--box",
    "boxes",
    metavar="X0,Y0,X1,Y1",
    multiple=True,
    help="A nodule's box in pixels; may be repeated. Without one the scan area is read, or the whole image.",
)
@click.option(
    "--polygon", "polygons", metavar="X,Y;X,Y;...", multiple=True, help="A nodule's outline; may be repeated, too."
)
@click.option(
    "--click",
    "clicks",
    metavar="X,Y",
    multiple=True,
    help="A point inside a nodule, for which a box is proposed; may be repeated, too.",
)
@click.option("--frame", type=click.IntRange(min=1), metavar="N", help="Frame of a DICOM FILE; 1 is the first.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="The same, of any FILE that has several.")
@click.option(
    "--together", is_flag=True, help="All are views of one nodule: give their mean, too. Box 1 is of FILE 1, and so on."
)
@click.option("--sr", type=click.Path(path_type=Path), help="Write a structured report on DICOM FILEs of one patient.")
@click.option(
    "--dicom-to",
    type=click.Path(path_type=Path),
    help="Write all that answers DICOM FILEs here: report, picture, presentation state, segmentation, FHIR.",
)
@click.option(
    "--nodule", "names", metavar="NAME", multiple=True, help="A nodule's name in reports: the same on all dates."
)
@click.option(
    "--similar",
    type=Count(1, 50),
    metavar="K",
    is_flag=False,
    flag_value=SIMILAR,
    help=f"Show the K nearest training nodules with their labels, too. [default of K: {SIMILAR}; before a FILE: "
    "--similar=K]",
)
@click.option("--to", type=click.Path(path_type=Path), help="Read an archive into this .csv or .parquet.")
@click.option("--as", "kind", metavar="KIND", help="The archive is one ROOT, a data set of this kind; needs --to.")
@options.labels
@options.classes
@options.skip_broken
@click.option(
    "--engine",
    default=DEFAULT,
    show_default=True,
    metavar="NAME",
    help=f"The default gives the same everywhere; {FASTEST}: the quickest that passes its verification here; "
    f"or {', '.join(ENGINES)}.",
)
@click.option(
    "--threshold",
    metavar="NAME|VALUE",
    default="",
    help="Malignant from here on: sensitivity-90 ..., or P. [default: the model's]",
)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads that read; 0: one a core.")
@click.option("--backend", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What reads.")
@click.option("--address", metavar="ADDRESS", help="Ray cluster; without one, or 'local', it is started here.")
@options.as_json
@click.pass_context
def predict(
    ctx: click.Context,
    paths: tuple[str, ...],
    model: str | None,
    boxes: tuple[str, ...],
    polygons: tuple[str, ...],
    clicks: tuple[str, ...],
    frame: int | None,
    page: int | None,
    together: bool,
    similar: int | None,
    sr: Path | None,
    dicom_to: Path | None,
    names: tuple[str, ...],
    to: Path | None,
    kind: str | None,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    engine: str,
    threshold: str,
    threads: int,
    backend: str,
    address: str | None,
    as_json: bool,
) -> None:
    """Read nodules: P(malignant) for each image FILE, or with --to for a whole archive.

    Without --model the model tn5000 reads, which comes with isthmus.

    An archive is folders, globs and {braces} in quotes, manifests (.csv, .tsv, .parquet with the column path, and x0,
    y0, x1, y1, nodule, patient, label, tirads if you have them), webdataset shards (.tar), or with --as a data set.
    Stopped, the same command goes on where it was.

    A file that can't be read is named and the others are read all the same; exit 1 then, or 2 where no FILE could be.
    """
    if to is None:
        if kind is not None:
            raise UsageError("--as needs --to", remedy="Name the .csv or .parquet to write.")
        if backend != "local":
            raise UsageError(f"--backend {backend} needs --to", remedy="Name the .csv or .parquet to write.")
        asked = Asked(
            _marks(boxes, polygons, clicks), _page(frame, page), Wanted(sr, dicom_to, names), together, similar or 0
        )
        asked.refuse(paths)
        asked.wanted.refuse(paths, len(asked.marks))
        predictor = _predictor(_folder_of(model), engine, threads, threshold)
        ctx.exit(read_files(predictor, paths, asked, as_json))
    if (frame or page) is not None:
        name = "--page" if frame is None else "--frame"
        raise UsageError(f"{name} is for FILEs without --to", remedy="Name pages in a manifest with the column page.")
    if boxes or polygons or clicks:
        name = "--box" if boxes else "--polygon" if polygons else "--click"
        raise UsageError(f"{name} is for FILEs without --to", remedy="Give boxes in a manifest with x0, y0, x1, y1.")
    if similar:
        raise UsageError("--similar is for FILEs without --to", remedy="Look at the cases of single nodules.")
    if together:
        raise UsageError("--together is for FILEs without --to", remedy="Name the views of one nodule.")
    if sr or dicom_to or names:
        name = "--sr" if sr else "--dicom-to" if dicom_to else "--nodule"
        raise UsageError(f"{name} is for FILEs without --to", remedy="Report on single files.")
    if kind is None and (policy or classes or skip_broken):
        raise UsageError("--labels, --classes and --skip-broken go with --as KIND", remedy="Leave them out.")
    if backend == "local" and address:
        raise UsageError("--address goes with --backend ray", remedy="Give both or neither.")
    folder = _folder_of(model)
    archive.refuse_over_inputs(to, folder, paths, kind is not None)
    if kind is None:
        items = work.archive_walk.items_of(paths, to)
    elif len(paths) == 1:
        items = archive.items_of(options.Source(Path(paths[0]), kind, policy, classes, skip_broken), folder)
    else:
        raise UsageError("a data set is one ROOT", where="--as", remedy="Give one folder.")
    opened = archive.opened(backend, folder, engine, threads, threshold, address)
    ctx.exit(archive.read_archive(items, to, opened, as_json))


def _page(frame: int | None, page: int | None) -> int | None:
    """The frame that is named. Raises UsageError where --frame and --page name two."""
    if None not in (frame, page) and frame != page:
        raise UsageError(f"--frame {frame} and --page {page} are two", remedy="Give one of them.")
    return page if frame is None else frame


def _marks(boxes: tuple[str, ...], polygons: tuple[str, ...], clicks: tuple[str, ...]) -> tuple[Mark | Point, ...]:
    """What is drawn, boxes first, and clicked on. Raises DataError."""
    return (*(Mark(Box.parse(box)) for box in boxes), *map(Mark.parse, polygons), *map(parse_point, clicks))


def _folder_of(model: str | None) -> Path:
    """The model's folder; a note where none was named. Raises UsageError where there is none."""
    if model is not None:
        return options.model_folder(model)
    folder = find()
    note(f"isthmus: reading with {DEFAULT_MODEL}, which comes with isthmus; `isthmus models` says what is known of it.")
    return folder


def _predictor(folder: Path, engine: str, threads: int, threshold: str) -> Predictor:
    """The reader of a few files, started in the least time. Raises BundleError, EngineError, UsageError."""
    # numpy's BLAS starts threads that spin when it is imported; reading multiplies no matrices with it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    ahead = work.ahead.Ahead(folder, engine, threads)  # before the modules that a bundle needs are imported
    proofs = work.proofs.Proofs.of_user()
    return work.predictor.Predictor.load(folder, engine, threads, threshold, ahead, proofs)
