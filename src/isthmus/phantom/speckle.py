"""The image formation of a linear ultrasound probe: scatterers, attenuation, gain, log compression.

Tissue is a field of scatterers far finer than the pulse. Their echoes interfere and give speckle: R. F. Wagner et al.,
"Statistics of speckle in ultrasound B-scans", IEEE Trans. Sonics Ultrason. 30 (1983) 156-163.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy.ndimage import gaussian_filter1d

Field = npt.NDArray[np.floating[Any]]  # (rows, columns): depth downwards, one value a pixel

SOUND = 1.54  # mm/us, soft tissue
SAMPLES = 4  # radio-frequency samples a pixel of depth
RAYLEIGH_SNR = 1.913  # mean over deviation of the envelope of fully developed speckle: sqrt(pi / (4 - pi))


@dataclass(frozen=True)
class Probe:
    """A linear array.

    ``frequency`` is in MHz, ``bandwidth`` the pulse's -6 dB width over it, ``beam`` the lateral full width at half
    maximum in mm at the ``focus`` (mm deep), ``spread`` its relative widening at the far end of the frame,
    ``aperture`` in mm the width over which attenuation is averaged, ``pixel`` in mm, ``noise`` the electronics' level
    in dB against tissue of 0 dB before attenuation. ``looks`` from different directions are averaged (compounding);
    with one look, speckle is Rayleigh's.
    """

    frequency: float = 7.5
    bandwidth: float = 0.7
    beam: float = 0.6
    focus: float = 15.0
    spread: float = 0.9
    aperture: float = 1.0
    pixel: float = 0.13
    noise: float = -40.0
    looks: int = 1


def echo_envelope(
    echo: Field, attenuation: Field, reflectors: Field, rng: np.random.Generator, probe: Probe | None = None
) -> Field:
    """The detected envelope of one frame before any gain, 1 for tissue of 0 dB at the surface (root mean square).

    Args:
        echo: scattering of the tissue of each pixel, dB.
        attenuation: dB/cm/MHz, one way.
        reflectors: amplitudes of single bright points, 0 where there is none; against scatterers of 0 dB.
        rng: draws the scatterers and the noise.
        probe: the probe; the default one if None.
    """
    probe = probe or Probe()
    scattering, amplitude = decibels(echo), _amplitude(attenuation, probe)
    looks = [_look(scattering, amplitude, reflectors, rng, probe) for _ in range(probe.looks)]
    together: Field = np.sqrt(np.mean(np.square(looks), axis=0))
    return together


def _look(
    scattering: Field, amplitude: Field, reflectors: Field, rng: np.random.Generator, probe: Probe
) -> npt.NDArray[np.float32]:
    rows, columns = scattering.shape
    scatterers = rng.standard_normal((rows, SAMPLES, columns), dtype=np.float32)
    scatterers *= scattering[:, None, :]
    scatterers[:, SAMPLES // 2] += reflectors
    signal = _across(_along(scatterers.reshape(rows * SAMPLES, columns), probe)[SAMPLES // 2 :: SAMPLES], probe)
    signal *= amplitude
    noise = np.float32(10 ** (probe.noise / 20) / np.sqrt(2))
    signal.real += noise * rng.standard_normal((rows, columns), dtype=np.float32)
    signal.imag += noise * rng.standard_normal((rows, columns), dtype=np.float32)
    return np.abs(signal)


def transit_loss(attenuation: Field, probe: Probe) -> Field:
    """The two-way attenuation from the surface to each pixel, dB; ``attenuation`` in dB/cm/MHz."""
    step = 2 * probe.frequency * probe.pixel / 10
    below = np.cumsum(attenuation, axis=0, dtype=np.float32) * np.float32(step)
    return below - np.float32(step) * attenuation


def _amplitude(attenuation: Field, probe: Probe) -> Field:
    """The share of the amplitude that returns from each pixel; the aperture blurs a shadow's edges."""
    share = decibels(-transit_loss(attenuation, probe)).astype(np.float32)
    blurred: Field = gaussian_filter1d(share, probe.aperture / probe.pixel / 2, axis=1, mode="nearest", truncate=2.5)
    return blurred


def time_gain(rows: int, slope: float, probe: Probe) -> Field:
    """Gain that compensates for tissue of ``slope`` dB/cm/MHz, whatever the tissue is: (rows, 1), dB."""
    depth = np.arange(rows, dtype=np.float32)[:, None] * np.float32(probe.pixel / 10)
    return depth * np.float32(2 * probe.frequency * slope)


def compress(envelope: Field, gain: Field | float, dynamic_range: float, tissue_grey: float) -> npt.NDArray[np.uint8]:
    """Log compression to grey 0 .. 255: ``dynamic_range`` dB in all, ``tissue_grey`` for an envelope of 1."""
    level = 20 * np.log10(np.maximum(envelope, np.float32(1e-9))) + gain
    grey = level * (255.0 / dynamic_range) + tissue_grey
    return np.clip(np.round(grey), 0, 255).astype(np.uint8)


def decibels(level: Field) -> Field:
    """The amplitude of a level in dB."""
    amplitude: Field = np.exp(level * np.float32(np.log(10) / 20))
    return amplitude


def _along(scatterers: Field, probe: Probe) -> npt.NDArray[np.complex64]:
    """Convolves each column with the pulse. Keeping positive frequencies only makes the signal analytic, so that its
    magnitude is the envelope, as after a Hilbert transform."""
    rows = fft.next_fast_len(scatterers.shape[0] + _reach(probe), real=True)
    spatial = np.fft.rfftfreq(rows, probe.pixel / SAMPLES)  # cycles/mm of depth
    centre = 2 * probe.frequency / SOUND  # the echo travels twice the way
    deviation = centre * probe.bandwidth / 2 / np.sqrt(2 * np.log(2))
    response = np.exp(-((spatial - centre) ** 2) / (2 * deviation**2))
    response *= np.sqrt(rows / np.sum(response**2))
    spectrum = np.zeros((rows, scatterers.shape[1]), np.complex64)
    half = fft.rfft(scatterers, rows, axis=0)
    spectrum[: half.shape[0]] = half * response.astype(np.float32)[:, None]
    signal: npt.NDArray[np.complex64] = fft.ifft(spectrum, axis=0, overwrite_x=True)[: scatterers.shape[0]]
    return signal


def _across(signal: npt.NDArray[np.complex64], probe: Probe) -> npt.NDArray[np.complex64]:
    """Convolves each row with the beam, which is narrowest at the focus: a blend of a narrow and a wide one."""
    rows, columns = signal.shape
    depth = np.arange(rows) * probe.pixel
    away = np.clip(np.abs(depth - probe.focus) / max(probe.focus, depth[-1] - probe.focus), 0, 1)[:, None]
    padded = fft.next_fast_len(columns + 4 * round(probe.beam * (1 + probe.spread) / probe.pixel))
    spectrum = fft.fft(signal, padded, axis=1)
    narrow, wide = (_beam(padded, probe.beam * factor, probe.pixel) for factor in (1.0, 1 + probe.spread))
    blend = ((1 - away) * narrow + away * wide).astype(np.float32)
    blend *= np.sqrt(padded / np.sum(blend**2, axis=1, keepdims=True))
    result: npt.NDArray[np.complex64] = fft.ifft(spectrum * blend, axis=1, overwrite_x=True)[:, :columns]
    return result


def _beam(columns: int, width: float, pixel: float) -> npt.NDArray[np.float64]:
    deviation = width / (2 * np.sqrt(2 * np.log(2)))
    response: npt.NDArray[np.float64] = np.exp(-2 * (np.pi * np.fft.fftfreq(columns, pixel) * deviation) ** 2)
    return response


def _reach(probe: Probe) -> int:
    return round(4 * SOUND / (probe.frequency * probe.bandwidth) * SAMPLES / probe.pixel)
