"""Nodules to weights: targets, loss, augmentation, the training loop, checkpoints."""
