"""Forms for authors, filled in as far as predictions tell: cards of model and data, and three reporting guidelines."""
