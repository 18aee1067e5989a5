"""Requests that nobody thought of, made from the service's own OpenAPI: `python benchmarks/serve_fuzz.py --cases 200`.

Every operation gets so many, with a login and without; what is against the description is printed, and counted. The
test `tests/serve/test_described.py` does the same with a few.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from isthmus.infer.predictor import Predictor
from isthmus.models.names import DEFAULT_MODEL
from isthmus.serve.app import make_app
from isthmus.serve.login.users import Users
from isthmus.serve.reader import Reader
from isthmus.serve.settings import Settings
from isthmus.serve.store import Store

HOST = {"Host": "127.0.0.1"}
PASSWORD = "four words for a fuzz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100, help="of each operation")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--to", type=Path, help="write the table here, too")
    asked = parser.parse_args()
    reader = Reader(Predictor.load(asked.model, threads=1))
    rows, failures = [], []
    for login in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            first = application(reader, Path(folder) / "first", login)
            for number, (method, path) in enumerate(operations(first)):
                app = application(reader, Path(folder) / str(number), login)  # too many wrong passwords end with it
                count, wrong = fuzz(app, method, path, asked.cases, login)
                app.state.service.store.close()
                rows.append(f"| {method.upper()} {path} | {'yes' if login else 'no'} | {count} | {len(wrong)} |")
                failures += wrong
                print(rows[-1], file=sys.stderr, flush=True)
            first.state.service.store.close()
    total = sum(int(row.split("|")[3]) for row in rows)
    head = ["# The service, fuzzed by its OpenAPI", "", f"`python benchmarks/serve_fuzz.py --cases {asked.cases}`", ""]
    said = [f"{total} cases, of which {len(failures)} were answered against the description.", ""]
    text = "\n".join([*head, *said, "| operation | login | cases | against it |", "|---|---|---|---|", *rows, ""])
    print(text)
    if asked.to:
        asked.to.write_text(text, encoding="utf-8")
    for one in failures[:20]:
        print(one, file=sys.stderr)
    raise SystemExit(1 if failures else 0)


def application(reader: Reader, store: Path, login: bool) -> FastAPI:
    """The service with a store, and one user if it has a login."""
    if login:
        kept = Store(store)
        Users(kept.engine).add("Ada", PASSWORD)
        kept.close()
    return make_app(reader, replace(Settings(store=store), login=login))


def operations(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of each operation."""
    return [(method, path) for path, one in app.openapi()["paths"].items() for method in one]


def fuzz(app: FastAPI, method: str, path: str, cases: int, login: bool) -> tuple[int, list[str]]:
    """How many cases were asked of one operation, and what was wrong."""
    auth = {"auth": ("Ada", PASSWORD)} if login else {}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HOST, **auth)
    wrong: list[str] = []
    count = 0

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case: schemathesis.Case) -> None:
        nonlocal count
        count += 1
        options: dict[str, Any] = {"headers": HOST, **auth}
        try:
            case.call_and_validate(excluded_checks=[positive_data_acceptance], **options)
        except BaseExceptionGroup as group:
            # A wrong password that comes too often gets 429, where the check knows 401 and 403 only.
            texts = [str(one) for one in group.exceptions]
            wrong.extend(f"{method} {path}: {one}" for one in texts if "429 Too Many Requests" not in one)
        except AssertionError as error:
            wrong.append(f"{method} {path}: {error}")

    ask()
    return count, wrong


if __name__ == "__main__":
    main()
