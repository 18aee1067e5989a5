"""What in a data set can spoil a result: duplicates, marks, burnt-in text."""
