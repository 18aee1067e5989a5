"""A decision fitted on predictions with labels: of a run, or of a site whose nodules a bundle has read. No torch."""
