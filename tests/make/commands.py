"""The command run in the test's own process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from isthmus.cli.main import main

# Overrides that make a recipe small enough for a test.
SMALL = ("--set", "size=32", "--set", "epochs=2", "--set", "batch_size=8")


def isthmus(*arguments: object) -> Result:
    """``isthmus`` with these arguments; an error of ours comes back as ``result.exception``."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])
