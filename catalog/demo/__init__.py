"""A demo catalogue and street photos to query it with, drawn without any download."""

from catalog.demo.listings import DemoListing, draw_catalogue

__all__ = ["DemoListing", "draw_catalogue"]
