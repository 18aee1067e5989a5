"""The same network without what it learned: its weights shuffled in the ONNX file (Adebayo et al., NeurIPS 2018)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from isthmus.runtime.kinds import DEFAULT, Engine
from isthmus.runtime.start import start

WEIGHTS = (".weight", ".half")  # how names of weights end; constants of the preparation have other names


def shuffled_engine(path: Path, seed: int, threads: int = 0) -> Engine:
    """An engine on the ONNX file ``path``, in which the values of each layer's weights stand in random order.

    So every layer keeps the spread of its weights, and none what it learned. Raises BundleError.
    """
    random = np.random.default_rng(seed)
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.name.endswith(WEIGHTS) and len(tensor.dims) >= 2:
            values = numpy_helper.to_array(tensor)
            mixed = random.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
    with tempfile.TemporaryDirectory(prefix="isthmus-shuffled-") as scratch:
        changed = Path(scratch) / "shuffled.onnx"
        onnx.save(model, changed)
        return start(DEFAULT, changed, threads)
