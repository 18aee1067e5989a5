"""The link to a PACS: objects come in, are read once, and their answers go back. No torch."""
