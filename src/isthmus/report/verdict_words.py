"""Claims, verdicts and comparisons in sentences, as pages and claims.json have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from isthmus.judge.compare import proportion_difference
from isthmus.nodule import DISCLAIMER
from isthmus.report.words import CLAIMS, in_line, interval, model, number, p_value, times
from isthmus.study.claims import Claim
from isthmus.study.compare import Comparison
from isthmus.study.findings import Findings
from isthmus.study.grid import knob_and_value
from isthmus.study.quotes import Quote
from isthmus.study.tables import PAPERS
from isthmus.study.verdicts import (
    Contrast,
    Lower,
    Missing,
    Needs,
    NetworkCost,
    Pair,
    Recalls,
    Verdict,
    lower_in_the_paper,
    printed,
)


@dataclass(frozen=True)
class VerdictText:
    """A verdict with its figures in sentences; ``comparisons`` are those that are behind a narrower claim."""

    protocol: str
    labels: str
    verdict: str
    figures: tuple[str, ...]
    n: int
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class ClaimText:
    """A claim in sentences.

    ``sentence`` is narrower than the quote, ``where`` names the sections that it comes from. ``papers_own`` compares
    the paper's figures by it; ``papers_as_it_stands`` is what the paper's tables give of the quote.
    """

    name: str
    sentence: str
    where: str
    papers_own: tuple[str, ...]
    verdicts: tuple[VerdictText, ...]
    quote: Quote
    papers_as_it_stands: tuple[str, ...]
    as_it_stands: tuple[VerdictText, ...]


def claim_texts(findings: Findings) -> tuple[ClaimText, ...]:
    """All claims of a study in sentences."""
    return tuple(claim_text(claim) for claim in findings.claims)


def claim_text(claim: Claim) -> ClaimText:
    """A claim in sentences; where both claims compare the same pairs, figures stand with the narrower one only."""
    sentence, where = CLAIMS[claim.name]
    stands, narrow = claim.needs_as_it_stands, claim.needs
    brief = pair_names if stands.pairs == narrow.pairs else in_words
    return ClaimText(
        claim.name,
        sentence,
        where,
        tuple(_accuracies(pair) for pair in narrow.pairs),
        tuple(_verdict(one, narrow, in_words, with_comparisons=True) for one in claim.verdicts),
        claim.quote,
        (_papers_tally(stands),) if stands.pairs else (),
        tuple(_verdict(one, stands, brief) for one in claim.as_it_stands),
    )


def claims_record(findings: Findings) -> dict[str, Any]:
    """All claims with their verdicts and figures, JSON-ready."""
    records = [asdict(text) for text in claim_texts(findings)]
    for record in records:
        for verdict in record["verdicts"]:
            for one in verdict["comparisons"]:
                one |= {side: model(one[side]) for side in ("first", "second")}
                del one["auc"]["estimate"]["n"]  # as ``n`` of the comparison
    return {"claims": records, "protocols": findings.protocols, "disclaimer": DISCLAIMER}


def _verdict(
    one: Verdict, needs: Needs, style: Callable[[Comparison], str], with_comparisons: bool = False
) -> VerdictText:
    figures = [_figure(evidence, needs, style) for evidence in one.evidence]
    figures += [_missing(one, one.missing, needs)] if one.missing else []
    comparisons = [evidence.comparison for evidence in one.evidence if isinstance(evidence, Contrast)]
    return VerdictText(
        one.protocol, one.labels, one.verdict, tuple(figures), one.n, tuple(comparisons if with_comparisons else ())
    )


def _figure(evidence: Contrast | Recalls | NetworkCost, needs: Needs, style: Callable[[Comparison], str]) -> str:
    if isinstance(evidence, Recalls):
        return _recalls(evidence)
    if isinstance(evidence, NetworkCost):
        return _cost(evidence)
    higher = "; higher in each indicator" if needs.higher else ""
    lower = f"; not higher in {_values(evidence.lower)}" if evidence.lower else higher
    return style(evidence.comparison) + lower


def _missing(verdict: Verdict, missing: Missing, needs: Needs) -> str:
    """Which runs a claim waits for; three are named one by one, of more their backbones, or what they vary."""
    if not verdict.protocol:
        return f"not measured: {', '.join(one.backbone for one in missing.models)}"
    if not needs.pairs and not verdict.evidence:
        return "no malignant nodule was tested with even and with heavier weights"
    lacking = f"{missing.comparisons} of {missing.planned} comparisons"
    if not needs.pairs:
        return f"{lacking} lack a finished run"
    if not missing.models:
        return f"{lacking} have no nodule that both rows tested"
    few = len(missing.models) <= 3
    names = [model(one) if few or one.setting else one.backbone for one in missing.models]
    return f"{lacking} lack a finished run: {', '.join(dict.fromkeys(names))}"


def in_words(one: Comparison) -> str:
    """A comparison in a sentence."""
    right = one.accuracy
    repeats = f"; AUC by repeat {', '.join(number(gain.auc) for gain in one.gains)}" if len(one.gains) > 1 else ""
    return (
        f"{pair_names(one)}: AUC {in_line(one.auc.estimate)}, p {p_value(one.auc_p)}; correct in the first only "
        f"{right.only_first}, in the second only {right.only_second}, p {p_value(one.accuracy_p)}{repeats}"
    )


def pair_names(one: Comparison) -> str:
    """Only what is compared."""
    return f"{model(one.first)} less {model(one.second)}"


def _recalls(one: Recalls) -> str:
    recalls = [in_line(estimate) for estimate in one.recall]
    weights = [knob_and_value(each.setting)[1] for each in one.models]
    return (
        f"recall {recalls[0]} at {weights[0]}, {recalls[1]} at {weights[1]}; of {one.readings} malignant test results "
        f"{one.only_heavier} are correct in the first only, {one.only_even} in the second only, "
        f"p {p_value(one.p_value)}; specificity {number(one.specificity[0])} and {number(one.specificity[1])}"
    )


def _cost(one: NetworkCost) -> str:
    cost, rival, ours = one.cost, one.cost.crops_of_image_multiply_adds, one.cost.multiply_adds
    return (
        f"{one.backbone}, {one.size} pixels: the RoI and five crops of the image take "
        f"{times(rival / ours)} the multiply-adds ({rival / 1e6:.0f} against {ours / 1e6:.0f} million) and "
        f"{times(cost.times)} the time (quartiles {number(cost.times_low, 1)} to {number(cost.times_high, 1)}; "
        f"{cost.crops_of_image_ms:.1f} against {cost.ms_per_image:.1f} ms, {cost.threads} threads)"
    )


def _accuracies(pair: Pair) -> str:
    """The difference of the paper's two accuracies, which it prints without an interval."""
    (first, second), (one, other) = map(model, pair), printed(pair)
    gain = proportion_difference(one.right, one.n, other.right, other.n)
    return (
        f"{first} {one.right}, {second} {other.right} of {one.n} correct: accuracy differs by "
        f"{number(gain.value)} ({interval(gain.low, gain.high)}, unpaired)"
    )


def _papers_tally(needs: Needs) -> str:
    """How the paper's tables stand to a claim: how often its figures have the first higher, and where not."""
    metrics = needs.higher or ("accuracy",)
    lower = {pair: missed for pair in needs.pairs if (missed := lower_in_the_paper(pair, metrics))}
    names = [f"{model(first)} less {model(second)}: {_values(missed)}" for (first, second), missed in lower.items()]
    indicators = ", ".join(metrics) if metrics != PAPERS else "all four indicators"
    count = f"{len(needs.pairs) - len(lower)} of {len(needs.pairs)} higher in {indicators}"
    return count + (f"; not in {'; '.join(names)}" if names else "")


def _values(lower: Lower) -> str:
    return ", ".join(f"{name} {number(first)} against {number(second)}" for name, (first, second) in lower.items())
