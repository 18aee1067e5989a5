"""A trained model as a folder: weights, ONNX, recipe, and what must be known about them. Never a pickle."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from isthmus import files
from isthmus import recipe as recipes
from isthmus.errors import BundleError, RecipeError
from isthmus.nodule import DISCLAIMER, Label
from isthmus.recipe import Recipe

FORMAT = 2
WEIGHTS, ONNX, INT8, PROBE = "weights.safetensors", "model.onnx", "model-int8.onnx", "probe.safetensors"
RECIPE, CARD, ABOUT = "recipe.toml", "card.md", "bundle.json"
CONTENTS = (WEIGHTS, ONNX, PROBE, RECIPE, CARD)  # what every bundle holds; INT8 where it passed parity
COPY = "Copy the whole bundle anew."


@dataclass(frozen=True)
class Proof:
    """What an engine said of ``n`` real RoIs beside torch in fp32, when the bundle was exported.

    ``max_difference`` is in P(malignant); ``milliseconds`` an RoI, in batches of 16, where it was exported.
    An engine that did not pass is recorded, and not used.
    """

    precision: str
    max_difference: float
    verdicts_changed: int
    n: int
    milliseconds: float
    passed: bool


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from: its data (kind, label policy, fingerprint, nodules by label), its training, versions.

    ``nodules`` counts what it learned from and what its epoch and threshold were chosen on, by name.
    ``engines`` names those that it was exported for, with the proof of each.
    """

    data: str
    policy: str
    fingerprint: str
    nodules: Mapping[str, Mapping[str, int]]
    seed: int
    epoch: int
    validation_auc: float
    engines: Mapping[str, Proof]
    versions: Mapping[str, str]
    created: str
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True)
class Bundle:
    """An opened bundle. Malignant is P(malignant) >= ``threshold``."""

    folder: Path
    recipe: Recipe
    threshold: float
    provenance: Provenance
    labels: tuple[str, ...] = field(default_factory=lambda: tuple(str(label) for label in Label))

    @property
    def onnx(self) -> Path:
        return self.folder / ONNX

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS

    @property
    def int8(self) -> Path | None:
        """The int8 export, None where none passed parity."""
        path = self.folder / INT8
        return path if path.exists() else None

    @property
    def name(self) -> str:
        return self.folder.resolve().name


def write(
    to: Path, recipe: Recipe, threshold: float, provenance: Provenance, card: str, fill: Callable[[Path], None]
) -> Bundle:
    """Writes a bundle whole or not at all; ``fill`` puts the weights, the exports and the probe into the folder it
    is given.

    Raises StorageError where the disk is full or the target read-only, BundleError where ``to`` is taken.
    """
    refuse_taken(to)
    files.make_folder(to.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        fill(temporary)
        for written in temporary.iterdir():
            written.chmod(0o644)
        recipes.save(recipe, temporary / RECIPE)
        files.write_text(temporary / CARD, card)
        about = {
            "format": FORMAT,
            "labels": {str(int(label)): str(label) for label in Label},
            "threshold": threshold,
            "recipe": recipe.fingerprint,
            "files": {path.name: _sha256(path) for path in sorted(temporary.iterdir())},
            "provenance": asdict(provenance),
        }
        files.write_text(temporary / ABOUT, json.dumps(about, indent=2) + "\n")
        temporary.chmod(0o755)
        if to.exists():
            to.rmdir()
        temporary.rename(to)
    except OSError as error:
        raise files.refusal(to, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Bundle(to, recipe, threshold, provenance)


def refuse_taken(to: Path) -> None:
    """Raises BundleError if ``to`` is a file or a folder with something in it."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BundleError("already holds something", where=str(to), remedy="Choose another --to, or move it away.")


def open_bundle(folder: Path) -> Bundle:
    """Opens a bundle and checks every file of it against its own checksum.

    Raises BundleError if it is no bundle, of another format, or if a file is missing, cut short or not its own.
    """
    about = _about(folder)
    try:
        if about["format"] != FORMAT:
            raise BundleError(
                f"is a bundle of format {about['format']}; this isthmus reads format {FORMAT}",
                where=str(folder),
                remedy="Install the isthmus that wrote it, or train it anew.",
            )
        if about["labels"] != {str(int(label)): str(label) for label in Label}:
            raise BundleError(f"names other labels, {about['labels']}", where=str(folder / ABOUT))
        for name in {*CONTENTS, *about["files"]}:
            _check(folder / name, about["files"][name])
        recipe = recipes.load(folder / RECIPE)
        provenance = _provenance(about["provenance"])
        threshold = float(about["threshold"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"is incomplete ({error})", where=str(folder / ABOUT), remedy=COPY) from None
    except RecipeError as error:
        raise BundleError(f"holds a recipe that can't be read: {error}", where=str(folder)) from None
    if recipe.fingerprint != about["recipe"] or not 0 <= threshold <= 1:
        raise BundleError("its recipe or threshold isn't its own", where=str(folder / ABOUT))
    return Bundle(folder, recipe, threshold, provenance)


def _provenance(values: Mapping[str, Any]) -> Provenance:
    engines = {name: Proof(**proof) for name, proof in values["engines"].items()}
    return Provenance(**{**values, "engines": engines})


def _about(folder: Path) -> dict[str, Any]:
    remedy = "Give the folder that `isthmus train --to` wrote."
    if not folder.is_dir():
        raise BundleError("no such folder", where=str(folder), remedy=remedy)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"is no bundle: it holds no {ABOUT}", where=str(folder), remedy=remedy) from None
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"can't be read ({error})", where=str(folder / ABOUT), remedy=COPY) from None
    if not isinstance(about, dict):
        raise BundleError("is not a bundle's description", where=str(folder / ABOUT), remedy=remedy)
    return about


def _check(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise BundleError("is missing", where=str(path), remedy=COPY)
    if _sha256(path) != sha256:
        raise BundleError("is damaged or another bundle's: its checksum differs", where=str(path), remedy=COPY)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"can't be read ({error.strerror})", where=str(path)) from None
