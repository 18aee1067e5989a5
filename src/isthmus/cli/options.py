"""Options that several verbs share, each defined once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from isthmus import files
from isthmus.data.labels import parse_classes
from isthmus.data.sources import SOURCES

NAMED_RECIPES = ("paper", "isthmus")  # those of isthmus.recipes, which takes too long to load for a help

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
seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of every random choice."
)
device = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N|mps", help="Where to train."
)
recipe = click.option(
    "--recipe", default="isthmus", show_default=True, metavar="paper|isthmus|FILE", help="Recipe by name, or TOML file."
)
assignments = click.option(
    "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change a field of the recipe; may be repeated."
)
model = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="Bundle, as `isthmus train` wrote."
)


def recipe_file(recipe: str) -> Path | None:
    """The file that ``--recipe`` names, None where it names a recipe of ours."""
    return None if recipe in NAMED_RECIPES else Path(recipe)


def print_json(result: object) -> None:
    """Prints a result as JSON in ASCII on stdout; not a number becomes null, as JSON has no NaN."""
    click.echo(files.json_text(result), file=sys.stdout)
