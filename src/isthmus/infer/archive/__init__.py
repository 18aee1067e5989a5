"""Many images into one table, resumable."""
