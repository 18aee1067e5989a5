"""The command ``isthmus``: a table of verbs, each loaded by name only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence

import click
import typer
from typer.core import TyperGroup

from isthmus.errors import IsthmusError
from isthmus.nodule import DISCLAIMER

# verb -> (module, what it does). The module holds a function of the verb's name.
VERBS: Mapping[str, tuple[str, str]] = {
    "info": ("isthmus.cli.info", "Say what is installed, which recipes, backbones and data sets there are."),
    "look": ("isthmus.cli.look", "Audit a data set: counts, faults, duplicates, marks and burnt-in text."),
    "train": ("isthmus.cli.train", "Train a model on a data set and write it as a bundle."),
    "cross": ("isthmus.cli.cross", "Cross-validate a recipe, by patient and duplicate."),
    "score": ("isthmus.cli.score", "Score a CSV of predictions, anybody's."),
    "predict": ("isthmus.cli.predict", "Read nodules with a bundle."),
    "phantom": ("isthmus.cli.phantom", "Make a data set of simulated nodules in DDTI's format."),
    "demo": ("isthmus.cli.demo", "Walk the whole road on simulated data."),
}


class _Verbs(TyperGroup):
    """The group whose commands are the table's, imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name][0])
        return command(cmd_name, getattr(module, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, about) for verb, (_, about) in VERBS.items()])
