"""Numbers to scores: the paper's metrics (Eq. 9-12), further ones, and the confidence interval of each.

``metrics`` one number each; ``intervals`` intervals of proportions, nodules of a group not being independent;
``jackknife`` those of any statistic, ``delong`` of AUCs; ``weighted`` metrics over many samples; ``scorecard`` all
of them at once, ``scores`` for scores that are no probabilities; ``roc`` the curve; ``calibration`` whether p is the
risk; ``decisions`` fits a calibration and thresholds, by ``logistic``; ``compare`` two models on the same nodules;
``trend`` whether p rises over grades; ``probability`` calibration fitted and judged, other prevalences, sets of labels;
``discrimination`` likelihood ratios, predictive values, and figures by picture and patient; ``bootstrap`` intervals by
resampled groups; ``subgroups`` where it does worse; ``usefulness`` what it is good for.
Imports nothing else of isthmus. Raises ValueError for what can't be judged.
"""
