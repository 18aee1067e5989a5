"""What the columns of a table of predictions are called as a rule, the first as ours writes it."""

from __future__ import annotations

NO_GROUP = "none"  # what stands for a column of groups where there is none
USUAL_LABELS = ("label", "truth", "diagnosis", "y_true")
USUAL_P = ("p", "p_malignant", "probability", "p(malignant)", "y_prob", "y_score")
USUAL_SCORES = ("score", "points", "grade", "logit", *USUAL_P)
