"""isthmus: benign or malignant, thyroid nodules in ultrasound."""
