"""The verbs of the reading room: TI-RADS, reader studies, the page and the PACS."""
