"""The model that ships, open."""

from __future__ import annotations

import pytest

from isthmus.infer.predictor import Predictor
from isthmus.models.names import find


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor.load(find(), threads=1)
