"""A real PostgreSQL for a test: Debian's, on a free port of this machine, with its data in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from make.orthanc import free_port
from make.programs import program

OWNER = "postgres"  # of Debian's package: PostgreSQL refuses to run as root


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database, which is gone afterwards."""
    places = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which("pg_ctl", path=os.pathsep.join(places))
    programs = Path(found or program("pg_ctl", "postgresql")).resolve().parent
    folder, port = Path(mkdtemp(prefix="postgres")), free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER)
    _run(programs / "initdb", "-D", folder / "data", "-U", OWNER, "-A", "trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _run(programs / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
    finally:
        _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _run(*command: object) -> None:
    as_owner = ("runuser", "-u", OWNER, "--") if os.geteuid() == 0 else ()
    # The server that pg_ctl starts keeps its standard output: with a pipe there the test would wait for it for ever.
    said = subprocess.DEVNULL
    subprocess.run(
        [*as_owner, *map(str, command)], check=True, timeout=60, stdin=said, stdout=said, stderr=said, cwd="/"
    )
