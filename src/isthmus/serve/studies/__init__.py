"""A reader study that runs here: who reads what in which order, and the reads, locked as they are made.

``study`` is the design and its reading lists, numbers and names only; ``store`` keeps a study and its reads in a
database; ``grades`` writes them in the long form that ``isthmus readers`` judges.
"""
