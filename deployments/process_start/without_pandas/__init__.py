"""A folder for `PYTHONPATH`: modules here keep others of their names away."""
