"""The report of one nodule: one page, HTML and PDF."""
