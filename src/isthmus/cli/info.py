"""``isthmus info``: what is installed, and which recipes, backbones, data sets, policies and protocols there are."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from importlib import metadata

import click

from isthmus.cli import options, work
from isthmus.cli.talk import say
from isthmus.cross.protocols import PROTOCOLS
from isthmus.data.labels import DEFAULT_POLICY, POLICIES, TIRADS
from isthmus.data.sources import SOURCES
from isthmus.models.names import names
from isthmus.nodule import DISCLAIMER

REQUIREMENT = re.compile(r"(?P<package>[\w.-]+)[^;]*(?:;.*extra == ['\"](?P<extra>[\w-]+)['\"])?")


@click.command()
@options.as_json
def info(as_json: bool) -> None:
    """Say what is installed, and which recipes, backbones, data sets, label policies and protocols there are."""
    found = gathered()
    if as_json:
        options.print_json(found)
    else:
        say(_as_text(found), end="")


def gathered() -> dict[str, object]:
    """Everything that ``isthmus info`` says. It reads names and versions only; nothing heavy is imported."""
    return {
        "version": metadata.version("isthmus"),
        "python": platform.python_version(),
        "packages": _packages(),
        "recipes": {name: recipe.fingerprint for name, recipe in work.recipes.RECIPES.items()},
        "ensembles": {name: [one.fingerprint for one in every] for name, every in work.recipes.ENSEMBLES.items()},
        "backbones": [*work.recipe.PAPER_BACKBONES],
        "other_backbones": "any timm trunk by name",
        "data_sets": {kind: {"about": source.about, "labels": source.policy} for kind, source in SOURCES.items()},
        "label_policies": {
            name: {"benign": _in_order(policy.benign), "malignant": _in_order(policy.malignant)}
            for name, policy in POLICIES.items()
        },
        "default_label_policy": DEFAULT_POLICY,
        "protocols": {name: one.description for name, one in PROTOCOLS.items()},
        "models": [*names()],
        "disclaimer": DISCLAIMER,
    }


def _packages() -> dict[str, dict[str, str | None]]:
    """Extra -> package -> installed version, None if it isn't installed; "core" is what is always needed."""
    packages: dict[str, dict[str, str | None]] = {"core": {}}
    for line in metadata.requires("isthmus") or ():
        if named := REQUIREMENT.match(line):
            packages.setdefault(named["extra"] or "core", {})[named["package"]] = _version(named["package"])
    return packages


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _in_order(categories: frozenset[str]) -> list[str]:
    return [category for category in TIRADS if category in categories]


def _as_text(found: Mapping[str, object]) -> str:
    formatter = click.HelpFormatter(width=110)
    formatter.write(f"isthmus {found['version']}, Python {found['python']}. {DISCLAIMER}\n")
    sections = {
        "Packages": [
            (extra, ", ".join(f"{name} {version or '(not installed)'}" for name, version in packages.items()))
            for extra, packages in _packages().items()
        ],
        "Recipes": [(name, recipe.fingerprint) for name, recipe in work.recipes.RECIPES.items()]
        + [
            (name, f"{len(every)} networks for isthmus train: {', '.join(one.fingerprint for one in every)}")
            for name, every in work.recipes.ENSEMBLES.items()
        ],
        "Backbones": [("the paper's", ", ".join(work.recipe.PAPER_BACKBONES)), ("others", "any timm trunk by name")],
        "Data sets (--as)": [(kind, source.about) for kind, source in SOURCES.items()],
        "Label policies (--labels)": [
            (name, _policy_line(policy.benign, policy.malignant) + (" (default)" if name == DEFAULT_POLICY else ""))
            for name, policy in POLICIES.items()
        ],
        "Protocols (--protocol)": [(name, one.description) for name, one in PROTOCOLS.items()],
        "Models (--model)": [("that ship", ", ".join(names()) or "none")],
    }
    for title, rows in sections.items():
        with formatter.section(title):
            formatter.write_dl(rows)
    return formatter.getvalue()


def _policy_line(benign: frozenset[str], malignant: frozenset[str]) -> str:
    return f"benign: TI-RADS {', '.join(_in_order(benign))}; malignant: {', '.join(_in_order(malignant))}"
