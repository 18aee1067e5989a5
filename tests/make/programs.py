"""Programs of Debian that tests judge our files with: `.ci/debian` installs them."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def program(name: str, package: str) -> str:
    """The path of a program. Where it isn't installed the test is skipped, or fails where CI is set."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} isn't installed: apt-get install {package}"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def said(*command: object) -> tuple[int, list[str]]:
    """The exit code and the lines, on stdout and stderr, of a command."""
    done = subprocess.run([str(one) for one in command], capture_output=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
