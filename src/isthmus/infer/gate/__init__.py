"""Whether a RoI looks like those that a model learned from."""
