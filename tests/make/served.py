"""The service around a tiny bundle, and a client of it in the same process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from isthmus.infer.predictor import Predictor
from isthmus.serve.app import make_app
from isthmus.serve.reader import Reader
from isthmus.serve.settings import Settings
from make.gated import roi

HERE = "http://127.0.0.1:8000"


def picture(number: int = 0, side: int = 200, form: str = "PNG") -> bytes:
    """A made picture of speckle, as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(roi(number, side)).save(buffer, form)
    return buffer.getvalue()


def clip(frames: int = 3) -> bytes:
    """A TIFF of several frames, each another."""
    pages = [Image.fromarray(roi(number, 200)) for number in range(frames)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kB that claims ``side`` x ``side`` pixels."""
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(buffer, "PNG")
    made = bytearray(buffer.getvalue())
    made[16:24] = side.to_bytes(4) * 2
    return bytes(made)


def application(bundle: Path, settings: Settings | None = None) -> FastAPI:
    """The service of a bundle."""
    return make_app(Reader(Predictor.load(bundle, threads=1)), settings or Settings())


@contextmanager
def client(bundle: Path, **changes: object) -> Iterator[TestClient]:
    """A client of the service of a bundle, with other settings than the usual ones."""
    settings = replace(Settings(), **changes)  # type: ignore[arg-type]
    with TestClient(application(bundle, settings), base_url=HERE) as one:
        yield one
