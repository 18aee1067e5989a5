"""The recipe: the paper's values, every field checked, TOML there and back."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus import recipes
from isthmus.errors import RecipeError
from isthmus.recipe import HOMES, PAPER, PARTS, Recipe, choices, from_mapping
from isthmus.recipes import ISTHMUS, RECIPES

NUMBERS = [name for name, value in PAPER.values.items() if type(value) in (int, float)]
CHOICES = {name: choices(name) for name in HOMES if choices(name)}
ABOVE_ZERO = ("alpha", "weight_malignant", "weight_benign", "learning_rate")


def test_the_papers_values() -> None:
    assert (PAPER.preparation.size, PAPER.preparation.margin, PAPER.preparation.resize) == (224, 0, "stretch")
    assert (PAPER.network.backbone, PAPER.network.hidden, PAPER.network.dropout) == ("fourconv", 512, 0.5)
    assert (PAPER.network.crops, PAPER.network.alpha, PAPER.network.omega, PAPER.network.steps) == (
        "boundary",
        0.6,
        0.5,
        1,
    )
    assert (PAPER.loss.weight_malignant, PAPER.loss.weight_benign, PAPER.loss.reduction) == (3, 2, "sum")
    assert (
        PAPER.learning.optimiser,
        PAPER.learning.learning_rate,
        PAPER.learning.momentum,
        PAPER.learning.weight_decay,
    ) == ("sgd", 1e-5, 0.9, 5e-4)
    assert (PAPER.learning.batch_size, PAPER.learning.schedule) == (16, "constant")
    assert not any(
        (
            PAPER.augmentation.flip,
            PAPER.augmentation.shift,
            PAPER.augmentation.scale,
            PAPER.augmentation.rotation,
            PAPER.augmentation.gain,
            PAPER.augmentation.attenuation,
            PAPER.augmentation.speckle,
        )
    )


def test_recipes_are_known_by_their_names() -> None:
    assert {name: one.name for name, one in RECIPES.items()} == {name: name for name in RECIPES}
    assert recipes.named("paper") is PAPER
    with pytest.raises(RecipeError, match=r"Use paper, isthmus, quick, or the path of a \.toml file"):
        recipes.named("papper")


@pytest.mark.parametrize("one", RECIPES.values(), ids=RECIPES)
def test_toml_there_and_back(one: Recipe, tmp_path: Path) -> None:
    assert recipes.from_toml(one.to_toml()) == one
    recipes.save(one, tmp_path / "recipe.toml")
    assert recipes.named(str(tmp_path / "recipe.toml")) == one


def test_the_fingerprint_names_everything_but_the_name() -> None:
    assert PAPER.changed(name="mine").fingerprint == PAPER.fingerprint != ISTHMUS.fingerprint
    changed = {
        name: PAPER.changed(**{name: next(c for c in choices if c != PAPER.values[name])}).fingerprint
        for name, choices in CHOICES.items()
    }
    for name in NUMBERS:
        value = PAPER.values[name]
        changed[name] = PAPER.changed(**{name: value + 1 if type(value) is int else value * 0.5 + 0.01}).fingerprint
    assert len({PAPER.fingerprint, *changed.values()}) == len(changed) + 1


def test_every_number_has_a_range() -> None:
    for name in NUMBERS:
        rules = {type(rule).__name__ for rule in PARTS[HOMES[name]].model_fields[name].metadata}
        assert rules & {"Ge", "Gt"}, name
        assert "Le" in rules or name == "crop_seed"


def test_no_name_is_in_two_parts() -> None:
    assert len(HOMES) == sum(len(part.model_fields) for part in PARTS.values())


def test_a_whole_number_larger_than_any_float_is_taken_or_refused() -> None:
    assert PAPER.replaced([f"crop_seed={10**30}"]).network.crop_seed == 10**30
    for value in (f"1{'0' * 400}", f"1{'0' * 5000}"):
        with pytest.raises(RecipeError):
            PAPER.replaced([f"epochs={value}"])
        with pytest.raises(RecipeError):
            recipes.from_toml(f"alpha = {value}")


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1])
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(
        RecipeError, match=rf"recipe: {name} = .*: should be (a finite number|a valid integer|greater than)"
    ):
        PAPER.changed(**{name: value})


@pytest.mark.parametrize("name", ABOVE_ZERO)
def test_zero_is_refused_where_it_makes_no_sense(name: str) -> None:
    with pytest.raises(RecipeError, match=f"{name} = 0: should be greater than 0"):
        PAPER.changed(**{name: 0})


@pytest.mark.parametrize("name", CHOICES)
def test_other_choices_are_refused(name: str) -> None:
    with pytest.raises(
        RecipeError, match=f"{name} = 'other': should be '{CHOICES[name][0]}'.* or '{CHOICES[name][-1]}'"
    ):
        PAPER.changed(**{name: "other"})


def test_a_view_of_nothing_is_refused_and_one_that_changes_nothing_is_idle() -> None:
    with pytest.raises(RecipeError, match=r"margin = 0 adds nothing\. Set margin, too"):
        PAPER.changed(view="outside")
    assert PAPER.changed(view="outside", margin=0.5).preparation.view == "outside"
    assert PAPER.changed(view="inside").idle["view"] == "margin = 0.0"
    assert "view" not in PAPER.changed(view="inside", margin=0.5).idle
    with pytest.raises(RecipeError, match="view changes nothing with margin"):
        recipes.chosen("paper", ["view=inside"])


def test_a_field_that_joined_later_leaves_the_fingerprints_of_before() -> None:
    assert PAPER.fingerprint == "8e20fc1d1bfe"
    assert len({PAPER.changed(margin=0.5, view=view).fingerprint for view in ("all", "inside", "outside")}) == 3


@pytest.mark.parametrize(
    ("unknown", "nearest"), [("alfa", "alpha"), ("learning-rate", "learning_rate"), ("weight_bening", "weight_benign")]
)
def test_an_unknown_field_names_the_nearest(unknown: str, nearest: str) -> None:
    with pytest.raises(RecipeError, match=f"no field '{unknown}'. Did you mean '{nearest}'"):
        from_mapping({unknown: 1})


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        ("alpha", "--set: 'alpha' is not name=value"),
        ("alpha=nan", "--set: alpha = nan: should be a finite number"),
        ("alpha=big", "--set: alpha = 'big': should be a valid number"),
        ("epochs=2.5", "--set: epochs = 2.5: should be a valid integer"),
        ("epochs=true", "--set: epochs = True: should be a valid integer"),
        ("pretrained=1", "--set: pretrained = 1: should be a valid boolean or 'package'"),
        ("crops=5", "--set: crops = 5: should be 'none', 'random' or 'boundary'"),
        ("=5", "--set: no field ''"),
    ],
)
def test_bad_assignments(assignment: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        PAPER.replaced([assignment])
    assert str(caught.value).startswith(says)


def test_assignments() -> None:
    changed = PAPER.replaced(["alpha=1", "epochs=3.0", "crops = none", "pretrained=true", 'name="my own"', "alpha=0.7"])
    assert (changed.network.alpha, changed.learning.epochs, changed.network.crops, changed.network.pretrained) == (
        0.7,
        3,
        "none",
        True,
    )
    assert (changed.name, type(changed.learning.epochs)) == ("my own", int)


def test_pretrained_is_true_false_or_a_package_in_toml_too() -> None:
    recipe = PAPER.replaced(["scaling=centred", "pretrained=package"])
    assert recipes.from_toml(recipe.to_toml()).network.pretrained == "package"
    others = [recipe.changed(pretrained=value) for value in (False, True)]
    assert [one.network.pretrained for one in others] == [False, True]
    assert len({one.fingerprint for one in (recipe, *others)}) == 3


@pytest.mark.parametrize("text", ["alpha = ", "[alpha]\nx = 1", "alpha = 1979-05-27", "alpha = 0.6\nalpha = 0.7", "\0"])
def test_bad_toml_names_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        recipes.load(path)
    assert caught.value.where == str(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xff'")
    for path, says in (
        (tmp_path / "latin.toml", "not UTF-8"),
        (tmp_path / "no.toml", "can't read"),
        (tmp_path, "can't read"),
    ):
        with pytest.raises(RecipeError, match=says):
            recipes.named(str(path))


@given(
    st.dictionaries(st.sampled_from([*NUMBERS, "crops", "name"]), st.none() | st.text() | st.floats() | st.integers())
)
def test_any_values_make_a_recipe_or_a_recipe_error(values: dict[str, object]) -> None:
    try:
        made = from_mapping(values)
    except RecipeError:
        return
    assert recipes.from_toml(made.to_toml()) == made


@given(st.text(max_size=40))
def test_any_text_is_toml_or_refused(text: str) -> None:
    with contextlib.suppress(RecipeError):
        assert isinstance(recipes.from_toml(text), Recipe)


@pytest.mark.parametrize("text", ["\ufeffalpha = 0.7\n", "\ufeffalpha = 0.7\r\n"])
def test_a_recipe_as_windows_saves_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text, encoding="utf-8", newline="")
    assert recipes.load(tmp_path / "r.toml").network.alpha == 0.7


@pytest.mark.parametrize(("encoding", "says"), [("utf-16", "UTF-16"), ("latin-1", "Latin-1 .line 2, byte 0xfc")])
def test_a_recipe_that_is_no_utf8_is_refused_by_what_it_is(tmp_path: Path, encoding: str, says: str) -> None:
    (tmp_path / "r.toml").write_bytes('alpha = 0.7\nname = "ü"\n'.encode(encoding))
    with pytest.raises(RecipeError, match=f"r.toml: is not UTF-8 text but .*{says}"):
        recipes.load(tmp_path / "r.toml")


def test_a_flat_recipe_of_before_is_read_as_one_in_parts(tmp_path: Path) -> None:
    """As version 0.1.0 wrote it; its fingerprint names runs and bundles that were made then."""
    flat = "".join(f"{name} = {json.dumps(value)}\n" for name, value in ISTHMUS.values.items())
    (tmp_path / "flat.toml").write_text(f'name = "isthmus"\n{flat}')
    assert recipes.load(tmp_path / "flat.toml") == recipes.load_kept(tmp_path / "flat.toml") == ISTHMUS
    assert (PAPER.fingerprint, ISTHMUS.fingerprint) == ("8e20fc1d1bfe", "9d195cf79402")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[network]\nalfa = 0.7", "no field 'network.alfa'. Did you mean 'alpha'?"),
        ("[loss]\nalpha = 0.7", "no field 'loss.alpha'"),
        ("[nets]\nalpha = 0.7", "no field 'nets'. Did you mean"),
        ("network = 3", "no field 'network'"),
    ],
)
def test_a_field_in_a_table_that_has_none_such(text: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.from_toml(text)
    assert says in str(caught.value)


def test_a_field_by_its_part() -> None:
    assert PAPER.replaced(["network.alpha=0.7"]) == PAPER.replaced(["alpha=0.7"])
    with pytest.raises(RecipeError, match=r"no field 'loss\.alpha'"):
        PAPER.replaced(["loss.alpha=0.7"])


def test_a_kept_recipe_that_said_flatten_where_a_trunk_was_averaged_is_read_as_what_was_done(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    averaged = PAPER.changed(backbone="resnet50", head="average")
    path.write_text('backbone = "resnet50"\nhead = "flatten"\n')
    with pytest.raises(RecipeError, match=r"head = 'flatten' is for the backbone fourconv.*Set head = average"):
        recipes.load(path)
    assert recipes.load_kept(path) == averaged
    recipes.save(PAPER, path)
    assert recipes.load_kept(path) == PAPER


def test_the_fingerprint_of_an_averaged_trunk_stays_what_it_was() -> None:
    """Of a run of the study on DDTI, whose recipe once said flatten."""
    changes = {"size": 96, "epochs": 5, "patience": 0, "choose_by": "auc", "upsampling": "separable"}
    averaged = PAPER.changed(backbone="resnet50", head="average", **changes)
    assert averaged.fingerprint == "92fca90f2082"
    assert averaged.is_named("92fca90f2082")
    assert not averaged.is_named(PAPER.fingerprint)


@pytest.mark.parametrize("changes", [{"choose_by": "auc"}, {"choose_by": "last", "threshold": "youden"}])
def test_nothing_can_be_chosen_on_no_nodule(changes: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="validation = 0 leaves no nodule to choose"):
        Recipe().changed(validation=0, **changes)
    assert Recipe().changed(validation=0, choose_by="last").learning.validation == 0
