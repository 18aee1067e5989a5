"""What the columns of a table of predictions are usually called; isthmus writes the first name."""

from __future__ import annotations

NO_GROUP = "none"  # what stands for a column of groups where there is none
USUAL_LABELS = ("label", "truth", "diagnosis", "y_true")
USUAL_P = ("p_malignant", "p", "probability", "p(malignant)", "y_prob", "y_score")
USUAL_SCORES = ("score", "points", "grade", "logit", *USUAL_P)
