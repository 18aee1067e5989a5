"""Shares and means over reads, with intervals by a bootstrap of readers and patients at once.

Reads of one reader are alike, and so are those of one nodule. A resample draws readers and, on its own, patients, and
a read counts as often as its reader times its patient was drawn (Owen, Ann Appl Stat 1, 2007: conservative).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate, check_level, share
from isthmus.judge.metrics import Floats

RESAMPLES = 2000
FEWEST = 100  # resamples in which a figure is defined

Members = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Draws:
    """How often each reader and each patient is drawn, (resamples, readers) and (resamples, patients).

    ``readers`` and ``patients`` are each read's, (reads,), from 0.
    """

    readers: Members
    patients: Members
    of_readers: Floats
    of_patients: Floats

    @classmethod
    def of(cls, readers: npt.ArrayLike, patients: npt.ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Draws:
        """Draws for some reads. One reader alone is in every resample once: the interval is then over patients."""
        by_reader, by_patient = (np.unique(np.asarray(one), return_inverse=True)[1] for one in (readers, patients))
        random = np.random.default_rng(seed)
        counts = []
        for members in (by_reader, by_patient):
            count = int(members.max()) + 1
            even = np.full(count, 1 / count)
            counts.append(random.multinomial(count, even, size=resamples).astype(np.float64))
        return cls(by_reader, by_patient, counts[0], counts[1])

    def ratio(self, part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
        """The sum of ``part`` over that of ``whole``, both (reads,): of all reads, then of each resample."""
        shape = (self.of_readers.shape[1], self.of_patients.shape[1])
        sums = []
        for one in (part, whole):
            table = np.zeros(shape)
            np.add.at(table, (self.readers, self.patients), np.asarray(one, np.float64))
            drawn = np.einsum("sr,rp,sp->s", self.of_readers, table, self.of_patients, optimize=True)
            sums.append(np.concatenate([[table.sum()], drawn]))
        none = np.full(sums[0].shape, np.nan)
        quotient: Floats = np.divide(sums[0], sums[1], out=none, where=sums[1] > 0)
        return quotient

    def share(self, part: npt.ArrayLike, whole: npt.ArrayLike, level: float = 0.95) -> Estimate:
        """The share of ``part`` in ``whole``, both (reads,) of bool; ``n`` is the number of reads in ``whole``.

        Where it is 0 or 1, resamples never differ: the interval is then the wider of Wilson's by reader and by patient.
        """
        inside = np.asarray(whole, bool)
        counted = np.asarray(part, bool) & inside
        n = int(inside.sum())
        if not n:
            return replace(Estimate.undefined("0 of 0 reads"), n=0)
        if 0 < counted.sum() < n:
            return self.estimate(self.ratio(counted, inside), n, level)
        each = [
            replace(one, n=n, method=f"{one.method}, by {unit}")
            for unit, members in (("reader", self.readers), ("patient", self.patients))
            if not math.isnan((one := share(counted, inside, members, level)).low)
        ]
        value = float(counted.sum() / n)
        none = Estimate(value, math.nan, math.nan, "no interval: of one reader and one patient", n)
        return max(each, key=lambda one: one.high - one.low, default=none)

    def estimate(self, values: Floats, n: int, level: float = 0.95) -> Estimate:
        """A figure of all reads and, behind it, of each resample, with its percentile interval."""
        check_level(level)
        value, there = float(values[0]), values[1:][~np.isnan(values[1:])]
        if math.isnan(value):
            return replace(Estimate.undefined("nothing to divide by"), n=n)
        readers, patients = self.of_readers.shape[1], self.of_patients.shape[1]
        if patients < 2:
            return Estimate(value, math.nan, math.nan, "no interval: one patient doesn't show how patients differ", n)
        if there.size < FEWEST:
            return Estimate(value, math.nan, math.nan, f"no interval: defined in {there.size} resamples only", n)
        low, high = np.quantile(there, ((1 - level) / 2, (1 + level) / 2))
        method = f"bootstrap {100 * level:g} % of {readers} readers and {patients} patients"
        return Estimate(value, min(float(low), value), max(float(high), value), method, n)
