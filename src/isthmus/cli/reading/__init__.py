"""What `isthmus predict` does with a few files, and with an archive."""
