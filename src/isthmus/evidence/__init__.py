"""Predictions to evidence: everything that a reviewer asks of a model, in numbers, each with n, interval and reason."""
