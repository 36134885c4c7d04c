"""Stands before pandas in the service's processes; `deployments/transport.py` says why."""

raise ModuleNotFoundError("the service's processes do without pandas", name="pandas")
