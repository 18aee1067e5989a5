"""The command ``isthmus``: a table of verbs, each loaded by name only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence

import click

from isthmus.cli import talk
from isthmus.errors import IsthmusError, UsageError
from isthmus.stopping import CODE, Stopping

# verb -> what it does. `isthmus.cli.<verb>`, or `isthmus.cli.<room>.<verb>`, holds a click command of that name.
VERBS: Mapping[str, str] = {
    "info": "Say what is installed, and which recipes, backbones and data sets there are.",
    "look": "Audit a data set: counts, faults, duplicates, marks, burnt-in text and the leak of order.",
    "audit": "Find what leaks between the sides of a split, and name it.",
    "pretrain": "Train a trunk without labels, to begin a training with.",
    "train": "Train a model on a data set and write it as a bundle.",
    "cross": "Cross-validate a recipe, by patient or block of images, joined with their duplicates.",
    "study": "Reproduce the paper's tables, beside its own figures, under its protocol and an honest one.",
    "score": "Score a CSV of predictions of any model.",
    "compare": "Compare files of predictions on the same nodules, or a model with readers' grades.",
    "calibrate": "Fit a bundle's calibration and thresholds to a site's labelled predictions, as a new bundle.",
    "report": "Write the evidence on a run or a CSV of predictions: metrics and a page for readers.",
    "readers": "Judge a study of readers with and without a model: AUC, agreement, MRMC test, reliance.",
    "export": "Export a bundle anew, for the engines installed here.",
    "predict": "Read nodules, with a model that ships or a bundle.",
    "tirads": "Say points, level and advice of TI-RADS, of ACR, EU, K or C, from what a reader sees.",
    "serve": "Serve the page on which nodules are read, and its API, on this machine.",
    "pacs": "Take ultrasound from a PACS, read its nodules, and send structured reports back.",
    "deidentify": "Write DICOM pictures anew, without what tells their patients.",
    "store": "Back up what `isthmus serve --store` keeps, or delete a case of it.",
    "models": "List the models that ship: data, figures, failures, speed.",
    "bench": "Measure how fast reading, training and start-up are here.",
    "phantom": "Make a data set of simulated nodules in DDTI's format.",
    "demo": "Run every step on simulated data, from pictures to a report.",
}


# verb -> its room in isthmus.cli; the others' is isthmus.cli itself.
ROOMS: Mapping[str, str] = {
    **dict.fromkeys(("audit", "calibrate", "compare", "report"), "evidence."),
    **dict.fromkeys(("readers", "tirads", "serve", "pacs", "store"), "clinic."),
    "deidentify": "clinic.",
}


def load(verb: str) -> click.Command:
    """The command of a verb, imported now."""
    module = importlib.import_module(f"isthmus.cli.{ROOMS.get(verb, '')}{verb}")
    command: click.Command = getattr(module, verb)
    return command


class Verbs(click.Group):
    """The group whose commands are the table's, imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        return load(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, left = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            _refuse_empty(command, click.Context(command, ctx, name), left)
        return name, command, left

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def _refuse_empty(command: click.Command, ctx: click.Context, args: Sequence[str]) -> None:
    """Raises UsageError for an option or argument of a verb that is given as "" or blanks.

    That is what an unset shell variable leaves, and no option takes it for its absence.
    """
    given, _, _ = command.make_parser(ctx).parse_args(args=list(args))
    for parameter in command.get_params(ctx):
        value = given.get(parameter.name or "")
        texts = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            is_option = isinstance(parameter, click.Option)
            raise UsageError(
                "is given empty; is a shell variable not set?",
                where=max(parameter.opts, key=len) if is_option else parameter.make_metavar(ctx),
                remedy=f"Give a value{', or leave the option out' if is_option and not parameter.required else ''}.",
            )


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="isthmus")
def main() -> None:
    """Thyroid nodules in ultrasound, benign or malignant. For research only; not a medical device.

    Results go to stdout, messages to stderr. Exit codes: 0 done, 1 trouble found, 2 wrong use or unusable data.
    """


def run(stopping: Stopping | None = None) -> None:
    """Runs the command and ends the process: every expected error is one line on stderr and its exit code.

    ``stopping`` is who listens for Ctrl-C since the process began.
    """
    stopping = stopping or Stopping()
    talk.escape_what_cant_be_shown()
    stopping.begun()
    try:
        code = main.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _stopped()
    except Exception as error:
        # An import that is interrupted may raise anything.
        code = _stopped() if stopping.came else _told(error)
    stopping.over()
    sys.exit(code if isinstance(code, int) else 0)


def _stopped() -> int:
    talk.note("isthmus: stopped.")
    return CODE


def _told(error: Exception) -> int:
    """Says what went wrong, and gives the exit code; raises an error that is none of the expected ones."""
    match error:
        case click.ClickException():
            error.show(sys.stderr)
            return 2
        case IsthmusError():
            talk.note(f"isthmus: {error}")
            return error.exit_code
        case BrokenPipeError():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        case OSError():
            talk.note(f"isthmus: {error.filename or 'file'}: {error.strerror or error}.")
            return 2
    raise error
