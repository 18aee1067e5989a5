"""What a network has to beat before it can be said to read the nodule."""
