"""``isthmus predict``: read nodules with a bundle. No torch."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options
from isthmus.cli.tables import stdout
from isthmus.cli.talk import bar, list_left_out, note
from isthmus.data.labels import Classes
from isthmus.data.pixels import read_frame
from isthmus.data.sources import open_source
from isthmus.errors import DataError, UsageError
from isthmus.infer.predictor import Predictor
from isthmus.infer.table import write_predictions
from isthmus.nodule import DISCLAIMER, Box, Prediction


@click.command()
@click.argument("paths", metavar="FILE... | ROOT", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.model
@click.option("--box", metavar="X0,Y0,X1,Y1", help="The nodule's box in pixels; without one, the whole image is read.")
@click.option("--as", "kind", metavar="KIND", help="Read ROOT as a data set of this kind; needs --to.")
@click.option("--to", type=click.Path(path_type=Path), help="CSV of the predictions on a data set.")
@options.labels
@options.classes
@options.skip_broken
@options.as_json
@click.pass_context
def predict(
    ctx: click.Context,
    paths: tuple[Path, ...],
    model: Path,
    box: str | None,
    kind: str | None,
    to: Path | None,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Read nodules: P(malignant) for each image FILE, or for every nodule of the data set at ROOT (--as KIND --to CSV).

    A file that can't be read is named and the others are read all the same; exit 1 then, or 2 where none could be.
    """
    if (kind is None) != (to is None):
        raise UsageError(
            "--as KIND and --to CSV go together", remedy="Give both to read a data set, neither for files."
        )
    predictor = Predictor.load(model)
    if kind is not None and to is not None:
        if len(paths) != 1 or box:
            raise UsageError("a data set is one ROOT, with boxes of its own", remedy="Give one folder and no --box.")
        _read_data_set(predictor, kind, paths[0], to, policy, classes, skip_broken, as_json)
        return
    answers = [_read_file(predictor, path, Box.parse(box) if box else None) for path in paths]
    read = [answer for answer in answers if isinstance(answer, Prediction)]
    if as_json:
        options.print_json(
            {
                "model": predictor.bundle.name,
                "predictions": [_as_json(answer) for answer in read],
                "errors": [str(answer) for answer in answers if isinstance(answer, DataError)],
                "disclaimer": DISCLAIMER,
            }
        )
    else:
        for answer in read:
            stdout.print(_sentence(answer), markup=False)
        if read:
            stdout.print(DISCLAIMER)
    if len(read) < len(answers):
        ctx.exit(1 if read else 2)


def _read_file(predictor: Predictor, path: Path, box: Box | None) -> Prediction | DataError:
    try:
        return predictor.predict(read_frame(path), box)
    except DataError as error:
        note(f"isthmus: {error}")
        return error


def _read_data_set(
    predictor: Predictor,
    kind: str,
    root: Path,
    to: Path,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    data = open_source(kind, root, policy, bar, classes)
    if skip_broken:
        list_left_out(data)
    else:
        data.refuse_broken()
    if predictor.bundle.provenance.fingerprint == data.fingerprint():
        note("isthmus: this model learned from these very nodules; what it says of them doesn't tell how good it is.")
    predictions = list(predictor.predict_many(data.nodules, bar))
    write_predictions(to, data.nodules, predictions)
    if as_json:
        options.print_json({"to": str(to), "nodules": len(predictions), "disclaimer": DISCLAIMER})
    else:
        stdout.print(f"{len(predictions)} nodules read, written to {to}. {DISCLAIMER}", markup=False)


def _as_json(said: Prediction) -> dict[str, object]:
    return {
        "image": said.image,
        "box": [said.box.x0, said.box.y0, said.box.x1, said.box.y1],
        "p_malignant": said.probability,
        "p_whole": said.whole,
        "p_crops": said.crops,
        "votes": list(said.votes),
        "threshold": said.threshold,
        "label": str(said.label),
    }


def _sentence(said: Prediction) -> str:
    return (
        f"{said.image} [{said.box}]: {said.label}, P(malignant) = {said.probability:.3f} "
        f"(malignant from {said.threshold:.3f} on)"
    )
