"""Nodules to a bundle: the loss, the one training loop, and the export."""
