"""The page of a reader study: ``curves`` has the readers' ROC curves, ``tables`` its tables, ``page`` fills it."""
