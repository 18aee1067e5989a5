"""Tensors to votes: the Hybrid Feature Cropping Network. It knows no file, no patient and no device."""
