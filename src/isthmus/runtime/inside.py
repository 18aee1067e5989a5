"""What a network computes on its way to an answer: tensors within an ONNX file, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from isthmus.errors import BundleError, EngineError
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import INPUT

GRAPH, OUTPUT, NAME = 0x3A, 0x62, 0x0A  # tags of ModelProto.graph, GraphProto.output and ValueInfoProto.name


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """An ONNX file that gives the tensors ``names``, too; the file itself is the beginning of it, unchanged.

    A message of protocol buffers may come in parts: what stands in a later one is merged into the earlier.
    """
    outputs = b"".join(_field(OUTPUT, _field(NAME, name.encode())) for name in names)
    return model + _field(GRAPH, outputs)


def _field(tag: int, content: bytes) -> bytes:
    length, left = b"", len(content)
    while left > 0x7F:
        length, left = length + bytes([left & 0x7F | 0x80]), left >> 7
    return bytes([tag]) + length + bytes([left]) + content


class Inside:
    """Reads the tensors ``names`` of an ONNX file, whose answers it isn't asked for. Raises BundleError where it can't
    be loaded or has no such tensors."""

    def __init__(self, path: Path, names: Sequence[str], threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._names = list(names)
        try:
            content = with_outputs(path.read_bytes(), names)
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no base class
            what = f"gives no {', '.join(names)} ({' '.join(str(error).split())[:120]})"
            raise BundleError(what, where=str(path), remedy="Export the bundle anew.") from None

    def read(self, rois: Pixels) -> list[npt.NDArray[np.float32]]:
        """The tensors for RoIs, uint8 (n, size, size, 3), in the order of their names. Raises EngineError."""
        try:
            return list(self._session.run(self._names, {INPUT: rois}))
        except Exception as error:
            raise EngineError(f"onnxruntime failed ({' '.join(str(error).split())[:200]})") from None
