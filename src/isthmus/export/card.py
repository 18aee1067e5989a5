"""The model card: what a bundle is, what it was trained on, how it may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isthmus.bundle import Proof, Provenance
from isthmus.decision import Decision
from isthmus.description import Beside
from isthmus.models.facts import Facts
from isthmus.nodule import DISCLAIMER
from isthmus.recipe import Recipe


def card(
    recipe: Recipe,
    decision: Decision,
    provenance: Provenance,
    remarks: Sequence[str] = (),
    facts: Facts | None = None,
) -> str:
    """The model card, Markdown. ``remarks`` are the settings of the recipe without effect, a sentence each; ``facts``
    what is known of a model that ships."""
    learned = provenance.nodules["training"]
    chosen = provenance.nodules["validation"]
    chooser = "out of fold" if facts else "on validation" if sum(chosen.values()) else "by no data"
    notes = "".join(f"Without effect: {remark}.\n" for remark in remarks)
    return f"""# Thyroid nodule classifier

{DISCLAIMER}

Hybrid Feature Cropping Network (Song et al., IEEE Access 2020), recipe `{recipe.name}` ({recipe.fingerprint}).
It gives P(malignant) of the nodule in a box; malignant is P(malignant) >= {decision.threshold:.3f}
(rule `{decision.default}`, chosen {chooser}).

| | benign | malignant |
|---|---|---|
| learned from | {learned["benign"]} | {learned["malignant"]} |
| epoch and threshold chosen on | {chosen["benign"]} | {chosen["malignant"]} |

{notes}{_known(facts)}Set aside for choosing: {_share(chosen, learned):.1%} of the nodules, whole groups (by
{provenance.groups}); the recipe has {recipe.learning.validation:.1%}.

{_begun(provenance.beginning)}{_beside(provenance.beside)}\
Data: kind `{provenance.data}`, fingerprint {provenance.fingerprint}.
Labels: policy `{provenance.policy}`; where that is a TI-RADS cut, malignant means suspicious to the radiologists who
read it, not proved by pathology.

{_validated(provenance.validation_auc, sum(chosen.values()))}`isthmus cross` with the same recipe gives an unbiased
estimate, with intervals.

Largest difference in P(malignant) between torch in fp32 and each engine, over real RoIs; one that did not pass isn't
used.

| engine | precision | largest difference | of a single vote | verdicts changed | n | |
|---|---|---|---|---|---|---|
{_engine_rows(provenance.engines)}
"""


def _begun(beginning: str) -> str:
    return f"It began from the weights of `{beginning.split()[0]}`.\n\n" if beginning else ""


def _beside(beside: Beside | None) -> str:
    return f"Beside these data: {beside.told}.\n\n" if beside else ""


def _validated(auc: float, n: int) -> str:
    if not n:
        return "Every nodule was learned from, and none set aside. "
    return f"AUC on the validation part is {auc:.3f} (n = {n}); choices were made on it, so it is optimistic. "


def _known(facts: Facts | None) -> str:
    """What is known of a model that ships, as paragraphs."""
    if facts is None:
        return ""
    judged = facts.out_of_fold
    points = "".join(
        f"| `{name}` | {at.threshold:.3f} | {at.sensitivity} | {at.specificity} |\n"
        for name, at in judged.thresholds.items()
    )
    elsewhere = "".join(f"On {one.data}, whose labels are {one.labels}: AUC {one.auc}.\n\n" for one in facts.elsewhere)
    failures = "".join(f"- {failure}\n" for failure in facts.failures)
    return f"""Its labels are {facts.reads}. Data: {facts.data}. Cite: {facts.citation}

Out of fold (protocol `{judged.protocol}`, {judged.folds} folds, {judged.benign} benign and {judged.malignant}
malignant nodules): AUC {judged.auc}; of calibrated P Brier score {judged.brier}, expected calibration
error {judged.ece:.3f}.

| threshold | P(malignant) from | sensitivity | specificity |
|---|---|---|---|
{points}
{elsewhere}Known failures:

{failures}
"""


def _engine_rows(engines: Mapping[str, Proof]) -> str:
    return "\n".join(
        f"| {name} | {proof.precision} | {proof.max_difference:.1e} | {proof.max_vote_difference:.1e} "
        f"| {proof.verdicts_changed} | {proof.n} | {'' if proof.passed else 'did not pass'} |"
        for name, proof in engines.items()
    )


def _share(part: Mapping[str, int], other: Mapping[str, int]) -> float:
    number, rest = sum(part.values()), sum(other.values())
    return number / (number + rest) if number + rest else 0.0
