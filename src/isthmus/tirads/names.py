"""The names of the systems, for a help that loads nothing else."""

from __future__ import annotations

from collections.abc import Mapping

SYSTEMS: Mapping[str, str] = {
    "acr-2017": "ACR TI-RADS 2017",
    "eu-2017": "EU-TIRADS 2017",
    "k-2021": "K-TIRADS 2021",
    "c-2020": "C-TIRADS 2020",
}
WITH_POINTS = ("acr-2017", "c-2020")
DEFAULT = "acr-2017"
