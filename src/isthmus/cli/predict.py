"""``isthmus predict``: read nodules with a bundle. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.bars import count
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over, refuse_round, refuse_same
from isthmus.data.labels import Classes
from isthmus.errors import DataError, UsageError
from isthmus.models.names import DEFAULT_MODEL, find
from isthmus.nodule import DISCLAIMER, Box
from isthmus.runtime.kinds import DEFAULT, ENGINES, FASTEST

if TYPE_CHECKING:
    from isthmus.infer.archive.items import Item
    from isthmus.infer.archive.read import Backend
    from isthmus.infer.predictor import Predictor
    from isthmus.prediction import Prediction


@click.command()
@click.argument("paths", metavar="FILE... | ROOT_OR_GLOB_OR_MANIFEST...", nargs=-1, required=True)
@options.model_option("A model that ships, see `isthmus models`, or a bundle. [default: tn5000]")
@click.option("--box", metavar="X0,Y0,X1,Y1", help="The nodule's box in pixels; without one, the whole image is read.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="Page of a FILE of several; 1 is the first.")
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
    box: str | None,
    page: int | None,
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
        predictor = _predictor(_folder_of(model), engine, threads, threshold)
        ctx.exit(_read_files(predictor, paths, box, page, as_json))
    if page is not None:
        raise UsageError("--page is for FILEs without --to", remedy="Of an archive's files the first page is read.")
    if box:
        raise UsageError("--box is for FILEs without --to", remedy="Give boxes in a manifest with x0, y0, x1, y1.")
    if kind is None and (policy or classes or skip_broken):
        raise UsageError("--labels, --classes and --skip-broken go with --as KIND", remedy="Leave them out.")
    if backend == "local" and address:
        raise UsageError("--address goes with --backend ray", remedy="Give both or neither.")
    folder = _folder_of(model)
    _refuse_over_inputs(to, folder, paths, kind is not None)
    if kind is None:
        items = work.archive_walk.items_of(paths, to)
    elif len(paths) == 1:
        items = _items_of(options.Source(Path(paths[0]), kind, policy, classes, skip_broken), folder)
    else:
        raise UsageError("a data set is one ROOT", where="--as", remedy="Give one folder.")
    ctx.exit(_read_archive(items, to, _opened(backend, folder, engine, threads, threshold, address), as_json))


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


def _read_files(predictor: Predictor, paths: Sequence[str], box: str | None, page: int | None, as_json: bool) -> int:
    """Reads and prints each file; one that can't be read is named. Returns the exit code."""
    _note_passed_over(predictor)
    if not box:
        note("isthmus: without --box the whole image is read as the nodule, right only for one that is cut to it.")
    answers = [_read_file(predictor, Path(path), Box.parse(box) if box else None, page) for path in paths]
    errors = [answer for answer in answers if isinstance(answer, DataError)]
    predictions = [answer for answer in answers if not isinstance(answer, DataError)]
    if as_json:
        options.print_json(work.answer.document(predictor, predictions, errors))
    else:
        for prediction in predictions:
            say(_sentence(prediction))
        if predictions:
            say(f"Read on {predictor.engine.name}. {DISCLAIMER}")
    if not errors:
        return 0
    return 1 if predictions else 2


def _read_file(predictor: Predictor, path: Path, box: Box | None, page: int | None) -> Prediction | DataError:
    try:
        prediction = predictor.predict(work.pixels.read_frame(path, page=page or 1), box)
    except DataError as error:
        note(f"isthmus: {error}")
        return error
    if page is None and prediction.pages > 1:
        note(f"isthmus: {prediction.image}: page 1 of {prediction.pages} is read; --page N reads another")
    return prediction


def _sentence(prediction: Prediction) -> str:
    page = f" page {prediction.page} of {prediction.pages}" if prediction.pages > 1 else ""
    if prediction.gate and not prediction.gate.accepted:
        reasons = "; ".join(prediction.gate.reasons)
        return f"{prediction.image}{page} [{prediction.box}]: no verdict, as {reasons} (P(malignant) is in --json)"
    return (
        f"{prediction.image}{page} [{prediction.box}]: {prediction.verdict}, "
        f"P(malignant) = {prediction.probability:.3f} (malignant from {prediction.threshold:.3f} on, the threshold "
        f"{prediction.operating_point})"
    )


def _refuse_over_inputs(to: Path, model: Path, paths: Sequence[str], is_data_set: bool) -> None:
    """Raises UsageError where the table or its parts would lie over an input, or in the model or the data set.

    A table may lie in a folder of images: they aren't read from it.
    """
    parts = work.archive_parts.PARTS
    refuse_over(to, model, *(map(Path, paths) if is_data_set else ()), beside=parts)
    for path in map(Path, paths):
        refuse_same(to, path)
        refuse_round(to.absolute().with_name(f"{to.absolute().name}{parts}"), path)


def _items_of(source: options.Source, model: Path) -> Iterator[Item]:
    """The nodules of a data set, with a note if the model learned from them. Raises DataError if anything is broken."""
    data = source.open()
    learned_from = work.shipped.open_model(model).provenance.learned_from
    if data.fingerprint() in [one.fingerprint for one in learned_from]:
        note("isthmus: this model learned from these very nodules; what it says of them doesn't tell how good it is.")
    return work.archive_items.of_nodules(data.nodules)


def _opened(backend: str, model: Path, engine: str, threads: int, threshold: str, address: str | None) -> Backend:
    """The backend of that name. Raises BundleError, EngineError, UsageError."""
    if backend == "ray":
        ray = work.archive_ray
        predictor = work.predictor.Predictor.load(model, engine, 1, threshold)
        return ray.Ray(predictor, address or ray.HERE, threads)
    return work.archive_read.Local.load(model, engine, threads, threshold)


def _read_archive(items: Iterable[Item], to: Path, backend: Backend, as_json: bool) -> int:
    """Reads the items into the table ``to``, prints a summary and returns the exit code."""
    _note_passed_over(backend.predictor)
    done = work.archive_read.read_archive(count(items, "reading images"), to, backend)
    if done.foreign:
        note(f"isthmus: {done.foreign} parts of other input, another bundle or engine were not used, and are removed.")
    if done.several_pages:
        note(f"isthmus: page 1 is read of images of several pages: {done.several_pages}, see column pages")
    if done.errors:
        note(
            f"isthmus: {done.errors} of {done.rows} rows could not be read, see column error; first {done.first_error}"
        )
    if done.abstained:
        which = f"{done.abstained} of {done.rows} rows"
        note(f"isthmus: {which} have no verdict, as the input gate refuses them, see column gate")
    passed_over = [asdict(engine) for engine in backend.predictor.passed_over]
    told = {"model": backend.predictor.bundle.name, "disclaimer": DISCLAIMER, "passed_over": passed_over}
    if as_json:
        options.print_json(asdict(done) | {"to": str(done.to)} | told)
    else:
        resumed = f", {done.resumed} of them by an earlier run" if done.resumed else ""
        say(
            f"{done.images} images read{resumed}: {done.rows} rows written to {done.to} in {done.seconds:.1f} s "
            f"({done.images_per_second:.1f} images/s on {done.engine}, model {told['model']}). {DISCLAIMER}"
        )
    return 1 if done.errors else 0


def _note_passed_over(predictor: Predictor) -> None:
    for one in predictor.passed_over:
        note(f"isthmus: passed over: {one.engine}: {one.why}")
