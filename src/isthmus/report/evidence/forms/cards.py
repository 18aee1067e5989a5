"""The cards of model and data: what each asks, and the key of the answer, "" where only the author knows it."""

from __future__ import annotations

from isthmus.report.evidence.forms.form import Form

MODEL_CARD = Form(
    "Model card",
    "",
    {
        "Model": (
            ("Name", "name"),
            ("What goes in: modality, region, preparation", "input"),
            ("What comes out", "output"),
            ("Architecture and weights, with their version", "architecture"),
            ("Networks", "ensemble"),
            ("Calibration and thresholds that it carries", "decision"),
            ("Software that made it", "software"),
            ("Command that made the predictions", "command"),
            ("Licence", "licence"),
        ),
        "Use": (
            ("Intended use", "use"),
            ("Intended users and setting", ""),
            ("Uses to refrain from", "cannot"),
            ("Known failures", "failures"),
        ),
        "Learning": (
            ("Data learned from", "learned"),
            ("Initial weights", "beginning"),
            ("Training", "training"),
            ("Choice of the epoch", "chosen"),
            ("Division into training and test", "protocol"),
        ),
        "Evidence": (
            ("Nodules judged", "n"),
            ("Groups", "groups"),
            ("AUC", "auc"),
            ("Operating points", "points"),
            ("Thresholds", "thresholds"),
            ("Calibration", "calibration"),
            ("Usefulness", "net_benefit"),
            ("Sets of labels", "sets"),
            ("Subgroups", "subgroups"),
            ("Robustness to changed pictures", "robustness"),
            ("Two pictures of one nodule", "retest"),
            ("What it can do on these data", "can"),
            ("Elsewhere", "external"),
            ("Time of a reading", "speed"),
        ),
        "Care": (("Who is responsible, and how to reach them", ""), ("How it is watched in use", "")),
    },
)

DATA_CARD = Form(
    "Data card",
    "",
    {
        "Data": (
            ("Name and version", "file"),
            ("Fingerprint", "data"),
            ("Data set that they are of", "data_set"),
            ("Faults of it, by kind", "faults"),
            ("Duplicates in it", "duplicates"),
            ("Duplicates with contradictory labels", "conflicts"),
            ("Nodules", "n"),
            ("Share malignant", "share"),
            ("Groups of nodules that are not independent", "groups"),
            ("Left out, by reason", "excluded"),
            ("Attributes", "attributes"),
        ),
        "Labels": (
            ("What the labels stand for: pathology, follow-up or a reader's grade", "reference"),
            ("Policy that makes two labels", "policy"),
            ("Words of the file", "words"),
            ("Who gave them, knowing what", ""),
        ),
        "Collection": (
            ("Hospitals, years, machines", ""),
            ("Which patients, and in which order they came", ""),
            ("Consent, ethics, de-identification", ""),
            ("Licence and citation", "citation"),
        ),
        "Leaks": (
            ("Division into training and test", "protocol"),
            ("Patients, duplicates and neighbours on both sides of the split: `isthmus audit`", "between_sides"),
            ("Whether the order of files gives the class away: `isthmus look`", "order"),
            ("Marks in the pictures that go with the class, such as calipers: `isthmus look`", "marks"),
        ),
    },
)
