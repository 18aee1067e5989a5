"""The systems by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from isthmus.tirads import acr, china, europe, korea
from isthmus.tirads.assessment import Assessment
from isthmus.tirads.descriptors import Findings
from isthmus.tirads.names import DEFAULT

ASSESS: Mapping[str, Callable[[Findings], Assessment]] = {
    acr.NAME: acr.assess,
    europe.NAME: europe.SYSTEM.assess,
    korea.NAME: korea.SYSTEM.assess,
    china.NAME: china.SYSTEM.assess,
}


def assess(findings: Findings, system: str = DEFAULT) -> Assessment:
    """What a system of ``names.SYSTEMS`` says of a nodule. Raises KeyError for another name.

    >>> from isthmus.tirads.descriptors import read
    >>> words = {"composition": "solid-or-almost", "echogenicity": "hypoechoic", "shape": "wider-than-tall"}
    >>> findings, _ = read(words | {"margin": "smooth", "foci": "none", "size_cm": "1.49"})
    >>> answer = assess(findings)
    >>> answer.points, answer.level, answer.advice
    (4, 'TR4', 'Follow-up at 1, 2, 3 and 5 years (from 1.0 cm on); no FNA.')
    """
    return ASSESS[system](findings)
