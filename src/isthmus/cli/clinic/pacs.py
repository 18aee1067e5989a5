"""``isthmus pacs``: what a PACS sends is read, and the answers go back to it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus import files
from isthmus.cli import options, work
from isthmus.cli.talk import note, print_table, say
from isthmus.errors import UsageError
from isthmus.models.names import DEFAULT_MODEL, find
from isthmus.nodule import DISCLAIMER

if TYPE_CHECKING:
    from isthmus.pacs.queue import Queue
    from isthmus.pacs.sending import Destination

LOOPBACK = "127.0.0.1"
UNKNOWN = (
    "pictures in the store's folder `objects` are in no list of this database: they stay, unread. Send them again."
)


@click.command()
@click.option("--aet", default="ISTHMUS", show_default=True, metavar="AET", help="Our own AE title.")
@click.option("--port", type=click.IntRange(0, 65535), default=11112, show_default=True, help="0: any that is free.")
@click.option("--host", default=LOOPBACK, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--send", metavar="AET@HOST:PORT", help="Where answers go to what came by C-STORE.")
@click.option("--dicomweb", metavar="URL", help="Look for new ultrasound here, and store the answers here.")
@click.option("--since", metavar="YYYYMMDD", help="Of --dicomweb: studies from that day on. [default: yesterday]")
@click.option("--store", type=click.Path(path_type=Path), required=True, help="The folder of the work in progress.")
@click.option("--database", envvar="ISTHMUS_DATABASE", metavar="URL", help="PostgreSQL, in place of SQLite in --store.")
@options.model_option(f"A model that ships, see `isthmus models`, or a bundle. [default: {DEFAULT_MODEL}]")
@click.option("--status", is_flag=True, help="Say what waits, is sent and failed, and stop.")
@click.option("--again", is_flag=True, help="Try again what failed to be read or sent, and stop.")
@options.as_json
def pacs(
    aet: str,
    port: int,
    host: str,
    send: str | None,
    dicomweb: str | None,
    since: str | None,
    store: Path,
    database: str | None,
    model: str | None,
    status: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Take ultrasound from a PACS, read its nodules once, and send structured reports back.

    What is to be read comes by C-STORE, or is looked for with --dicomweb. A nodule's region is taken from a
    presentation state, segmentation or report that names the picture; a picture without one waits on the page of
    `isthmus serve --store`. It runs until it is stopped, and goes on where it was.
    """
    if status and again:
        raise UsageError("go one at a time", where="--status --again", remedy="Leave one of them out.")
    if status or again:
        queue = work.pacs_queue.opened(store, database or "")
        with contextlib.closing(queue):
            _tell(queue, as_json) if status else say(f"{queue.again()} objects are tried again.")
        return
    if not send and not dicomweb:
        raise UsageError("needs --send or --dicomweb", remedy="Say where answers go: --send PACS@127.0.0.1:4242.")
    _run(_Asked(aet, (host, port), send, dicomweb, since, store, database or "", model))


@dataclass(frozen=True)
class _Asked:
    """What `isthmus pacs` is to do."""

    aet: str
    address: tuple[str, int]
    send: str | None
    dicomweb: str | None
    since: str | None
    store: Path
    database: str
    model: str | None


def _run(asked: _Asked) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    title = work.pacs_dimse.refuse_no_title(asked.aet, "--aet")
    destinations: list[Destination] = []
    if asked.send:
        destinations.append(work.pacs_dimse.Store(title, work.pacs_dimse.Peer.parse(asked.send)))
    since = work.pacs_web.since_of(asked.since)
    server = work.pacs_session.Server.parse(asked.dicomweb) if asked.dicomweb else None
    if server:
        destinations.append(work.pacs_stow.Stow(server))
    folder = find() if asked.model is None else options.model_folder(asked.model)
    predictor = work.predictor.Predictor.load(folder, proofs=work.proofs.Proofs.of_user())
    files.make_folder(asked.store)
    with contextlib.ExitStack() as stack:
        stack.enter_context(work.pacs_run.alone(asked.store))
        queue = stack.enter_context(contextlib.closing(work.pacs_queue.Queue(asked.store, asked.database)))
        if asked.database:
            queue.claim(asked.store)
        inbox = work.pacs_inbox.Inbox(asked.store, queue)
        inbox.open()
        if unknown := inbox.sweep():
            _say(f"{unknown} {UNKNOWN}")
        pulls = [work.pacs_web.Pull(server, inbox, _say, since).work] if server else []
        port = stack.enter_context(work.pacs_listener.listening(title, asked.address, inbox, _say))
        stack.enter_context(work.pacs_run.working(inbox, predictor, destinations, _say, pulls))
        _say(f"{title} listens on {asked.address[0]}:{port}, reads with {predictor.bundle.name}. {DISCLAIMER}")
        for line in work.pacs_status.unsent(queue, {one.origin for one in destinations}):
            _say(line)
        _wait()


def _wait() -> None:
    """Waits until the program is told to stop; told so once more, it ends at once, as if it were killed."""
    stop = threading.Event()

    def heard(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
    stop.wait()
    _say("stops when what it does is done; what is left goes on next time")


def _say(message: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # a log on a full disk, or a pipe that was closed, ends no work
        note(f"isthmus: {message}")


def _tell(queue: Queue, as_json: bool) -> None:
    told = work.pacs_status.status_of(queue)
    if as_json:
        options.print_json(told)
        return
    print_table(("state", "objects"), [(state, str(count)) for state, count in told["counts"].items()])
    for one in told["objects"]:
        say(work.pacs_status.line_of(one))
