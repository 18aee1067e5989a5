"""Frame to prediction, without torch."""
