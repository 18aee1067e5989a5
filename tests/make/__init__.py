"""Scripts that make tiny copies of each kind of data set, out of noise: `python tests/make/ddti.py DIR`."""
