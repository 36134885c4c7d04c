"""What every front door is asked: each endpoint and error code, the limits, odd text and sizes."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from tests.fakes import jpeg


@dataclass(frozen=True, slots=True)
class Case:
    """One request and how it must end: `code` None is a success.

    `own_words` where each carrier says it in its own: a form is no message.

    `params` is what is sent as JSON (or, about a product, as a query); a string is sent as it is.
    """

    name: str
    endpoint: str
    photo: bytes | None = None
    product_id: str | None = None
    params: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None
    status: int = 200
    named: str = ""
    own_words: bool = False

    @property
    def params_json(self) -> str | None:
        """The parameters as they go over the wire."""
        if self.params is None or isinstance(self.params, str):
            return self.params
        return json.dumps(self.params)


def picture(picture_format: str, size: tuple[int, int], mode: str = "RGB", **save: Any) -> bytes:
    """A red picture of some format."""
    encoded = io.BytesIO()
    colour: Any = {"RGB": (200, 30, 30), "RGBA": (200, 30, 30, 128), "L": 90, "P": 3}[mode]
    Image.new(mode, size, colour).save(encoded, picture_format, **save)
    return encoded.getvalue()


def turned() -> bytes:
    """A JPEG that is stored lying: 120 x 160 upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", (160, 120), exif=exif)


def too_many_pixels() -> bytes:
    """A PNG of 10,001 x 5,000 in a few thousand bytes."""
    encoded = io.BytesIO()
    Image.new("1", (10_001, 5_000)).save(encoded, "PNG")
    return encoded.getvalue()


def _crop(x: float, y: float, width: float, height: float, **unit: str) -> dict[str, Any]:
    return {"crop": {"x": x, "y": y, "width": width, "height": height, **unit}}


def _wrong(name: str, params: Any, code: str, named: str) -> Case:
    return Case(name, "recommend", jpeg(), params=params, code=code, status=422, named=named)


_MANY_IDS: Final = [f"p-{i:02}" for i in range(1_000)]
_ODD_TEXTS: Final = ["옷가게 🧥", "\u202e\u200f\ufdfa", 'a\\b"c', "<b>&amp;"]
_ANSWERED: Final = (
    Case("recommend, all defaults", "recommend", jpeg()),
    Case("recommend, empty parameters", "recommend", jpeg(), params={}),
    Case("recommend, a crop", "recommend", jpeg(), params=_crop(10, 20, 60, 80)),
    Case("fractions", "recommend", jpeg(), params=_crop(0.1, 0.1, 0.5, 0.5, unit="fraction")),
    Case("clipped", "recommend", jpeg(), params=_crop(100, 150, 500, 500)),
    Case("k 1", "recommend", jpeg(), params={"k": 1}),
    Case("k 100", "recommend", jpeg(), params={"k": 100, "categories": "any"}),
    Case("price limits", "recommend", jpeg(), params={"min_price": 12.5, "max_price": 30}),
    Case("won", "recommend", jpeg(), params={"currency": "KRW", "categories": "any"}),
    Case("by price", "recommend", jpeg(), params={"sort": "price", "k": 5}),
    Case("by value", "recommend", jpeg(), params={"sort": "value", "k": 5}),
    Case(
        "by value, from what the look costs", "recommend", jpeg(),
        params={"sort": "value", "k": 5, "reference_price": 89.9},
    ),
    Case("nothing near", "recommend", jpeg((30, 30, 200)), params={"categories": ["t-shirt"]}),
    Case("at least so similar", "recommend", jpeg(), params={"min_similarity": 0.999}),
    Case("a brand with an umlaut", "recommend", jpeg(), params={"brands": ["Bolt & Söhne"]}),
    Case("brands nobody has", "recommend", jpeg(), params={"brands": _ODD_TEXTS}),
    Case("1,000 ids left out", "recommend", jpeg(), params={"exclude": _MANY_IDS}),
    Case("classify", "classify", jpeg((10, 10, 250))),
    Case("classify a crop", "classify", jpeg(), params=_crop(0, 0, 8, 8)),
    Case("crops", "crops", jpeg()),
    Case("product", "product", product_id="p-03"),
    Case("similar", "similar", product_id="p-03"),
    Case(
        "similar, with conditions",
        "similar",
        product_id="p-03",
        params={"k": 4, "max_price": 30, "brands": ["Acme"], "categories": "any"},
    ),
    Case("ready", "ready"),
    Case("a caller's request id", "classify", jpeg(), headers={"X-Request-Id": "order-42"}),
    Case("a hostile request id", "classify", jpeg(), headers={"X-Request-Id": "a b;{}" * 30}),
    Case("a deadline", "classify", jpeg(), headers={"Lookalike-Deadline": "59.5"}),
)  # fmt: skip
_PICTURES: Final = (
    Case("tiny", "classify", picture("PNG", (8, 8))),
    Case("4,000 x 3,000", "classify", picture("JPEG", (4_000, 3_000))),
    Case("long and thin", "classify", picture("PNG", (8, 6_000))),
    Case("lying", "recommend", turned(), params=_crop(0, 0, 120, 160)),
    Case("WebP", "classify", picture("WEBP", (90, 70))),
    Case("GIF", "classify", picture("GIF", (90, 70), "P")),
    Case("BMP", "classify", picture("BMP", (90, 70))),
    Case("grey", "classify", picture("JPEG", (90, 70), "L")),
    Case("transparent", "classify", picture("PNG", (90, 70), "RGBA")),
)
_REFUSED: Final = (
    _wrong("k 0", {"k": 0}, "bad_request", "k"),
    _wrong("k 101", {"k": 101}, "bad_request", "k"),
    _wrong("k in words", {"k": "many"}, "bad_request", "k"),
    _wrong("an unknown category", {"categories": ["spaceship"]}, "bad_request", "categories"),
    _wrong("no category", {"categories": []}, "bad_request", "categories"),
    _wrong("an unknown field", {"colour": "red"}, "bad_request", "colour"),
    _wrong("an unknown order", {"sort": "magic"}, "bad_request", "sort"),
    _wrong("a negative price", {"max_price": -1}, "bad_request", "max_price"),
    _wrong("prices the wrong way round", {"min_price": 9, "max_price": 3}, "bad_request", "min"),
    _wrong("a look for nothing", {"sort": "value", "reference_price": 0}, "bad_request", "refer"),
    _wrong("savings by price", {"sort": "price", "reference_price": 9}, "bad_request", "refer"),
    _wrong("no currency", {"currency": "dollars"}, "bad_request", "currency"),
    _wrong("too many ids", {"exclude": ["x"] * 1_001}, "bad_request", "exclude"),
    _wrong("half a surrogate", '{"brands": ["\\ud800"]}', "bad_request", ""),
    _wrong("half a crop", {"crop": {"x": 0, "y": 0, "width": 10}}, "bad_request", "crop.height"),
    _wrong("parameters cut off", '{"k": 3', "bad_request", "params"),
    _wrong("a list", "[1]", "bad_request", "params"),
    Case(
        "far too long", "recommend", jpeg(), params={"brands": ["x" * 300] * 999},
        code="bad_request", status=422, own_words=True,
    ),
    _wrong("not a number", _crop(0, 0, float("nan"), 9), "bad_crop", "width"),
    _wrong("endless", _crop(1e308, 0, 1e308, 90), "bad_crop", "x"),
    _wrong("outside", _crop(900, 0, 50, 90), "bad_crop", "outside"),
    _wrong("under 8 px", _crop(0, 0, 7, 90), "bad_crop", "8 px"),
    Case("empty", "recommend", b"", code="bad_image", status=415),
    Case("no picture", "classify", b"%PDF-1.7 no", code="bad_image", status=415),
    Case("cut off", "crops", jpeg()[:400], code="bad_image", status=422),
    Case("too small", "classify", picture("PNG", (7, 90)), code="bad_crop", status=422),
    Case("pixels", "classify", too_many_pixels(), code="image_too_large", status=413),
    Case("no such product", "product", product_id="nobody", code="not_found", status=404),
    Case("nothing like none", "similar", product_id="nobody", code="not_found", status=404),
    Case("an odd id", "product", product_id="옷 🧥 #?%&.*>", code="not_found", status=404),
    Case("a long id", "product", product_id="x" * 201, code="bad_request", status=422),
    Case(
        "similar, k 0", "similar", product_id="p-03", params={"k": 0}, code="bad_request",
        status=422, named="k",
    ),
    Case(
        "similar, a reference price", "similar", product_id="p-03",
        params={"sort": "value", "reference_price": 9}, code="bad_request", status=422,
        named="reference_price",
    ),
    *(
        Case(
            f"deadline {wrong}", "classify", jpeg(), headers={"Lookalike-Deadline": wrong},
            code="bad_request", status=422, named="Lookalike-Deadline",
        )
        for wrong in ("0", "-1", "nan", "inf", "soon", "1e9")
    ),
)  # fmt: skip
CASES: Final = (*_ANSWERED, *_PICTURES, *_REFUSED)
