"""What a network can learn beside benign and malignant: a loss a file, each with the head that it reads."""
