"""``isthmus predict FILE...``: each file read and printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from isthmus.cli import options
from isthmus.cli.talk import note, say
from isthmus.data.pixels import read_frame
from isthmus.errors import DataError
from isthmus.infer.predictor import Predictor
from isthmus.nodule import DISCLAIMER, Box
from isthmus.prediction import Prediction


def read(
    model: Path, engine: str, threads: int, paths: Sequence[str], box: str | None, page: int | None, as_json: bool
) -> int:
    """Reads and prints each file; one that can't be read is named. Returns the exit code.

    Raises BundleError or EngineError where the bundle can't be read with that engine.
    """
    predictor = Predictor.load(model, engine, threads)
    for one in predictor.passed_over:
        note(f"isthmus: passed over: {one.engine}: {one.why}")
    answers = [_read_file(predictor, Path(path), Box.parse(box) if box else None, page) for path in paths]
    answered = [answer for answer in answers if isinstance(answer, Prediction)]
    if as_json:
        options.print_json(
            {
                "model": predictor.bundle.name,
                "engine": predictor.engine.name,
                "passed_over": [asdict(engine) for engine in predictor.passed_over],
                "predictions": [answer.as_json() for answer in answered],
                "errors": [str(answer) for answer in answers if isinstance(answer, DataError)],
                "disclaimer": DISCLAIMER,
            }
        )
    else:
        for answer in answered:
            say(_sentence(answer))
        if answered:
            say(f"Read on {predictor.engine.name}. {DISCLAIMER}")
    if len(answered) == len(answers):
        return 0
    return 1 if answered else 2


def _read_file(predictor: Predictor, path: Path, box: Box | None, page: int | None) -> Prediction | DataError:
    try:
        prediction = predictor.predict(read_frame(path, page=page or 1), box)
        if page is None and prediction.pages > 1:
            note(f"isthmus: {prediction.image}: page 1 of {prediction.pages} is read; --page N reads another")
        return prediction
    except DataError as error:
        note(f"isthmus: {error}")
        return error


def _sentence(prediction: Prediction) -> str:
    page = f" page {prediction.page} of {prediction.pages}" if prediction.pages > 1 else ""
    return (
        f"{prediction.image}{page} [{prediction.box}]: {prediction.verdict}, "
        f"P(malignant) = {prediction.probability:.3f} (malignant from {prediction.threshold:.3f} on)"
    )
