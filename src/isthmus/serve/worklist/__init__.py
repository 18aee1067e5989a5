"""Pictures from a PACS that wait for a reader to draw the nodule."""
