"""One recipe judged: protocols, folds, predictions, results."""
