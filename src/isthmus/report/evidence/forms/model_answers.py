"""What a bundle answers of a form, by key: each a value, and the file of the bundle that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from isthmus.bundle import Bundle
from isthmus.bundle_files import sha256
from isthmus.models.facts import Facts, facts_of
from isthmus.models.names import ROOM
from isthmus.recipe import Recipe
from isthmus.report.words import count, number, some

ABOUT, FACTS, RECIPE = "bundle.json", "facts.json", "recipe.toml"
RESIZES = {
    "stretch": "the box, stretched to a square",
    "letterbox": "the box, its proportions as they are, padded with black",
    "square": "a square window round the box",
}


def model_answers(bundle: Bundle, learned: bool) -> Iterator[tuple[str, str, str]]:
    """Key, value and source of everything that the bundle knows; of the data that are judged only where it ``learned``
    from these very data. Raises BundleError for damaged facts."""
    recipes = _recipes(bundle)
    yield "input", _input(bundle.recipe), RECIPE
    digest = sha256(bundle.weights)[:12]
    told = f"{bundle.name}: {_each(recipes, _network)}; SHA-256 of the weights begins with {digest}"
    yield "architecture", told, f"{RECIPE}, {ABOUT}"
    yield "ensemble", f"mean of {len(recipes)} networks" if bundle.members else "none: one network", RECIPE
    yield "training", f"{_each(recipes, _training)}; seed {bundle.provenance.seed}", f"{RECIPE}, {ABOUT}"
    yield "imbalance", _each(recipes, _weights), RECIPE
    yield from _provenance(bundle)
    facts = facts_of(bundle)
    if facts:
        yield from _facts(facts)
    if facts and learned:
        yield "reference", facts.reads, FACTS
        yield "citation", f"{facts.data}. {facts.citation}", FACTS
    if bundle.folder.parent == ROOM:
        yield "licence", "Apache-2.0", "LICENSE of isthmus"


def _recipes(bundle: Bundle) -> tuple[Recipe, ...]:
    return bundle.members or (bundle.recipe,)


def _each(recipes: Sequence[Recipe], words: Callable[[Recipe], str]) -> str:
    """The words of each network, once where they are the same of several."""
    return "; or ".join(dict.fromkeys(words(recipe) for recipe in recipes))


def _input(recipe: Recipe) -> str:
    one = recipe.preparation
    margin = f" and {number(100 * one.margin, 0)} % of its sides on each" if one.margin else ""
    return (
        f"B-mode ultrasound with a box round the nodule: {RESIZES[one.resize]}{margin}, {one.size} x {one.size} pixels"
    )


def _network(recipe: Recipe) -> str:
    one = recipe.network
    branch = f", cropping branch of {one.crops} crops (omega {one.omega:g})" if one.crops != "none" else ""
    return f"{one.backbone}, head {one.head}{branch}"


def _begun(recipe: Recipe) -> str:
    return (
        f"{recipe.network.backbone} of ImageNet" if recipe.network.pretrained else f"{recipe.network.backbone} random"
    )


def _training(recipe: Recipe) -> str:
    one, shown = recipe.learning, recipe.augmentation
    changes = [f"{name} {getattr(shown, name):g}" for name in ("flip", "shift", "scale", "rotation", "gain", "speckle")]
    policy = "TrivialAugment" if shown.policy == "trivial" else ", ".join(changes)
    return (
        f"{one.optimiser}, {one.schedule} learning rate {one.learning_rate:g}, batches of {one.batch_size}, "
        f"{some(one.epochs, 'epoch')}; augmentation: {policy}"
    )


def _weights(recipe: Recipe) -> str:
    one = recipe.loss
    return f"cross-entropy weighted: malignant {one.weight_malignant:g}, benign {one.weight_benign:g}"


def _provenance(bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    one = bundle.provenance
    begun = f"those of {one.beginning.split()[0]}" if one.beginning else _each(_recipes(bundle), _begun)
    yield "beginning", begun, f"{ABOUT}, {RECIPE}"
    learned, chosen = one.nodules["training"], one.nodules["validation"]
    told = f"{count(learned['benign'])} benign and {count(learned['malignant'])} malignant nodules of kind {one.data}"
    yield "learned", f"{told} (labels {one.policy}, fingerprint {one.fingerprint})", f"{ABOUT}, provenance"
    picks = sum(chosen.values())
    way = (
        f"epoch and threshold on {some(picks, 'nodule')} set aside" if picks else "the last epoch; no nodule set aside"
    )
    yield "chosen", f"{way}; groups: {one.groups}", f"{ABOUT}, provenance"
    yield "software", ", ".join(f"{name} {version}" for name, version in one.versions.items()), f"{ABOUT}, versions"
    yield "weights", f"{bundle.weights.name}, {bundle.onnx.name} in the bundle {bundle.name}", ABOUT
    kind = bundle.decision.calibration.kind
    points = ", ".join(f"{name} {threshold:.3f}" for name, threshold in bundle.decision.thresholds.items())
    yield "decision", f"calibration {kind}; malignant from P of {points}; default {bundle.decision.default}", ABOUT


def _facts(facts: Facts) -> Iterator[tuple[str, str, str]]:
    yield "failures", "; ".join(facts.failures), FACTS
    elsewhere = "; ".join(f"{one.data}, labels {one.labels}: AUC {one.auc}" for one in facts.elsewhere)
    yield "external", elsewhere, FACTS
    judged = facts.out_of_fold
    yield "internal", f"{judged.protocol}, {judged.folds} folds: AUC {judged.auc}", FACTS
    yield (
        "speed",
        f"{number(facts.milliseconds, 1)} ms a nodule, {some(facts.threads, 'thread')}, {facts.processor}",
        FACTS,
    )
