"""The recipe: the paper's values, every field checked, TOML there and back."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus import recipe
from isthmus.errors import RecipeError
from isthmus.recipe import CHOICES, ISTHMUS, PAPER, RANGES, RECIPES, Recipe

NUMBERS = [field.name for field in dataclasses.fields(Recipe) if type(getattr(PAPER, field.name)) in (int, float)]


def test_the_papers_values() -> None:
    assert (PAPER.size, PAPER.margin, PAPER.resize) == (224, 0, "stretch")
    assert (PAPER.backbone, PAPER.hidden, PAPER.dropout) == ("fourconv", 512, 0.5)
    assert (PAPER.crops, PAPER.alpha, PAPER.omega, PAPER.steps) == ("boundary", 0.6, 0.5, 1)
    assert (PAPER.weight_malignant, PAPER.weight_benign, PAPER.reduction) == (3, 2, "sum")
    assert (PAPER.optimiser, PAPER.learning_rate, PAPER.momentum, PAPER.weight_decay) == ("sgd", 1e-5, 0.9, 5e-4)
    assert (PAPER.batch_size, PAPER.schedule) == (16, "constant")
    assert not any((PAPER.flip, PAPER.shift, PAPER.scale, PAPER.rotation, PAPER.gain, PAPER.attenuation, PAPER.speckle))


def test_recipes_are_known_by_their_names() -> None:
    assert {name: one.name for name, one in RECIPES.items()} == {name: name for name in RECIPES}
    assert recipe.named("paper") is PAPER
    with pytest.raises(RecipeError, match=r"Use paper, isthmus, or the path of a \.toml file"):
        recipe.named("papper")


@pytest.mark.parametrize("one", RECIPES.values(), ids=RECIPES)
def test_toml_there_and_back(one: Recipe, tmp_path: Path) -> None:
    assert recipe.from_toml(one.to_toml()) == one
    recipe.save(one, tmp_path / "recipe.toml")
    assert recipe.named(str(tmp_path / "recipe.toml")) == one


def test_the_fingerprint_names_everything_but_the_name() -> None:
    assert dataclasses.replace(PAPER, name="mine").fingerprint == PAPER.fingerprint != ISTHMUS.fingerprint
    changed = {
        name: dataclasses.replace(PAPER, **{name: next(c for c in choices if c != getattr(PAPER, name))}).fingerprint
        for name, choices in CHOICES.items()
    }
    for name in RANGES:
        value = getattr(PAPER, name)
        changed[name] = dataclasses.replace(
            PAPER, **{name: value + 1 if type(value) is int else value * 0.5 + 0.01}
        ).fingerprint
    assert len({PAPER.fingerprint, *changed.values()}) == len(changed) + 1


def test_every_number_has_a_range() -> None:
    assert set(NUMBERS) == set(RANGES)


def test_a_whole_number_larger_than_any_float_is_taken_or_refused() -> None:
    assert PAPER.replaced([f"crop_seed={10**30}"]).crop_seed == 10**30
    for value in (f"1{'0' * 400}", f"1{'0' * 5000}"):
        with pytest.raises(RecipeError):
            PAPER.replaced([f"epochs={value}"])
        with pytest.raises(RecipeError):
            recipe.from_toml(f"alpha = {value}")


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1])
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(RecipeError, match=rf"{name} = .* is outside"):
        dataclasses.replace(PAPER, **{name: value})


@pytest.mark.parametrize("name", [name for name, (_, _, inclusive) in RANGES.items() if not inclusive])
def test_zero_is_refused_where_it_makes_no_sense(name: str) -> None:
    with pytest.raises(RecipeError, match=rf"{name} = 0 is outside above 0"):
        dataclasses.replace(PAPER, **{name: 0})


@pytest.mark.parametrize("name", CHOICES)
def test_other_choices_are_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=f"{name} = 'other' is none of {', '.join(CHOICES[name])}"):
        dataclasses.replace(PAPER, **{name: "other"})


@pytest.mark.parametrize(
    ("unknown", "nearest"), [("alfa", "alpha"), ("learning-rate", "learning_rate"), ("weight_bening", "weight_benign")]
)
def test_an_unknown_field_names_the_nearest(unknown: str, nearest: str) -> None:
    with pytest.raises(RecipeError, match=f"no field '{unknown}'. Did you mean '{nearest}'"):
        recipe.from_mapping({unknown: 1})


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        ("alpha", "--set: 'alpha' is not name=value"),
        ("alpha=nan", "--set: alpha = nan is outside"),
        ("alpha=big", "--set: alpha = 'big' should be of type float"),
        ("epochs=2.5", "--set: epochs = 2.5 should be of type int"),
        ("epochs=true", "--set: epochs = True should be of type int"),
        ("pretrained=1", "--set: pretrained = 1 should be of type bool"),
        ("crops=5", "--set: crops = 5 should be of type str"),
        ("=5", "--set: no field ''"),
    ],
)
def test_bad_assignments(assignment: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        PAPER.replaced([assignment])
    assert str(caught.value).startswith(says)


def test_assignments() -> None:
    changed = PAPER.replaced(["alpha=1", "epochs=3.0", "crops = none", "pretrained=true", 'name="my own"', "alpha=0.7"])
    assert (changed.alpha, changed.epochs, changed.crops, changed.pretrained) == (0.7, 3, "none", True)
    assert (changed.name, type(changed.epochs)) == ("my own", int)


@pytest.mark.parametrize("text", ["alpha = ", "[alpha]\nx = 1", "alpha = 1979-05-27", "alpha = 0.6\nalpha = 0.7", "\0"])
def test_bad_toml_names_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        recipe.load(path)
    assert caught.value.where == str(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xff'")
    for path, says in (
        (tmp_path / "latin.toml", "not UTF-8"),
        (tmp_path / "no.toml", "can't read"),
        (tmp_path, "can't read"),
    ):
        with pytest.raises(RecipeError, match=says):
            recipe.named(str(path))


@given(
    st.dictionaries(st.sampled_from([*NUMBERS, "crops", "name"]), st.none() | st.text() | st.floats() | st.integers())
)
def test_any_values_make_a_recipe_or_a_recipe_error(values: dict[str, object]) -> None:
    try:
        made = recipe.from_mapping(values)
    except RecipeError:
        return
    assert recipe.from_toml(made.to_toml()) == made


@given(st.text(max_size=40))
def test_any_text_is_toml_or_refused(text: str) -> None:
    with contextlib.suppress(RecipeError):
        assert isinstance(recipe.from_toml(text), Recipe)


@pytest.mark.parametrize("text", ["\ufeffalpha = 0.7\n", "\ufeffalpha = 0.7\r\n"])
def test_a_recipe_as_windows_saves_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text, encoding="utf-8", newline="")
    assert recipe.load(tmp_path / "r.toml").alpha == 0.7


@pytest.mark.parametrize(("encoding", "says"), [("utf-16", "UTF-16"), ("latin-1", "Latin-1 .line 2, byte 0xfc")])
def test_a_recipe_that_is_no_utf8_is_refused_by_what_it_is(tmp_path: Path, encoding: str, says: str) -> None:
    (tmp_path / "r.toml").write_bytes('alpha = 0.7\nname = "ü"\n'.encode(encoding))
    with pytest.raises(RecipeError, match=f"r.toml: is not UTF-8 text but .*{says}"):
        recipe.load(tmp_path / "r.toml")


def test_a_kept_recipe_that_said_flatten_where_a_trunk_was_averaged_is_read_as_what_was_done(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    averaged = dataclasses.replace(PAPER, backbone="resnet50", head="average")
    path.write_text(averaged.to_toml().replace('head = "average"', 'head = "flatten"'))
    with pytest.raises(RecipeError, match=r"head = 'flatten' is for the backbone fourconv.*Set head = average"):
        recipe.load(path)
    assert recipe.load_kept(path) == averaged
    recipe.save(PAPER, path)
    assert recipe.load_kept(path) == PAPER


def test_the_fingerprint_of_an_averaged_trunk_stays_what_it_was() -> None:
    """Of a run of the study on DDTI, whose recipe once said flatten."""
    changes = {"size": 96, "epochs": 5, "patience": 0, "choose_by": "auc", "upsampling": "separable"}
    averaged = dataclasses.replace(PAPER, backbone="resnet50", head="average", **changes)
    assert averaged.fingerprint == "92fca90f2082"
    assert averaged.is_named("92fca90f2082")
    assert not averaged.is_named(PAPER.fingerprint)
