"""What a form is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A form by its title: where the original stands, "" for none, and by section each item with its answer's key."""

    title: str
    original: str
    sections: Mapping[str, tuple[tuple[str, str], ...]]
    has_flow: bool = False
