"""What stands on both sides of a split: patients, duplicates, neighbours in file order, nodules of one picture."""
