"""Evidence that needs the pictures and the model that reads them, and not its predictions alone."""
