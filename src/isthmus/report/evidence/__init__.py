"""The pages of an evidence folder: the report for readers, and the forms for authors."""
