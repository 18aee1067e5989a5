"""``isthmus predict ... --to TABLE``: an archive or a data set, read into one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from isthmus.bundle import open_bundle
from isthmus.cli import options
from isthmus.cli.talk import bar, count, list_left_out, note, say
from isthmus.cli.targets import refuse_over, refuse_round, refuse_same
from isthmus.data.labels import Classes
from isthmus.data.sources import open_source
from isthmus.infer.archive.items import Item, of_nodules
from isthmus.infer.archive.parts import PARTS
from isthmus.infer.archive.ray_backend import HERE, Ray
from isthmus.infer.archive.read import Backend, Local, Summary, read_archive
from isthmus.infer.archive.walk import items_of
from isthmus.infer.predictor import Predictor
from isthmus.nodule import DISCLAIMER

__all__ = ["items_of", "items_of_data_set", "opened", "read", "refuse_over_inputs"]


def items_of_data_set(
    model: Path, kind: str, root: Path, policy: str | None, classes: Classes, skip_broken: bool
) -> Iterator[Item]:
    """The nodules of a data set; says so if the model learned from them. Raises DataError if anything is broken."""
    data = open_source(kind, root, policy, bar, classes)
    if skip_broken:
        list_left_out(data)
    else:
        data.refuse_broken()
    if open_bundle(model).provenance.fingerprint == data.fingerprint():
        note("isthmus: this model learned from these very nodules; what it says of them doesn't tell how good it is.")
    return of_nodules(data.nodules)


def refuse_over_inputs(to: Path, model: Path, paths: Sequence[str], is_data_set: bool) -> None:
    """Raises UsageError where the table or its parts would lie over what is read, or in the model or the data set.

    A table may lie in a folder of images: they aren't read from it.
    """
    refuse_over(to, model, *(map(Path, paths) if is_data_set else ()), beside=PARTS)
    for path in map(Path, paths):
        refuse_same(to, path)
        refuse_round(to.absolute().with_name(f"{to.absolute().name}{PARTS}"), path)


def opened(backend: str, model: Path, engine: str, threads: int, address: str | None) -> Backend:
    """The backend of that name. Raises BundleError, EngineError, UsageError."""
    if backend == "ray":
        return Ray(Predictor.load(model, engine, threads=1), address or HERE, threads)
    return Local.load(model, engine, threads)


def read(items: Iterable[Item], to: Path, backend: Backend, as_json: bool) -> int:
    """Reads the items, says what came of it, and returns the exit code."""
    for engine in backend.predictor.passed_over:
        note(f"isthmus: passed over: {engine.engine}: {engine.why}")
    done = read_archive(count(items, "reading images"), to, backend)
    if done.foreign:
        note(f"isthmus: {done.foreign} parts of other input, another bundle or engine were not used, and are removed.")
    if done.several_pages:
        note(f"isthmus: page 1 is read of images of several pages: {done.several_pages}, see column pages")
    if done.errors:
        note(
            f"isthmus: {done.errors} of {done.rows} rows could not be read, see column error; first {done.first_error}"
        )
    if as_json:
        passed_over = [asdict(engine) for engine in backend.predictor.passed_over]
        options.print_json(_as_json(done) | {"passed_over": passed_over})
    else:
        say(_sentence(done))
    return 1 if done.errors else 0


def _as_json(done: Summary) -> dict[str, object]:
    return asdict(done) | {"to": str(done.to), "disclaimer": DISCLAIMER}


def _sentence(done: Summary) -> str:
    resumed = f", {done.resumed} of them by an earlier run" if done.resumed else ""
    return (
        f"{done.images} images read{resumed}: {done.rows} rows written to {done.to} in {done.seconds:.1f} s "
        f"({done.images_per_second:.1f} images/s on {done.engine}). {DISCLAIMER}"
    )
