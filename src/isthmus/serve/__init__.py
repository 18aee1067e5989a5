"""The service on this machine: the page for a reader, its worklist, and the link to a PACS. No torch."""
