"""The current search as a command for a shell; an API key is named there, never told."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from lookalike.contract import subjects
from lookalike.contract.credentials import API_KEY_VARIABLE
from tui.search.question import PhotoQuestion, Question

_KEY: Final = f"Bearer ${API_KEY_VARIABLE}"
"""The shell puts the key in; inside double quotes."""


def as_curl(question: Question, url: str, *, keyed: bool = False) -> str:
    """As a `curl` call of the HTTP door at `url`; `keyed`: with the key of the environment."""
    base = url.rstrip("/")
    curl = f'curl -H "Authorization: {_KEY}"' if keyed else "curl"
    match question:
        case PhotoQuestion(photo, box, filters):
            params = filters.for_photo(box).model_dump_json(exclude_unset=True)
            image = _quoted_for_form(photo.path)
            # -F would take what follows a ";" for a part's type or name.
            form = ["-F", f"image=@{image}", "--form-string", f"params={params}"]
            return f"{curl} {shlex.join([*form, f'{base}/v1/recommend'])}"
    query = question.filters.for_product().model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    path = f"{base}/v1/products/{quote(question.product.id, safe='')}/similar"
    address = f"{path}?{urlencode(query, doseq=True)}" if query else path
    return f"{curl} {shlex.quote(address)}"


def as_nats(question: Question, server: str, *, keyed: bool = False) -> str:
    """As a call of NATS's command line tool; `keyed`: with the key of the environment."""
    nats = shlex.join(["nats", "--server", server, "req"])
    if keyed:
        nats += f' --header "Authorization:{_KEY}"'
    match question:
        case PhotoQuestion(photo, box, filters):
            params = filters.for_photo(box).model_dump_json(exclude_unset=True)
            call = ["--header", f"{subjects.PARAMS_HEADER}:{params}", subjects.RECOMMEND]
            return f"{nats} {shlex.join(call)} < {shlex.quote(str(photo.path))}"
    asked = question.filters.for_product().model_dump(mode="json", exclude_unset=True)
    body = json.dumps({"id": question.product.id, "params": asked}, ensure_ascii=False)
    return f"{nats} {shlex.join([subjects.PRODUCTS_SIMILAR, body])}"


def _quoted_for_form(path: Path) -> str:
    """curl reads `,` and `;` in a form file's name as its own, unless it is quoted."""
    text = str(path)
    if not any(char in text for char in ',;"\\'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
