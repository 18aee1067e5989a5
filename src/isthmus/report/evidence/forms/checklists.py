"""The forms: what each asks, in our words, and the key of the answer, "" where only the author knows it."""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.report.evidence.forms.cards import DATA_CARD, MODEL_CARD
from isthmus.report.evidence.forms.form import Form

CLAIM = Form(
    "CLAIM, update 2024",
    "Tejani et al., Radiology: Artificial Intelligence 2024, doi 10.1148/ryai.240300",
    {
        "Title and abstract": (
            ("The title names the kind of AI and the task", ""),
            ("The abstract sums up design, methods, results, conclusions", ""),
        ),
        "Introduction": (
            ("Background, and the role that the model is meant for", "use"),
            ("Aims and hypotheses", ""),
        ),
        "Design and data": (
            ("Prospective or retrospective", ""),
            ("Goal of the study", ""),
            ("Source of the data", "file"),
            ("Who was eligible: criteria, dates, places", ""),
            ("Preparation of the pictures", "input"),
            ("Selection of subsets; what was left out", "excluded"),
            ("De-identification", ""),
            ("Missing data and how they were handled", "excluded"),
            ("How pictures were taken: machines, protocols", ""),
        ),
        "Reference standard": (
            ("Definition", "reference"),
            ("Why this one", ""),
            ("Who annotated, and their training", ""),
            ("Agreement between annotators", ""),
            ("How the two labels were made", "policy"),
        ),
        "Division": (
            ("How nodules were assigned to parts", "protocol"),
            ("Unit that is never divided", "groups"),
            ("Planned sample size", ""),
        ),
        "Model": (
            ("Input, layers, output", "architecture"),
            ("Software and versions", "versions"),
            ("Initial weights", "beginning"),
        ),
        "Training": (
            ("Augmentation, hyperparameters, number of models", "training"),
            ("How the model was chosen", "chosen"),
            ("Ensembles", "ensemble"),
        ),
        "Evaluation": (
            ("Metrics", "metrics"),
            ("Uncertainty and significance", "intervals"),
            ("Robustness", "robustness"),
            ("Explanation, and how it was checked", ""),
            ("Internal test", "fitted"),
            ("External test", "external"),
            ("Trial registration", ""),
        ),
        "Results": (
            ("Numbers of nodules, and a flow diagram", "n"),
            ("Who they are: age, sex, disease", "who"),
            ("Performance with intervals", "auc"),
            ("Performance at operating points", "points"),
            ("Subgroups", "subgroups"),
            ("Failures, looked at", "mistakes"),
        ),
        "Discussion and other": (
            ("Limits", "cannot"),
            ("What it means for practice", ""),
            ("Protocol, code, data: where", ""),
            ("Funding and role of funders", ""),
        ),
    },
)

TRIPOD = Form(
    "TRIPOD+AI",
    "Collins et al., BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378",
    {
        "Title and abstract": (
            ("Development or evaluation, population, outcome in the title", ""),
            ("Structured abstract", ""),
        ),
        "Introduction": (
            ("Context, and models that there are", ""),
            ("Intended use and users", "use"),
            ("Known inequalities in health", ""),
            ("Aims", ""),
        ),
        "Methods": (
            ("Source of the data", "file"),
            ("Dates of collection", ""),
            ("Setting and eligibility", ""),
            ("Treatments received", ""),
            ("Preparation of the data", "input"),
            ("Outcome: what and when", "words"),
            ("Who judged the outcome, blind or not", ""),
            ("Predictors", "input"),
            ("Sample size and why", "sample_size"),
            ("Missing data", "excluded"),
            ("How data were used: development and evaluation", "protocol"),
            ("Kind of model, and how it was built", "architecture"),
            ("Nodules that belong together", "clusters"),
            ("Measures of performance", "metrics"),
            ("Recalibration", "kinds"),
            ("On which nodules it was fitted", "fitted"),
            ("Class imbalance", "imbalance"),
            ("Fairness", "subgroups"),
            ("Output, thresholds and why", "thresholds"),
            ("Differences between development and evaluation", ""),
            ("Ethics approval", ""),
        ),
        "Open science": (
            ("Funding", ""),
            ("Conflicts of interest", ""),
            ("Protocol and registration", ""),
            ("Data", ""),
            ("Code", ""),
            ("Part of patients and public", ""),
        ),
        "Results": (
            ("Flow of participants", "n"),
            ("Who they are", "who"),
            ("Numbers with the outcome", "share"),
            ("The model itself, so that others can use it", "weights"),
            ("Discrimination", "auc"),
            ("Calibration", "calibration"),
            ("Overall accuracy: Brier score", "brier"),
            ("Usefulness", "net_benefit"),
            ("Differences between places or groups", "subgroups"),
            ("Differences on changed pictures", "robustness"),
            ("Updating of the model", "kinds"),
        ),
        "Discussion": (
            ("Interpretation", ""),
            ("Limits", "cannot"),
            ("Poor or missing input in use", "sets"),
            ("Needed skill of users", ""),
            ("Next steps", ""),
        ),
    },
)

STARD = Form(
    "STARD-AI",
    "Sounderajah et al., Nature Medicine 2025, doi 10.1038/s41591-025-03953-8",
    {
        "Title and abstract": (
            ("A study of diagnostic accuracy of AI, with a measure of it", ""),
            ("Structured abstract", ""),
        ),
        "Introduction": (("Intended use and role of the test", "use"), ("Aims and hypotheses", "")),
        "Participants and data": (
            ("Data collected before or after the test", ""),
            ("Eligibility", ""),
            ("How, where and when participants were found", ""),
            ("Consecutive, random or convenience series", ""),
            ("Source of the data, and who may use them", "file"),
            ("Preparation of the data", "input"),
            ("Division into training, validation and test", "protocol"),
        ),
        "Tests": (
            ("Index test, in detail to repeat it", "command"),
            ("Its software and versions", "versions"),
            ("Reference standard, and why", "reference"),
            ("Positive result of the index test: thresholds, set before or not", "thresholds"),
            ("Positive result of the reference standard", "words"),
            ("Who knew what of the other test", ""),
        ),
        "Analysis": (
            ("How accuracy was estimated and compared", "intervals"),
            ("Indeterminate results", "sets"),
            ("Repeatability: two pictures of one nodule", "retest"),
            ("Missing data", "excluded"),
            ("Variability and subgroups", "subgroups"),
            ("Sample size and how it was planned", "sample_size"),
            ("Fairness", "subgroups"),
        ),
        "Results": (
            ("Flow of participants", "n"),
            ("Who they are", "who"),
            ("Severity of disease, other diagnoses", ""),
            ("Time between the two tests", ""),
            ("Accuracy with intervals", "points"),
            ("Discrimination", "auc"),
            ("Calibration", "calibration"),
            ("Harm by either test", ""),
        ),
        "Discussion and other": (
            ("Limits: bias, uncertainty, other places", "cannot"),
            ("What it means for practice", ""),
            ("Registration and protocol", ""),
            ("Funding", ""),
            ("Code, weights and data: where", "weights"),
        ),
    },
    has_flow=True,
)

FORMS: Mapping[str, Form] = {
    "model_card.md": MODEL_CARD,
    "data_card.md": DATA_CARD,
    "claim.md": CLAIM,
    "tripod_ai.md": TRIPOD,
    "stard_ai.md": STARD,
}
