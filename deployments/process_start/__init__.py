"""A folder for `PYTHONPATH`: what the service's processes, Ray's too, have before all else."""
