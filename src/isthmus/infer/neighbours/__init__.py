"""Similar cases: the training nodules that lie nearest to one by the network's features. No torch."""
