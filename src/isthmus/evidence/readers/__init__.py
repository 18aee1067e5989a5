"""A reader study judged: a file of grades in long form, to figures by reader and pooled, tests, agreement and reliance.

``grade_file`` reads ``grades`` from a file, ``scale`` says what its scores are and where malignant begins, ``crossing``
finds what all readers have read, ``pooled`` has the figures by reader and mode, ``modes`` compares two modes,
``agreement`` has kappa, ``following`` what a model's answer did, and ``judged`` all of it.
"""
