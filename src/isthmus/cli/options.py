"""Options that several verbs share, each defined once, and the data set that five of them name."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from isthmus import files
from isthmus.cli import work
from isthmus.cli.bars import bar
from isthmus.cli.talk import note
from isthmus.data.grouping import HELP as GROUPING
from isthmus.data.labels import Classes, parse_classes
from isthmus.data.sources import SOURCES, open_source
from isthmus.errors import DataError, UsageError
from isthmus.models.names import find, hides_a_folder
from isthmus.nodule import Label
from isthmus.text import printable

if TYPE_CHECKING:
    from isthmus.data.dataset import DataSet
    from isthmus.learn.beginning import Beginning
    from isthmus.learn.beside.second_set import SecondSet
    from isthmus.recipe import Recipe

NAMED_RECIPES = ("paper", "isthmus", "quick")  # those of isthmus.recipes, whose import takes too long for a help

root = click.argument("root", type=click.Path(path_type=Path))
kind = click.option("--as", "kind", required=True, metavar="KIND", help=f"Kind of data set: {', '.join(SOURCES)}.")
labels = click.option(
    "--labels", "policy", metavar="POLICY", help="Label policy: benign-2-3, benign-2-3-4a ...; see `isthmus info`."
)
classes = click.option(
    "--classes",
    metavar="NAME=LABEL,...",
    callback=lambda _context, _option, text: parse_classes(text or ""),
    help="What the data set's class names mean: 0=benign,1=malignant; =none leaves a class out.",
)
skip_broken = click.option("--skip-broken", is_flag=True, help="Go on without what can't be read, and list it.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of every random choice."
)
device = click.option(
    "--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N|mps", help="Where to train."
)
group_by = click.option(
    "--group-by", metavar="patient|sequence:N", help=f"{GROUPING} [default: the protocol's]", default=None
)
recipe = click.option(
    "--recipe", default="isthmus", show_default=True, metavar="paper|isthmus|FILE", help="Recipe by name, or TOML file."
)
recipe_of_any = click.option(
    "--recipe",
    default="isthmus",
    show_default=True,
    metavar="paper|isthmus|quick|FILE",
    help="Recipe by name, or TOML file; quick: two networks in under 20 minutes on two cores (made for TN5000).",
)
assignments = click.option(
    "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Change a field of the recipe; may be repeated."
)
beginning = click.option(
    "--from",
    "model",
    metavar="NAME|FOLDER|FILE",
    help="Begin with the weights of a model that ships, a bundle, or a trunk of `isthmus pretrain`.",
)


beside = click.option(
    "--beside",
    "beside_root",
    type=click.Path(path_type=Path),
    help="A second data set, whose nodules join every training and give it the recipe's second loss alone.",
)
beside_kind = click.option(
    "--beside-as", "beside_kind", metavar="KIND", help="Kind of the second data set; no label of it is read."
)
beside_classes = click.option(
    "--beside-classes",
    metavar="NAME=LABEL,...",
    callback=lambda _context, _option, text: parse_classes(text or ""),
    help="What its class names mean, where it has such.",
)


def model_option(about: str, required: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--model, a model that ships or a folder, as text for ``model_folder``."""
    return click.option("--model", metavar="NAME|FOLDER", required=required, help=about)


model = model_option("A model that ships, see `isthmus models`, or a bundle of `isthmus train`.", required=True)


def model_folder(text: str) -> Path:
    """The folder of a model; a note where a folder here has the name of a model that ships. Raises UsageError."""
    if hides_a_folder(text):
        note(f"isthmus: --model {text} is the model that ships with isthmus; the folder here is ./{text}")
    return find(text)


def begun(
    folder: Path | None, recipe: str, assignments: tuple[str, ...], unused: Mapping[str, str] | None = None
) -> tuple[Beginning | None, Recipe]:
    """The weights in ``folder`` to begin from, if any, and the recipe as ``recipes.chosen`` has it: that of the weights
    where the command line names none. Raises BundleError, RecipeError."""
    beginning = _beginning(folder) if folder else None
    named = click.get_current_context().get_parameter_source("recipe") is ParameterSource.COMMANDLINE
    if beginning and not named:
        return beginning, work.recipes.changed(_recipe_of(beginning), assignments, unused)
    return beginning, work.recipes.chosen(recipe, assignments, unused)


def begun_each(
    folder: Path | None, recipe: str, assignments: tuple[str, ...]
) -> tuple[Beginning | None, tuple[Recipe, ...]]:
    """``begun``, of a recipe that may be of several networks where there are no weights to begin from."""
    if folder is None:
        return None, work.recipes.every(recipe, assignments)
    beginning, one = begun(folder, recipe, assignments)
    return beginning, (one,)


def _beginning(path: Path) -> Beginning:
    if path.is_file():
        return work.trunk_weights.read(path)
    return work.beginning.Beginning.of(work.shipped.open_model(path))


def _recipe_of(beginning: Beginning) -> Recipe:
    """The recipe of a model to begin from, which sets nodules aside even if its own training did not."""
    recipe = beginning.recipe
    note(f"isthmus: the recipe is that of {beginning.name}, {recipe.preparation.size} pixels; --recipe names another.")
    if recipe.learning.validation:
        return recipe
    note("isthmus: a fifth of the nodules is set aside for the threshold (validation = 0.2, threshold = youden).")
    return recipe.changed(validation=0.2, threshold="youden")


def second_set(beside: Source | None, first: Source, recipe: Recipe, *others: Recipe) -> SecondSet | None:
    """What a second data set teaches beside the first. Raises UsageError where it is the first or teaches nothing, and
    where there are ``others``, of several networks; DataError."""
    if beside is None:
        return None
    if others:
        raise UsageError("joins no recipe of several networks", where="--beside", remedy="Name one of one network.")
    work.second_set.refuse_none(recipe)
    if files.same(beside.root, first.root):
        raise UsageError("is ROOT itself", where=f"--beside {printable(beside.root)}", remedy="Name another data set.")
    try:
        data = beside.open()
    except UsageError as error:
        where = error.where.replace("--", "--beside-", 1)
        raise UsageError(error.what, where=where, remedy=error.remedy) from None
    return work.second_set.SecondSet.of(data, recipe)


@dataclass(frozen=True)
class Source:
    """A data set as a command line names it."""

    root: Path
    kind: str
    policy: str | None
    classes: Classes
    skip_broken: bool

    def open(self) -> DataSet:
        """The data set, refused if anything in it is broken, unless ``skip_broken``. Raises DataError, UsageError."""
        data = open_source(self.kind, self.root, self.policy, bar, self.classes)
        if self.skip_broken:
            list_left_out(data)
        else:
            data.refuse_broken()
        return data

    def open_labelled(self) -> DataSet:
        """The same, with a summary on stderr. Raises DataError, too, where no nodule has a label."""
        data = self.open()
        if not data.labelled:
            raise DataError("holds no labelled nodule", where=str(self.root), remedy="Look at it with `isthmus look`.")
        several = [fault for fault in data.faults if fault.kind == "several-pages"]
        if several:
            note(f"isthmus: page 1 is read of files of several pages: {len(several)}, such as {several[0].file}")
        counts = data.counts()
        note(
            f"{len(data.labelled)} labelled nodules ({data.policy}): {counts[Label.BENIGN]} benign, "
            f"{counts[Label.MALIGNANT]} malignant; {len(data.faults)} faults, see `isthmus look`."
        )
        return data


def data_set(command: Callable[..., None]) -> Callable[..., None]:
    """Adds ROOT, --as, --labels, --classes and --skip-broken, which the command takes as one Source, ``source``."""

    @functools.wraps(command)
    def with_source(*arguments: Any, **values: Any) -> None:
        source = Source(*(values.pop(name) for name in ("root", "kind", "policy", "classes", "skip_broken")))
        command(*arguments, source=source, **values)

    decorated: Callable[..., None] = with_source
    for option in (skip_broken, classes, labels, kind, root):
        decorated = option(decorated)
    return decorated


def second_data_set(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --beside, --beside-as and --beside-classes, which a command of a ``data_set`` takes as a Source, ``beside``,
    None without them. Raises UsageError for some without the others."""

    @functools.wraps(command)
    def with_beside(*arguments: Any, source: Source, **values: Any) -> None:
        root, kind, classes = (values.pop(name) for name in ("beside_root", "beside_kind", "beside_classes"))
        if root and not kind:
            raise UsageError(
                "its kind isn't known", where=f"--beside {printable(root)}", remedy="Give --beside-as, too."
            )
        if not root and (kind or classes):
            raise UsageError(
                "says nothing without a second data set", where="--beside-as", remedy="Give --beside, too."
            )
        beside = Source(root, kind, None, classes, source.skip_broken) if root else None
        command(*arguments, source=source, beside=beside, **values)

    decorated: Callable[..., None] = with_beside
    for option in (beside_classes, beside_kind, beside):
        decorated = option(decorated)
    return decorated


def list_left_out(data: DataSet) -> None:
    """Names, one line each, what could not be read and was left out."""
    for fault in data.broken:
        note(f"isthmus: left out: {fault}")


def recipe_file(recipe: str) -> Path | None:
    """The file that ``--recipe`` names, None for a recipe that comes with isthmus."""
    return None if recipe in NAMED_RECIPES else Path(recipe)


def print_json(result: object) -> None:
    """Prints a result as JSON in ASCII on stdout; NaN, which JSON lacks, becomes null."""
    click.echo(files.json_text(result), file=sys.stdout)
