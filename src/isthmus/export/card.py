"""The model card: what a bundle is, what it was trained on, how it may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isthmus.bundle import Proof, Provenance
from isthmus.decision import Decision
from isthmus.nodule import DISCLAIMER
from isthmus.recipe import Recipe


def card(recipe: Recipe, decision: Decision, provenance: Provenance, remarks: Sequence[str] = ()) -> str:
    """The model card, Markdown. ``remarks`` are the settings of the recipe without effect, a sentence each."""
    learned = provenance.nodules["training"]
    chosen = provenance.nodules["validation"]
    notes = "".join(f"Without effect: {remark}.\n" for remark in remarks)
    return f"""# Thyroid nodule classifier

{DISCLAIMER}

Hybrid Feature Cropping Network (Song et al., IEEE Access 2020), recipe `{recipe.name}` ({recipe.fingerprint}).
It gives P(malignant) of the nodule in a box; malignant is P(malignant) >= {decision.threshold:.3f}
(rule `{decision.default}`, chosen on validation).

| | benign | malignant |
|---|---|---|
| learned from | {learned["benign"]} | {learned["malignant"]} |
| epoch and threshold chosen on | {chosen["benign"]} | {chosen["malignant"]} |

{notes}Set aside for choosing: {_share(chosen, learned):.1%} of the nodules, whole groups; the recipe has
{recipe.learning.validation:.1%}.

Data: kind `{provenance.data}`, fingerprint {provenance.fingerprint}. Labels: policy `{provenance.policy}`; where that
is a TI-RADS cut, malignant means suspicious to the radiologists who read it, not proved by pathology.

AUC on the validation part is {provenance.validation_auc:.3f} (n = {sum(chosen.values())}). Choices were made
on that part, so it is optimistic; `isthmus cross` with the same recipe gives an unbiased estimate, with intervals.

Largest difference in P(malignant) between torch in fp32 and each engine, over real RoIs; one that did not pass isn't
used.

| engine | precision | largest difference | of a single vote | verdicts changed | n | |
|---|---|---|---|---|---|---|
{_engine_rows(provenance.engines)}
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
