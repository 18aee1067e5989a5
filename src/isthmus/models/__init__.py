"""The bundles that ship with the package, a folder for each by name, and what is known of them. No torch."""
