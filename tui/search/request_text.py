"""The current search as a command for a shell."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from urllib.parse import quote, urlencode

from lookalike.contract import subjects
from tui.search.question import PhotoQuestion, Question


def as_curl(question: Question, url: str) -> str:
    """As a `curl` call of the HTTP door at `url`."""
    base = url.rstrip("/")
    match question:
        case PhotoQuestion(photo, box, filters):
            params = filters.for_photo(box).model_dump_json(exclude_unset=True)
            image = _quoted_for_form(photo.path.absolute())
            return shlex.join(
                ["curl", "-F", f"image=@{image}", "-F", f"params={params}", f"{base}/v1/recommend"]
            )
    query = question.filters.for_product().model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    path = f"{base}/v1/products/{quote(question.product.id, safe='')}/similar"
    return shlex.join(["curl", f"{path}?{urlencode(query, doseq=True)}" if query else path])


def as_nats(question: Question, server: str) -> str:
    """As a call of NATS's command line tool."""
    nats = ["nats", "--server", server, "req"]
    match question:
        case PhotoQuestion(photo, box, filters):
            params = filters.for_photo(box).model_dump_json(exclude_unset=True)
            call = [*nats, "--header", f"{subjects.PARAMS_HEADER}:{params}", subjects.RECOMMEND]
            return f"{shlex.join(call)} < {shlex.quote(str(photo.path.absolute()))}"
    asked = question.filters.for_product().model_dump(mode="json", exclude_unset=True)
    body = json.dumps({"id": question.product.id, "params": asked}, ensure_ascii=False)
    return shlex.join([*nats, subjects.PRODUCTS_SIMILAR, body])


def _quoted_for_form(path: Path) -> str:
    """curl reads `,` and `;` in a form file's name as its own, unless it is quoted."""
    text = str(path)
    if not any(char in text for char in ',;"\\'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
