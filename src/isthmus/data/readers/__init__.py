"""Kinds of data set, one file each, one line each in `sources`."""
