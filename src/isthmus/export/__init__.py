"""Weights to a bundle: ONNX, int8, their parity, the probe and the card."""
