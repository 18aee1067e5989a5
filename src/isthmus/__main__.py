"""The entry point, ``isthmus`` and ``python -m isthmus``: Ctrl-C counts from here on, also while it imports."""

from __future__ import annotations

import importlib

from isthmus.stopping import Stopping


def run() -> None:
    """Runs the command; see ``isthmus.cli.main``."""
    stopping = Stopping()
    importlib.import_module("isthmus.cli.main").run(stopping)


if __name__ == "__main__":
    run()
