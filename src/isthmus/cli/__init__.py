"""The command line: one verb, one file, one short function."""
