"""Features of a simulated nodule to start from: solid, isoechoic, smooth."""

from __future__ import annotations

from isthmus.nodule import Label
from isthmus.phantom.features import Features

PLAIN = Features(
    truth=Label.BENIGN, fluid=0.0, spongiform=False, echo=0.0, radius=6.0, aspect=0.8, roughness=0.01, lobes=6,
    fade=0.4, punctate=0, coarse=0, rim=False, halo=False, comets=0,
)  # fmt: skip
