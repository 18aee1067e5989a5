"""Numbers to pages and plots."""
