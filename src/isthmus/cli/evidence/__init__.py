"""Verbs that judge predictions and data: what a reviewer would ask for. ``ROOMS`` in ``cli/main.py`` names them."""
