"""Options that several verbs share, each defined once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from isthmus.data.labels import parse_classes
from isthmus.data.sources import SOURCES

Function = TypeVar("Function", bound=Callable[..., Any])

root = click.argument("root", type=click.Path(path_type=Path))
kind = click.option("--as", "kind", required=True, metavar="KIND", help=f"Kind of data set: {', '.join(SOURCES)}.")
labels = click.option(
    "--labels", "policy", metavar="POLICY", help="Label policy: benign-2-3, benign-2-3-4a ...; see `isthmus info`."
)
classes = click.option(
    "--classes",
    metavar="NAME=LABEL,...",
    callback=lambda _context, _option, text: parse_classes(text or ""),
    help="What the data set's own class names mean: 0=benign,1=malignant; =none leaves a class out.",
)
skip_broken = click.option("--skip-broken", is_flag=True, help="Go on without what can't be read, and list it.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
seed = click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")


def print_json(result: object) -> None:
    """Prints a result as JSON on stdout; not a number becomes null, as JSON has no NaN."""
    click.echo(json.dumps(_finite(result), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    return value
