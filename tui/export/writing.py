"""An answer as a file: JSON as the service sent it, an HTML page, or a contact sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from tui.export.contact_sheet import contact_sheet
from tui.export.formats import Format
from tui.export.page import page
from tui.search.history import Search
from tui.search.session import Mark


def export(
    search: Search,
    path: Path,
    form: Format,
    pictures: Mapping[str, Image.Image],
    marks: Mapping[str, Mark],
) -> bool:
    """Write an answer in a format.

    `pictures` are by product id; what is missing is left out. Takes up to a second.
    False where a text is drawn as boxes: no typeface for it is installed here.
    Raises: OSError.
    """
    match form:
        case "json":
            path.write_text(search.answer.model_dump_json(indent=2) + "\n", encoding="utf-8")
        case "png":
            sheet = contact_sheet(search, pictures)
            sheet.picture.save(path, "PNG")
            return not sheet.boxes
        case "html":
            path.write_text(page(search, pictures, marks), encoding="utf-8")
    return True
