"""The gate's 107 numbers of one RoI, written plainly, in float64: what the fast code has to agree with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from isthmus.nodule import Pixels

Values = npt.NDArray[np.float64]


def numbers(grey: Pixels) -> Values:
    """Of a grey RoI, uint8 (96, 96)."""
    g = grey / 255
    scales = [_blocks(g, side).mean((1, 3)) for side in (1, 2, 4, 8)]
    mean = scales[-1]
    deviation = np.sqrt(np.maximum(_blocks(g * g, 8).mean((1, 3)) - mean**2, 0))
    values = [*_levels(grey), *_speckle(g, mean, deviation)]
    for one in (np.log(mean + 0.05), np.log(deviation + 0.02)):
        bands = one.reshape(6, 2, 6, 2)
        values += [*(bands.mean((1, 2, 3)) - one.mean()), *(bands.mean((0, 1, 3)) - one.mean())]
    for scale in scales:
        values += _slopes(scale, g.std() + 0.02, scale is not mean)
    return np.array(values)


def _levels(grey: Pixels) -> list[float]:
    share = np.array([(grey == level).mean() for level in range(256)])
    reached = share.cumsum()
    quantiles = [int((reached < level).sum()) / 255 for level in (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)]
    g = grey / 255
    ends = np.log((grey <= 4).mean() + 0.01), np.log((grey >= 250).mean() + 0.01)
    return [*quantiles, *_shape(g - g.mean()), *ends, (share > 0).mean(), -(share * np.log(share + 1e-12)).sum()]


def _speckle(g: Values, mean: Values, deviation: Values) -> list[float]:
    m, d = mean - mean.mean(), deviation - deviation.mean()
    together = (m * d).sum() / np.sqrt((m**2).sum() * (d**2).sum() + 1e-9)
    fine = g[1:-1, 1:-1] - (g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:]) / 4
    places = [14, 72, 129]
    spread, ratio = (np.sort(one.ravel())[places] for one in (deviation, deviation / (mean + 0.02)))
    return [*np.log(spread + 0.001), *ratio, together, (deviation < 0.008).mean(), *_shape(fine)]


def _slopes(g: Values, overall: float, thirds: bool) -> list[float]:
    across, down = g[:-1, 1:] - g[:-1, :-1], g[1:] - g[:-1]
    sizes = [np.log(np.abs(one).mean() / overall + 0.001) for one in (across, down)]
    slant = (across * down[:, :-1]).sum() / ((across**2).sum() + (down**2).sum() + 1e-6)
    steep, peaked = _shape(down)
    values = [*sizes, _shape(across)[1], peaked, steep, slant]
    if thirds:
        lines = len(down) // 3
        depths = [slice(lines * third, lines * (third + 1)) for third in range(3)]
        fall = [np.log(np.abs(down[one]).mean() + 0.001) for one in depths]
        values += [np.log(np.abs(across[one]).mean() + 0.001) - f for one, f in zip(depths, fall, strict=True)]
        values += [*fall, *(_shape(down[one])[0] for one in depths)]
        values += [_shape(g[one] - g[one].mean())[0] for one in depths]
    return values


def _shape(values: Values) -> tuple[float, float]:
    """The cube root of the skewness, and log(1 + kurtosis), about 0."""
    variance = (values**2).mean() + 1e-7
    return float(np.cbrt((values**3).mean() / variance**1.5)), float(np.log((values**4).mean() / variance**2 + 1))


def _blocks(g: Values, side: int) -> Values:
    return g.reshape(96 // side, side, 96 // side, side)
