"""``isthmus serve``: the page for a reader, and the service behind it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.talk import note
from isthmus.errors import UsageError
from isthmus.models.names import DEFAULT_MODEL, find
from isthmus.nodule import DISCLAIMER

if TYPE_CHECKING:
    from isthmus.serve.settings import Settings

LOOPBACK = "127.0.0.1"
PLAIN = (
    "isthmus: the connection isn't encrypted: on the way, passwords and pictures can be read and changed. "
    "Give --tls-cert and --tls-key, or let a proxy with TLS stand before it."
)


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@options.model_option(f"A model that ships, see `isthmus models`, or a bundle. [default: {DEFAULT_MODEL}]")
@click.option("--store", type=click.Path(path_type=Path), help="Keep readers' own readings in this folder.")
@click.option("--database", envvar="ISTHMUS_DATABASE", metavar="URL", help="As of `isthmus pacs`, if it has one.")
@click.option("--own-first", is_flag=True, help="For a study: a reader saves a reading before the model's is given.")
@click.option("--study", type=click.Path(path_type=Path), metavar="PLAN", help="Serve the study in this TOML or JSON.")
@click.option(
    "--keep-days",
    type=click.IntRange(min=1),
    help="Delete cases that are older, at the start and hourly. Not for a study.",
)
@click.option("--training-data", type=click.Path(path_type=Path), help="Its pictures stand beside similar cases.")
@click.option("--login", is_flag=True, help="Readers sign in, also on this machine. Elsewhere they always do.")
@click.option("--host-name", multiple=True, metavar="NAME", help="A name that it is called by; may be repeated.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="A certificate in PEM, to encrypt the connection.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="The certificate's key.")
def serve(
    host: str,
    port: int,
    model: str | None,
    store: Path | None,
    database: str | None,
    own_first: bool,
    study: Path | None,
    keep_days: int | None,
    training_data: Path | None,
    login: bool,
    host_name: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Serve the page on which nodules are read, and its API.

    Open the address that it prints in a browser. Nothing leaves the machine. Others than this machine reach it only
    with --host, and have to sign in: `isthmus store DIR --add-user NAME` adds who may.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    kept = work.serve_settings.Settings(
        store=store,
        database=database or "",
        own_first=own_first,
        keep_days=keep_days,
        study=study,
        training_data=training_data,
    )
    settings = work.serve_settings.settings_of(host, host_name, login, kept)
    if store is None and (own_first or keep_days):
        raise UsageError("needs --store", where="--own-first" if own_first else "--keep-days", remedy="Name a folder.")
    if study is not None:
        reads = _study(study, kept)
        note(f"isthmus: the reads of the study go into {reads}, which `isthmus readers` judges.")
    if (tls_cert is None) != (tls_key is None):
        raise UsageError("--tls-cert and --tls-key go together", remedy="Give both.")
    tls = None if tls_cert is None or tls_key is None else work.serve_run.Certificate(tls_cert, tls_key)
    if tls:
        tls.check()
    if settings.login:
        _refuse_without_users(store, host)
    at = work.serve_run.listening(host, port)
    folder = find() if model is None else options.model_folder(model)
    threads = max(1, work.threads.cores() // settings.threads)  # more would wait for each other
    predictor = work.predictor.Predictor.load(folder, threads=threads, proofs=work.proofs.Proofs.of_user())
    app = work.serve_run.application(predictor, settings)
    scheme = "https" if tls else "http"
    name = f"[{host.strip('[]')}]" if ":" in host else host  # a number of IPv6
    note(f"isthmus: {scheme}://{name}:{at.getsockname()[1]}/ reads with {predictor.bundle.name}. {DISCLAIMER}")
    if settings.any_address and not tls:
        note(PLAIN)
    work.serve_run.serve(app, at, tls)


def _refuse_without_users(store: Path | None, host: str) -> None:
    what = "others would reach it, and nobody may sign in"
    add = f"isthmus store {store or 'DIR'} --add-user NAME"
    if store is None:
        raise UsageError(what, where=f"--host {host}", remedy=f"Add --store DIR, after `{add}`; or leave --host out.")
    kept = work.serve_store.Store(store)
    try:
        if not work.serve_users.Users(kept.engine).names():
            raise UsageError(what, where=f"--host {host}", remedy=f"First add a user: `{add}`.")
    finally:
        kept.close()


WITHOUT_STUDY = {  # what would spoil a study, or lose its reads: the option, and why it stays out
    "own_first": ("--own-first", "the study's design says what is first"),
    "training_data": (
        "--training-data",
        "pictures of training nodules with their labels would show readers the answers",
    ),
    "keep_days": ("--keep-days", "a study's reads are kept; it deletes cases of the plain page alone"),
}


def _study(study: Path, asked: Settings) -> Path:
    """The database of a study. Raises UsageError or DataError for one that can't be served; what its pictures hold is
    seen later."""
    if asked.store is None:
        raise UsageError("needs --store", where="--study", remedy="Name a folder for its reads.")
    for field, (option, why) in WITHOUT_STUDY.items():
        if getattr(asked, field):
            raise UsageError(f"{option} goes without --study", remedy=f"Leave it out: {why}.")
    return work.study_plan.Plan.read(study).database(asked.store)
