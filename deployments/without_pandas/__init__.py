"""A folder for `PYTHONPATH`: in processes that have it, pandas is not installed."""
