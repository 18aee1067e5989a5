"""What a network has to beat before it is shown to read the nodule."""
