"""Verbs that judge predictions and data: what a reviewer would ask for. ``EVIDENCE`` in ``cli/main.py`` names them."""
