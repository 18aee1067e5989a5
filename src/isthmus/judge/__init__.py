"""Numbers to scores: the paper's metrics (Eq. 9-12), others a reader asks for, and how sure each is.

``metrics`` one number each; ``intervals`` how sure a number is, nodules of a group not being independent;
``jackknife`` that for any statistic, ``delong`` for AUCs; ``weighted`` the metrics over many samples; ``scorecard`` all
of them at once; ``calibration`` whether p means what it says; ``compare`` two models on the same nodules. Imports
nothing else of isthmus, and raises ValueError for what it can't judge.
"""
