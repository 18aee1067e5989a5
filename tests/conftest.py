"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from isthmus.infer.proofs import VARIABLE
from isthmus.phantom.write import write_phantom
from make.commands import SMALL, isthmus
from make.pretending import pretend


def pytest_configure() -> None:
    """Makes this processor out to be another, named in ISTHMUS_PROCESSOR, as far as that goes: CONTRIBUTING.md. No
    proof of an engine is remembered."""
    os.environ[VARIABLE] = ""
    if name := os.environ.get("ISTHMUS_PROCESSOR"):
        pretend(name)


CHECKOUT = Path(__file__).parents[1]
# How long an example takes is the machine's affair.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def ddti_root() -> Path:
    """The real DDTI: the folder named by ISTHMUS_DDTI, else ../shared/data/ddti beside the checkout."""
    root = Path(os.environ.get("ISTHMUS_DDTI") or CHECKOUT.parent / "shared" / "data" / "ddti")
    if not any(root.glob("*.xml")):
        pytest.skip("the real DDTI is not here; name its folder in ISTHMUS_DDTI")
    return root


@pytest.fixture(scope="session")
def tn5000_root() -> Path:
    """The real TN5000: the folder named by ISTHMUS_TN5000, else ../shared/data/tn5000 beside the checkout."""
    root = Path(os.environ.get("ISTHMUS_TN5000") or CHECKOUT.parent / "shared" / "data" / "tn5000")
    if not (root / "Annotations").is_dir():
        pytest.skip("the real TN5000 is not here; name its folder in ISTHMUS_TN5000")
    return root


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated data set; tests must not write to it."""
    root = tmp_path_factory.mktemp("phantom") / "data"
    write_phantom(root, patients=24, seed=3)
    return root


@pytest.fixture(scope="session")
def model(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on it for two epochs; tests must not write to it."""
    to = tmp_path_factory.mktemp("models") / "small"
    result = isthmus("train", phantom, "--as", "phantom", "--to", to, *SMALL)
    assert result.exit_code == 0, result.exception
    return to
