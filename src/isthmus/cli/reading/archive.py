"""`isthmus predict --to`: an archive read into a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from isthmus.cli import options, work
from isthmus.cli.bars import count
from isthmus.cli.reading.files import note_passed_over
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over, refuse_round, refuse_same
from isthmus.errors import DataError
from isthmus.nodule import DISCLAIMER
from isthmus.text import printable

if TYPE_CHECKING:
    from isthmus.infer.archive.items import Item
    from isthmus.infer.archive.read import Backend


def refuse_over_inputs(to: Path, model: Path, paths: Sequence[str], is_data_set: bool) -> None:
    """Raises UsageError where the table or its parts would lie over an input, or in the model or the data set.

    A table may lie in a folder of images: they aren't read from it.
    """
    parts = work.archive_parts.PARTS
    refuse_over(to, model, *(map(Path, paths) if is_data_set else ()), beside=parts)
    for path in map(Path, paths):
        refuse_same(to, path)
        refuse_round(to.absolute().with_name(f"{to.absolute().name}{parts}"), path)


def items_of(source: options.Source, model: Path) -> Iterator[Item]:
    """The nodules of a data set, with a note if the model learned from them. Raises DataError if anything is broken."""
    data = source.open()
    if not data.nodules:
        remedy = f"Name its nodules as docs/data.md says of the kind {source.kind}, or read the files without --as."
        raise DataError(f"holds {len(data.images)} images and no nodule", where=printable(source.root), remedy=remedy)
    learned_from = work.shipped.open_model(model).provenance.learned_from
    if data.fingerprint() in [one.fingerprint for one in learned_from]:
        note("isthmus: this model learned from these very nodules; what it says of them doesn't tell how good it is.")
    return work.archive_items.of_nodules(data.nodules)


def opened(backend: str, model: Path, engine: str, threads: int, threshold: str, address: str | None) -> Backend:
    """The backend of that name. Raises BundleError, EngineError, UsageError."""
    if backend == "ray":
        ray = work.archive_ray
        predictor = work.predictor.Predictor.load(model, engine, 1, threshold)
        return ray.Ray(predictor, address or ray.HERE, threads)
    return work.archive_read.Local.load(model, engine, threads, threshold)


def read_archive(items: Iterable[Item], to: Path, backend: Backend, as_json: bool) -> int:
    """Reads the items into the table ``to``, prints a summary and returns the exit code."""
    note_passed_over(backend.predictor)
    done = work.archive_read.read_archive(count(items, "reading images"), to, backend)
    if done.foreign:
        note(f"isthmus: {done.foreign} parts of other input, another bundle or engine were not used, and are removed.")
    if done.several_pages:
        which = "the one that the name ends with (#2), else page 1"
        note(f"isthmus: images of several pages: {done.several_pages}; read is {which}; see column pages")
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
