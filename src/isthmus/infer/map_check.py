"""Whether the maps of a bundle may be shown: the result of their check, a file of the bundle (decision 96)."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from isthmus import bundle as bundles
from isthmus import files
from isthmus.bundle import EXPLANATION, Bundle
from isthmus.errors import BundleError

NOT_CHECKED = "the maps of this bundle were never checked"


@dataclass(frozen=True)
class MapCheck:
    """The result: whether the maps of ``method`` passed on ``n`` nodules, and ``why``, in sentences with figures."""

    method: str
    passed: bool
    why: tuple[str, ...]
    n: Annotated[int, Field(ge=0)]


CHECK_FILE = TypeAdapter(MapCheck)


def check_of(bundle: Bundle) -> MapCheck | None:
    """The check in a bundle, None where it has none. Raises BundleError."""
    path = bundle.explanation
    if path is None:
        return None
    try:
        return CHECK_FILE.validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise BundleError(f"can't be read ({first})", where=str(path), remedy="Copy the whole bundle anew.") from None


def shown_or_why(check: MapCheck | None, method: str) -> tuple[bool, str]:
    """Whether maps of ``method`` may be shown, and why (not), in a sentence."""
    if check is None:
        return False, NOT_CHECKED
    if check.method != method:
        return False, f"another map was checked: {check.method}, not {method}"
    return check.passed, " ".join(check.why)


def with_check(bundle: Bundle, check: MapCheck, to: Path) -> Bundle:
    """Writes the bundle again as ``to``, with this check. Raises BundleError, StorageError."""

    def fill(folder: Path) -> None:
        for name in bundle.files:
            if name not in (bundles.RECIPE, bundles.CARD, EXPLANATION):
                shutil.copyfile(bundle.folder / name, folder / name)
        files.write_text(folder / EXPLANATION, json.dumps(asdict(check), indent=1) + "\n")

    card = files.read_text(bundle.folder / bundles.CARD)
    return bundles.write(to, bundle.recipe, bundle.decision, bundle.provenance, card, fill)
