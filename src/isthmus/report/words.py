"""Numbers and names as pages write them: every caption stands in a table here, and nothing is read by a caption."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from isthmus.judge.intervals import Estimate
from isthmus.study.grid import PAPERS_BACKBONE, Architecture, Knob, Model, knob_and_value

UNKNOWN = "–"

ARCHITECTURES: Mapping[str, str] = {
    Architecture.GLOBAL: "global",
    Architecture.RFC: "global + RFC",
    Architecture.BFC: "global + BFC",
    Architecture.CROPS_ALONE: "BFC alone",
    Architecture.BASELINE: "baseline",
}

# above an architecture's rows
HEADINGS: Mapping[str, str] = {
    Architecture.GLOBAL: "Global branch alone",
    Architecture.RFC: "Global branch + random feature crops (RFC)",
    Architecture.BFC: "Global branch + boundary feature crops (BFC)",
    Architecture.CROPS_ALONE: "Boundary feature crops alone",
    Architecture.BASELINE: "Baselines, which the paper does not have",
}

BACKBONES: Mapping[str, str] = {
    "inception_v3": "Inception v3",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "xception": "Xception",
    PAPERS_BACKBONE: "The paper’s (fourconv)",
}

KNOBS: Mapping[str, str] = {
    Knob.ALPHA: "alpha",
    Knob.OMEGA: "omega",
    Knob.CROP_COUNT: "N, RFC",
    Knob.STEPS: "steps, BFC",
    Knob.WEIGHTS: "weights, malignant : benign",
    Knob.HEAD: "head",
    Knob.UPSAMPLING: "upsampling",
    Knob.RESIZE: "resize",
    Knob.MARGIN: "RoI margin",
    Knob.SQUARE: "square window, margin",
    Knob.OUTSIDE: "surroundings alone, margin 50 %, window",
}

# metric -> its title, and what it says
METRICS = {
    "accuracy": ("Accuracy", "share of nodules called correctly; Eq. (9)"),
    "precision": ("Precision", "of the nodules called malignant, the malignant ones; Eq. (10)"),
    "recall": ("Recall", "of the malignant nodules, those called malignant; Eq. (11)"),
    "sensitivity": ("Sensitivity", "of the malignant nodules, those called malignant; Eq. (11)"),
    "specificity": ("Specificity", "of the benign nodules, those called benign"),
    "f1": ("F-measure", "harmonic mean of precision and recall; Eq. (12)"),
    "auc": ("AUC", "chance that the malignant nodule of a pair has the higher P(malignant)"),
    "auc_within_folds": ("AUC within folds", "the AUC over pairs that one network tested"),
    "average_precision": ("Average precision", "area under precision against recall"),
    "brier": ("Brier score", "mean squared error of P(malignant); lower is better"),
}

# claim -> a narrower sentence, ours, and the sections that it comes from
CLAIMS: Mapping[str, tuple[str, str]] = {
    "cheaper-crops": ("Cropping features costs less than cropping images.", "I, III-C"),
    "bfc-beats-rfc": ("On the paper’s backbone, boundary feature cropping beats random.", "IV-C, Table 4"),
    "crops-beat-global": (
        "With a cropping branch, RFC or BFC, the paper’s network beats its global branch alone.",
        "IV-C, Table 4",
    ),
    "best-alpha": ("alpha = 0.6 is best.", "IV-B.3, Table 3"),
    "few-layers": ("With boundary crops, four convolutions beat deep networks.", "IV-C, Table 4"),
    "weights-raise-recall": ("Weighing malignant 3 to 2 in the loss raises recall.", "I, III-D"),
}

RULES = {
    "half": "0.5, the more probable label",
    "youden": "where sensitivity + specificity is largest on {}",
    "sensitivity-90": "the highest threshold with a sensitivity of at least 0.9 on {}",
}


def model(one: Model) -> str:
    """A row of a table in a sentence: its setting, where it has one.

    >>> model(Model(Architecture.BFC, "fourconv")), model(Model(Architecture.CROPS_ALONE, "fourconv", "alpha = 0.6"))
    ('global + BFC, fourconv', 'alpha = 0.6')
    """
    if one.setting:
        knob, value = knob_and_value(one.setting)
        return f"{KNOBS.get(knob, knob)} = {value}"
    return f"{ARCHITECTURES.get(one.architecture, one.architecture)}, {one.backbone}"


def rule(name: str, chooser: str) -> str:
    """What a rule for the threshold does on the nodules that choose it; an unknown rule is its name.

    >>> rule("youden", "validation")
    'where sensitivity + specificity is largest on validation'
    """
    return RULES.get(name, name).replace("{}", chooser)


def known(value: float | None) -> bool:
    """Whether there is a value: neither None, as JSON has it, nor nan."""
    return value is not None and not math.isnan(value)


def number(value: float | None, digits: int = 3) -> str:
    """A value with so many decimals, and a minus that is one.

    >>> number(-0.1234), number(None)
    ('−0.123', '–')
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    return f"{value:.{digits}f}".replace("-", "−")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """``low`` to ``high``, or a dash where either is unknown.

    >>> interval(0.5, 0.75)
    '0.500 to 0.750'
    """
    return f"{number(low, digits)} to {number(high, digits)}" if known(low) and known(high) else UNKNOWN


def count(value: float) -> str:
    """A number of things; with a decimal where it is a mean over repeats.

    >>> count(12345), count(34.5)
    ('12 345', '34.5')
    """
    return f"{value:,.0f}".replace(",", " ") if float(value).is_integer() else f"{value:.1f}"


def some(value: float, thing: str, things: str = "") -> str:
    """A number with the name of what is counted.

    >>> some(1, "fold"), some(3, "fold"), some(2, "category", "categories")
    ('1 fold', '3 folds', '2 categories')
    """
    return f"{count(value)} {thing if value == 1 else things or thing + 's'}"


def duration(seconds: float | None) -> str:
    """Seconds in the units that people use.

    >>> duration(7.42), duration(754), duration(9000)
    ('7.4 s', '12 min 34 s', '2 h 30 min')
    """
    if seconds is None or math.isnan(seconds):
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(text: str | None) -> str:
    """A time as in ISO 8601, for people; any other text as it is.

    >>> moment("2026-05-04T08:09:10+00:00"), moment("yesterday")
    ('2026-05-04 08:09 UTC', 'yesterday')
    """
    try:
        return datetime.fromisoformat(text or "").strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return text or "not recorded"


def setting(value: object) -> str:
    """A recipe's value without needless decimals.

    >>> setting(10.0), setting(1e-5), setting("half"), setting(True)
    ('10', '1e-05', 'half', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(values: Sequence[float]) -> str:
    """The least and the most of some values, or the one that they all are.

    >>> span([0.25, 0.5]), span([0.5, 0.5])
    ('0.250 to 0.500', '0.500')
    """
    least, most = min(values, default=math.nan), max(values, default=math.nan)
    return number(least) if number(least) == number(most) else interval(least, most)


def p_value(value: float) -> str:
    """A p-value to three decimals, or that it is below them.

    >>> p_value(0.0421), p_value(1e-5)
    ('= 0.042', '< 0.001')
    """
    return UNKNOWN if math.isnan(value) else "< 0.001" if value < 0.001 else f"= {value:.3f}"


def times(ratio: float) -> str:
    """A ratio as a multiple.

    >>> times(4.1375)
    '4.1 times'
    """
    return f"{ratio:.1f} times"


def spread(one: Estimate, digits: int = 3) -> str:
    """The 95 % interval of an estimate, or that it has none."""
    return interval(one.low, one.high, digits) if known(one.low) else "no interval"


def in_line(one: Estimate) -> str:
    """An estimate with its 95 % interval as part of a sentence."""
    return f"{number(one.value)} ({spread(one)})" if known(one.value) else "undefined"


IN_TEMPLATES: Sequence[Callable[..., str | bool]] = (
    *(known, number, interval, count, some, duration, moment, setting, span, p_value, times, rule, spread, in_line),
)
