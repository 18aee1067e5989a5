"""The simulator: thyroid nodules without a patient's data."""
