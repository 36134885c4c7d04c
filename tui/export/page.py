"""An answer as one HTML file, pictures inside it."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PIL import Image

from lookalike import percents
from lookalike.plain_text import plain
from tui.export.heading import heading
from tui.search.history import Search
from tui.search.likeness import in_words, price, saving, sold_out
from tui.search.question import PhotoQuestion
from tui.search.session import Mark
from tui.search.view_picture import close_up
from tui.search.web_address import is_web
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit

_JPEG_QUALITY: Final = 85
_STYLE: Final = """
body{font:16px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;
background:#f7f3ee;color:#2a2521}
header{display:flex;gap:1.5rem;align-items:center}header img{max-height:12rem;border-radius:8px}
ol{list-style:none;padding:0;display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(13rem,1fr))}
li{background:#fff;border-radius:8px;padding:.8rem}li img{width:100%;border-radius:6px}
header h1{margin:0 0 .4rem}header small{display:block}
li.down{opacity:.55}a{color:inherit}b{display:block}small{color:#6b625a}em{color:#2f7a3b}
@media(prefers-color-scheme:dark){body{background:#17151a;color:#ece6df}li{background:#2b2730}
small{color:#a79f97}em{color:#8fc18b}}
"""


def page(search: Search, pictures: Mapping[str, Image.Image], marks: Mapping[str, Mark]) -> str:
    """The HTML of an answer; whatever a shop wrote into its texts stays text."""
    question = search.question
    if isinstance(question, PhotoQuestion):
        title = plain(question.photo.name)
        asked = _img(close_up(question.photo, question.box), say("You look for"))
    else:
        title, asked = plain(question.product.title), ""
    said, *asked_with = map(html.escape, heading(search))
    below = "".join(f"<small>{line}</small>" for line in asked_with)
    items = "\n".join(_item(hit, search, pictures, marks) for hit in search.answer.hits)
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{html.escape(title)}'
        f'</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"</head><body><header>{asked}<div><h1>{said}</h1>{below}</div></header>\n"
        f"<ol>\n{items}\n</ol></body></html>\n"
    )


def _item(
    hit: Hit,
    search: Search,
    pictures: Mapping[str, Image.Image],
    marks: Mapping[str, Mark],
) -> str:
    product, mark = hit.product, marks.get(hit.product.id)
    title = html.escape(plain(product.title))
    if is_web(product.item_url):
        address = html.escape(product.item_url, quote=True)
        title = f'<a href="{address}" rel="noopener noreferrer">{title}</a>'
    picture = pictures.get(product.id)
    saved = saving(hit, search)
    percent = percents.nearest(saved[1]) if saved else 0
    less = f" <em>−{percent}%</em>" if percent else ""
    costs = " · ".join(filter(None, [price(product), sold_out(product)]))
    liked = {Mark.UP: " ▲", Mark.DOWN: " ▼", None: ""}[mark]
    return (
        f'<li class="{mark or ""}">{_img(picture, product.title) if picture else ""}'
        f"<b>{hit.rank}. {title}{liked}</b><small>{html.escape(plain(product.brand))}</small>"
        f"<div>{html.escape(costs)}{less}</div>"
        f"<small>{hit.similarity:.2f} · {html.escape(in_words(hit.match))}</small></li>"
    )


def _img(picture: Image.Image, described: str) -> str:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    data = base64.b64encode(encoded.getvalue()).decode()
    alt = html.escape(plain(described), quote=True)
    return f'<img alt="{alt}" src="data:image/jpeg;base64,{data}">'
