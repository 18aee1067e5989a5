"""Files to arrays: reading data sets, auditing them, splitting them, preparing RoIs. No torch."""
