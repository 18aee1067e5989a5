"""An option or argument given empty, as an unset shell variable leaves it, is wrong use, never absence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from isthmus.cli.main import VERBS, load
from isthmus.errors import UsageError
from make.commands import isthmus


def command_of(verb: str) -> click.Command:
    command = load(verb)
    return command


def taking_a_value() -> Iterator[tuple[str, str]]:
    """Every verb with each of its options that take a value, and each of its arguments."""
    for verb in VERBS:
        for parameter in command_of(verb).params:
            if not (isinstance(parameter, click.Option) and parameter.is_flag):
                yield verb, str(parameter.name)


def filled(verb: str, empty: str, blank: str) -> Iterator[str]:
    """The verb's command line with something for all that is required, and ``blank`` for the parameter ``empty``."""
    for parameter in command_of(verb).params:
        choices = getattr(parameter.type, "choices", ["nothing-is-called-so"])
        value = blank if parameter.name == empty else str(choices[0])
        if isinstance(parameter, click.Argument):
            yield value
        elif parameter.name == empty or parameter.required:
            yield f"{max(parameter.opts, key=len)}={value}"


@pytest.mark.parametrize("blank", ["", " \t"], ids=["empty", "blank"])
@pytest.mark.parametrize(("verb", "name"), [*taking_a_value()])
def test_every_option_and_argument_of_every_verb(
    verb: str, name: str, blank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = isthmus(verb, *filled(verb, name, blank)).exception
    assert isinstance(found, UsageError), found
    assert "is given empty" in str(found)
    assert found.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_there_are_options_to_try() -> None:
    some = {("predict", "boxes"), ("predict", "paths"), ("cross", "to"), ("train", "assignments")}
    assert some <= {*taking_a_value()}


@pytest.mark.parametrize(
    "arguments",
    [["predict", "a.jpg", "", "--model", "m"], ["train", "a", "--as", "voc", "--set", "size=32", "--set", ""]],
)
def test_one_empty_among_several(arguments: list[str]) -> None:
    assert "is given empty" in str(isthmus(*arguments).exception)


def test_a_list_of_nothing() -> None:
    found = isthmus("look", "a", "--as", "voc", "--classes", ",").exception
    assert isinstance(found, UsageError)
    assert "--classes" in str(found)


def test_help_and_unknown_options_are_as_before() -> None:
    assert isthmus("predict", "--help").exit_code == 0
    wrong = isthmus("predict", "--nothing")
    assert wrong.exit_code == 2
    assert "No such option" in wrong.output
