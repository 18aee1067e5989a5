"""Numbers to scores: the paper's metrics (Eq. 9-12), others a reader asks for, and how sure each is.

``metrics`` one number each; ``intervals`` Wilson, and the bootstrap by group; ``weighted`` the metrics over many
resamples; ``scorecard`` all of them at once; ``calibration`` whether p means what it says; ``compare`` two models on
the same nodules. Imports nothing else of isthmus, and raises ValueError for what it can't judge.
"""
