"""`lookalike catalog`: fill the catalogue, and see what it holds; one module a command."""

from cli.catalog.app import app

__all__ = ["app"]
