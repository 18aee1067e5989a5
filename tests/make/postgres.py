"""A real PostgreSQL for a test: Debian's, on a free port of this machine, with its data in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from make.orthanc import free_port
from make.programs import program

OWNER = "postgres"  # of Debian's package: PostgreSQL refuses to run as root


@dataclass(frozen=True)
class Postgres:
    """A server whose ``programs`` and data are in these folders."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run(self.programs / "pg_ctl", "-D", self._data, "-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self) -> None:
        """Stops it in the middle of whatever it does."""
        _run(self.programs / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        """Makes its data."""
        _run(self.programs / "initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "--no-sync")

    @property
    def _data(self) -> Path:
        return self.folder / "data"


@contextmanager
def running() -> Iterator[Postgres]:
    """A server with an empty database, which is gone afterwards; it runs when it begins and has to when it ends."""
    places = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which("pg_ctl", path=os.pathsep.join(places))
    programs = Path(found or program("pg_ctl", "postgresql")).resolve().parent
    made = Postgres(programs, Path(mkdtemp(prefix="postgres")), free_port())
    if os.geteuid() == 0:
        shutil.chown(made.folder, OWNER)
    made.make()
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database, which is gone afterwards."""
    with running() as server:
        yield server.url


def _run(*command: object) -> None:
    as_owner = ("runuser", "-u", OWNER, "--") if os.geteuid() == 0 else ()
    # The server that pg_ctl starts keeps its standard output: with a pipe there the test would wait for it for ever.
    said = subprocess.DEVNULL
    subprocess.run(
        [*as_owner, *map(str, command)], check=True, timeout=60, stdin=said, stdout=said, stderr=said, cwd="/"
    )
