"""P(malignant) as a risk: calibration fitted and judged, moved to another prevalence, and sets of labels.

``curves`` fits a calibration of each kind, ``folds`` and ``choice`` choose one by cross-fitted log loss, ``inverse``
undoes one; ``proper`` the log loss and the parts of the Brier score, ``bins`` the calibration curve and ECE in bins of
equal mass; ``prevalence`` the move to another share of malignant nodules; ``conformal`` sets of labels at a coverage.
"""
