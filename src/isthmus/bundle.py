"""A trained model as a folder: weights, ONNX, recipe, and their description. Never a pickle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isthmus import files, recipes
from isthmus.bundle_files import (
    ABOUT,
    CARD,
    CONTENTS,
    EVIDENCE,
    EXPLANATION,
    FACTS,
    GATE,
    HISTORY,
    INT8,
    MEMBERS,
    NEIGHBOURS,
    ONNX,
    OPTIONAL,
    PROBE,
    RECIPE,
    WEIGHTS,
    sha256,
)
from isthmus.decision import Decision
from isthmus.description import COPY, FORMAT, UNNAMED, Description, LearnedFrom, Proof, Provenance
from isthmus.errors import BundleError, RecipeError
from isthmus.recipe import Recipe

__all__ = [
    "ABOUT",
    "CARD",
    "CONTENTS",
    "EVIDENCE",
    "EXPLANATION",
    "FACTS",
    "FORMAT",
    "GATE",
    "HISTORY",
    "INT8",
    "MEMBERS",
    "NEIGHBOURS",
    "ONNX",
    "OPTIONAL",
    "PROBE",
    "RECIPE",
    "WEIGHTS",
    "Bundle",
    "LearnedFrom",
    "Proof",
    "Provenance",
    "open_bundle",
    "open_to_renew",
    "refuse_taken",
    "write",
]

LEFT_BY_SYSTEMS = ("desktop.ini", "thumbs.db")  # and whatever begins with a dot


@dataclass(frozen=True)
class Bundle:
    """An opened bundle. ``decision`` gives probability and label. ``files`` are the names of its files, in order.

    ``members`` are the recipes of an ensemble, () for one network; ``recipe`` is then that of the member whose crops it
    shows, with the preparation of the RoI that all of them look at.
    """

    folder: Path
    recipe: Recipe
    decision: Decision
    provenance: Provenance
    files: tuple[str, ...] = CONTENTS
    members: tuple[Recipe, ...] = ()

    @property
    def onnx(self) -> Path:
        return self.folder / ONNX

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS

    @property
    def int8(self) -> Path | None:
        """The int8 export, None where none passed parity."""
        return self.folder / INT8 if INT8 in self.files else None

    @property
    def gate(self) -> Path | None:
        """What the input gate knows, None where none was fitted."""
        return self.folder / GATE if GATE in self.files else None

    @property
    def explanation(self) -> Path | None:
        """The check of its maps, None where they were never checked."""
        return self.folder / EXPLANATION if EXPLANATION in self.files else None

    @property
    def evidence(self) -> Path | None:
        """All figures of it, as in metrics.json of `isthmus report`; None where it doesn't carry them."""
        return self.folder / EVIDENCE if EVIDENCE in self.files else None

    @property
    def neighbours(self) -> Path | None:
        """Features of its training nodules, for similar cases; None where it keeps none."""
        return self.folder / NEIGHBOURS if NEIGHBOURS in self.files else None

    @property
    def name(self) -> str:
        return self.folder.resolve().name


def write(
    to: Path, recipe: Recipe, decision: Decision, provenance: Provenance, card: str, fill: Callable[[Path], None]
) -> Bundle:
    """Writes a bundle whole or not at all; ``fill`` puts the weights, the exports and the probe into the folder
    that it receives.

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
        checksums = {path.name: sha256(path) for path in sorted(temporary.iterdir())}
        description = Description(decision, recipe.fingerprint, checksums, provenance)
        files.write_text(temporary / ABOUT, description.to_json())
        made = _opened(temporary, Description.read(temporary))
        temporary.chmod(0o755)
        if to.exists():
            to.rmdir()
        temporary.rename(to)
    except OSError as error:
        raise files.refusal(to, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Bundle(to, recipe, decision, provenance, made.files, made.members)


def refuse_taken(to: Path) -> None:
    """Raises BundleError if ``to`` is a file or a folder with something in it."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BundleError("already holds something", where=str(to), remedy="Choose another --to, or move it away.")


def open_bundle(folder: Path) -> Bundle:
    """Opens a bundle and checks every file of it, its description too, against its checksum.

    Raises BundleError if it is no bundle, of another format, or if a file is missing, damaged or not the bundle's.
    """
    return _opened(folder, Description.read(folder))


def open_to_renew(folder: Path) -> Bundle:
    """Opens a bundle for its weights, recipe and decision; one of format 2, too. Raises BundleError."""
    return _opened(folder, Description.read(folder, renew=True))


def _opened(folder: Path, description: Description) -> Bundle:
    _refuse_strangers(folder, description)
    for name, checksum in description.files.items():
        _check(folder / name, checksum)
    try:
        recipe = recipes.load_kept(folder / RECIPE)
        members = recipes.load_members(folder / MEMBERS) if MEMBERS in description.files else ()
    except RecipeError as error:
        raise BundleError(f"holds a recipe that can't be read: {error}", where=str(folder)) from None
    if not recipe.is_named(description.recipe):
        raise BundleError("its recipe isn't the one that it names", where=str(folder / ABOUT), remedy=COPY)
    decision = description.decision
    if decision.default == UNNAMED:
        decision = Decision.at(decision.threshold, recipe.learning.threshold)
    return Bundle(folder, recipe, decision, description.provenance, tuple(description.files), members)


def _refuse_strangers(folder: Path, description: Description) -> None:
    """Raises BundleError if the description names too few or other files, or the folder holds one that it doesn't."""
    for name in CONTENTS:
        if name not in description.files:
            raise BundleError(f"names no {name}", where=str(folder / ABOUT), remedy=COPY)
    for name in description.files:
        if name not in CONTENTS + OPTIONAL:
            raise BundleError(f"names {name!r}, which no bundle holds", where=str(folder / ABOUT), remedy=COPY)
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise BundleError(f"can't be read ({error.strerror})", where=str(folder)) from None
    for name in names:
        if name not in (ABOUT, *description.files) and name[0] != "." and name.lower() not in LEFT_BY_SYSTEMS:
            raise BundleError(f"holds {name!r}, which is not the bundle's", where=str(folder), remedy="Move it away.")


def _check(path: Path, checksum: str) -> None:
    if not path.is_file():
        raise BundleError("is missing", where=str(path), remedy=COPY)
    try:
        actual = sha256(path)
    except OSError as error:
        raise BundleError(f"can't be read ({error.strerror})", where=str(path)) from None
    if actual != checksum:
        raise BundleError("is damaged or another bundle's: its checksum differs", where=str(path), remedy=COPY)
