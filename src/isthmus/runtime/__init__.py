"""An ONNX file to numbers: the engines that run what was exported, without torch."""
