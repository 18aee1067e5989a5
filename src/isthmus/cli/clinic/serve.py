"""``isthmus serve``: the page for a reader, and the service behind it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.talk import note
from isthmus.errors import UsageError
from isthmus.models.names import DEFAULT_MODEL, find
from isthmus.nodule import DISCLAIMER

LOOPBACK = "127.0.0.1"


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@options.model_option(f"A model that ships, see `isthmus models`, or a bundle. [default: {DEFAULT_MODEL}]")
@click.option("--store", type=click.Path(path_type=Path), help="Keep readers' own readings in this folder.")
@click.option("--own-first", is_flag=True, help="For a study: a reader saves a reading before the model's is given.")
@click.option("--keep-days", type=click.IntRange(min=1), help="At the start delete cases that are older.")
def serve(host: str, port: int, model: str | None, store: Path | None, own_first: bool, keep_days: int | None) -> None:
    """Serve the page on which nodules are read, and its API, on this machine.

    Open the address that it prints in a browser. Nothing leaves the machine.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not work.serve_settings.is_loopback(host):
        raise UsageError(
            "would be reached by others, and nobody has to sign in",
            where=f"--host {host}",
            remedy="Leave it out: the page is for this machine alone.",
        )
    if store is None and (own_first or keep_days):
        raise UsageError("needs --store", where="--own-first" if own_first else "--keep-days", remedy="Name a folder.")
    at = work.serve_run.listening(host, port)
    folder = find() if model is None else options.model_folder(model)
    predictor = work.predictor.Predictor.load(folder, proofs=work.proofs.Proofs.of_user())
    settings = work.serve_settings.Settings(store=store, own_first=own_first, keep_days=keep_days)
    note(f"isthmus: http://{host}:{at.getsockname()[1]}/ reads with {predictor.bundle.name}. {DISCLAIMER}")
    work.serve_run.serve(predictor, settings, at)
