"""A demo catalogue and street photos to query it with, drawn without any download."""

from catalog.demo.listings import DemoListing, draw_catalogue
from catalog.demo.street import StreetPhoto, draw_street_photos

__all__ = ["DemoListing", "StreetPhoto", "draw_catalogue", "draw_street_photos"]
