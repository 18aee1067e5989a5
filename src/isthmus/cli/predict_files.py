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
from isthmus.nodule import DISCLAIMER, Box, Prediction


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
                "passed_over": [asdict(own) for own in predictor.passed_over],
                "predictions": [_as_json(answer) for answer in answered],
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
        said = predictor.predict(read_frame(path, page=page or 1), box)
        if page is None and said.pages > 1:
            note(f"isthmus: {said.image}: page 1 of {said.pages} is read; --page N reads another")
        return said
    except DataError as error:
        note(f"isthmus: {error}")
        return error


def _as_json(said: Prediction) -> dict[str, object]:
    return {
        "image": said.image,
        "page": said.page,
        "pages": said.pages,
        "box": [said.box.x0, said.box.y0, said.box.x1, said.box.y1],
        "p_malignant": said.probability,
        "p_whole": said.whole,
        "p_crops": said.crops,
        "votes": list(said.votes),
        "threshold": said.threshold,
        "label": str(said.label),
    }


def _sentence(said: Prediction) -> str:
    page = f" page {said.page} of {said.pages}" if said.pages > 1 else ""
    return (
        f"{said.image}{page} [{said.box}]: {said.label}, P(malignant) = {said.probability:.3f} "
        f"(malignant from {said.threshold:.3f} on)"
    )
