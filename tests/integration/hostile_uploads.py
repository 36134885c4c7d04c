"""Uploads that must be refused, the same for a seed; and odd ones that must not."""

from __future__ import annotations

import io
import itertools
import json
import random
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
PATHS: Final = ("/v1/recommend", "/v1/classify", "/v1/crops")
_MAX_PIXELS: Final = 50_000_000

BAD_BYTES: Final = frozenset({(415, "bad_image"), (422, "bad_image")})
TOO_LARGE: Final = frozenset({(413, "image_too_large")})
ANY_BAD_PICTURE: Final = BAD_BYTES | TOO_LARGE | {(422, "bad_crop")}
BAD_CROP: Final = frozenset({(422, "bad_crop"), (422, "bad_request")})
BAD_REQUEST: Final = frozenset({(422, "bad_request")})


@dataclass(frozen=True, slots=True)
class HostileUpload:
    """What httpx is to post where, and the (status, code) pairs that are right answers."""

    name: str
    answers: frozenset[tuple[int, str]]
    path: str = "/v1/recommend"
    request: dict[str, Any] = field(default_factory=dict, repr=False)


def hostile_uploads(count: int, seed: int) -> list[HostileUpload]:
    """`count` uploads: every fixed one, and as many broken pictures as there is room for."""
    rng = random.Random(seed)
    fixed = [*_wrong_types(rng), *_bombs(), *_hostile_crops(), *_hostile_params(), *_wrong_forms()]
    broken = itertools.islice(_broken_pictures(rng), count - len(fixed))
    return [*fixed, *broken]


def odd_pictures() -> dict[str, bytes]:
    """Pictures in every mode that a file may have: unusual, and right."""
    rgb = _photo((120, 160))
    grey = rgb.convert("L")
    deep = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    see_through = rgb.copy()
    see_through.putalpha(grey)
    exif = Image.Exif()
    exif[0x0112] = 6
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "grey JPEG": encoded(grey, "JPEG"),
        "CMYK JPEG": encoded(rgb.convert("CMYK"), "JPEG"),
        "progressive JPEG": encoded(rgb, "JPEG", progressive=True),
        "turned JPEG with a profile": encoded(rgb, "JPEG", exif=exif, icc_profile=srgb),
        "1 bit PNG": encoded(grey.convert("1"), "PNG"),
        "16 bit PNG": encoded(deep, "PNG"),
        "palette PNG with a transparent colour": encoded(rgb.quantize(16), "PNG", transparency=3),
        "grey PNG with alpha": encoded(see_through.convert("LA"), "PNG"),
        "lossless WebP with alpha": encoded(see_through, "WEBP", lossless=True),
        "animated GIF": encoded(rgb, "GIF", save_all=True, append_images=[grey.convert("RGB")]),
        "1 bit BMP": encoded(grey.convert("1"), "BMP"),
        "smallest PNG": encoded(rgb.resize((8, 8)), "PNG"),
        "very wide PNG": encoded(rgb.resize((4000, 9)), "PNG"),
        "JPEG with bytes behind its end": encoded(rgb, "JPEG") + bytes(1000),
    }


def encoded(picture: Image.Image, picture_format: str, **options: Any) -> bytes:
    """The picture as a file's bytes."""
    file = io.BytesIO()
    picture.save(file, picture_format, **options)
    return file.getvalue()


def truncated(picture: bytes, rng: random.Random) -> bytes:
    """A first part of it: 1 byte at least, nine tenths at most."""
    return picture[: rng.randint(1, len(picture) * 9 // 10)]


def _photo(size: tuple[int, int]) -> Image.Image:
    """Noise in coarse grains: its bytes are spread evenly, so a cut anywhere cuts pixels off."""
    grains = np.random.default_rng(0).integers(0, 255, (size[1] // 4, size[0] // 4, 3), np.uint8)
    return Image.fromarray(grains).resize(size, Image.Resampling.BICUBIC)


def _broken_pictures(rng: random.Random) -> Iterator[HostileUpload]:
    whole = {name: encoded(_photo((96, 128)), name) for name in FORMATS}
    ways: dict[str, Callable[[bytes, random.Random], bytes]] = {
        "cut off": truncated,
        "flipped bytes in the head of": _flipped,
    }
    for number in itertools.count():
        way = list(ways)[number % len(ways)]
        picture_format = FORMATS[number // len(ways) % len(FORMATS)]
        picture = ways[way](whole[picture_format], rng)
        if not _pillow_decodes(picture):
            yield _picture(f"{way} {picture_format} {number}", picture, ANY_BAD_PICTURE, number)


def _flipped(picture: bytes, rng: random.Random) -> bytes:
    changed = bytearray(picture)
    for _ in range(rng.randint(1, 6)):
        changed[rng.randrange(48)] ^= rng.randint(1, 255)
    return bytes(changed)


def _pillow_decodes(picture: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
                if opened.width * opened.height > _MAX_PIXELS:
                    return False
                opened.load()
        except Exception:
            return False
    return True


def _wrong_types(rng: random.Random) -> Iterator[HostileUpload]:
    files = {
        "no bytes": b"",
        "one byte": b"\xff",
        "spaces": b" " * 4096,
        "zeros": bytes(4096),
        "text": b"Ceci n'est pas une image. " * 40,
        "PDF": b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect/></svg>',
        "HTML": b"<!doctype html><img src=x onerror=alert(1)>",
        "ZIP": b"PK\x03\x04" + bytes(200),
        "gzip": b"\x1f\x8b\x08\x00" + bytes(200),
        "MP4": b"\x00\x00\x00\x20ftypisom" + bytes(200),
        "HEIC": b"\x00\x00\x00\x18ftypheic" + bytes(200),
        "pickle": b"\x80\x04cos\nsystem\n(S'false'\ntR.",
        "ELF": b"\x7fELF" + bytes(200),
        "RIFF sound": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(200),
        "TIFF": encoded(_photo((40, 40)), "TIFF"),
        "PPM": encoded(_photo((40, 40)), "PPM"),
        "ICO": encoded(_photo((32, 32)), "ICO"),
        "TGA": encoded(_photo((40, 40)), "TGA"),
        "EPS": encoded(_photo((40, 40)), "EPS"),
        "JPEG 2000": encoded(_photo((40, 40)), "JPEG2000"),
    }
    files |= {f"random bytes {n}": b"\x00" + rng.randbytes(1 << n) for n in range(14)}
    signatures = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\x00\x00\x00WEBP")
    files |= {f"only the signature {s!r}": s for s in signatures}
    for number, (name, content) in enumerate(files.items()):
        yield _picture(name, content, BAD_BYTES, number)


def _bombs() -> Iterator[HostileUpload]:
    jpeg = bytearray(encoded(_photo((96, 128)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    gif = bytearray(encoded(_photo((96, 128)), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    bmp = bytearray(encoded(_photo((96, 128)), "BMP"))
    webp = b"RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + b"\xff" * 6
    too_large = {
        "JPEG that claims 65535 x 65535": bytes(jpeg),
        "GIF that claims 65535 x 65535": bytes(gif),
        "WebP that claims 16777216 x 16777216": webp + bytes(16),
        "PNG just above the limit": encoded(Image.new("1", (10_001, 5_000)), "PNG"),
        "GIF of one colour, 64 megapixels": encoded(Image.new("P", (8_000, 8_000)), "GIF"),
        "15 MB and a byte": encoded(_photo((40, 40)), "JPEG").ljust(15_000_001, b"\0"),
        "40 MB of zeros": bytes(40_000_000),
    }
    for side in (7_072, 20_000, 65_535, 1 << 20, (1 << 31) - 1, (1 << 32) - 1):
        too_large[f"PNG that claims {side} x {side}"] = _png(side, side)
    for side in (7_072, 100_000, (1 << 31) - 1, -(1 << 31)):
        bmp[18:26] = struct.pack("<ii", abs(side) & 0x7FFFFFFF or 1 << 16, side)
        too_large[f"BMP that claims a height of {side}"] = bytes(bmp)
    for number, (name, content) in enumerate(too_large.items()):
        yield _picture(name, content, TOO_LARGE, number)
    unpacks = zlib.compress(bytes(100_000_000), 9)
    for number, kind in enumerate((b"zTXt", b"iTXt", b"iCCP")):
        start = b"x\0\x01\0\0\0" if kind == b"iTXt" else b"x\0\0"
        picture = _png(40, 40, (kind, start + unpacks))
        yield _picture(f"PNG whose {kind!r} unpacks to 100 MB", picture, BAD_BYTES, number)
    picture = _png(40, 40, (b"IDAT", zlib.compress(bytes(4000))))
    yield _picture("PNG whose pixels end early", picture, BAD_BYTES, 0)


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file that claims a size; its pixels, unless a chunk brings them, are missing."""
    packed = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        packed += struct.pack(">I", len(data)) + kind + data
        packed += struct.pack(">I", zlib.crc32(kind + data))
    return packed


def _hostile_crops() -> Iterator[HostileUpload]:
    box = {"x": "4", "y": "4", "width": "50", "height": "50"}
    never = ("NaN", "Infinity", "-Infinity", "-1e308", '"4 px"', "null", "[4]", '{"x": 4}', "1e999")
    crops = {f"{side} {value}": box | {side: value} for side in box for value in never}
    crops |= {f"{side} 1e308": box | {side: "1e308"} for side in ("x", "y")}
    crops |= {f"{side} {size}": box | {side: size} for side in ("width", "height") for size in "07"}
    crops |= {
        f"without {side}": {name: value for name, value in box.items() if name != side}
        for side in box
    }
    crops |= {
        "both far out": box | {"x": "1e308", "width": "1e308"},
        "beside the photo": box | {"x": "96"},
        "above the photo": box | {"y": "-50"},
        "fraction beyond": box | {"unit": '"fraction"'},
        "fraction of nothing": box | {"width": "1e-300", "unit": '"fraction"'},
        "fraction overflows": box | {"x": "1e307", "width": "1e308", "unit": '"fraction"'},
        "unknown unit": box | {"unit": '"cm"'},
        "more than a box": box | {"depth": "1"},
    }
    for name, crop in crops.items():
        text = ", ".join(f'"{side}": {value}' for side, value in crop.items())
        yield _params(f"crop: {name}", f'{{"crop": {{{text}}}}}', BAD_CROP)
    for value in ('"all"', "7", "[]", "[4, 4, 50, 50]", "{}", "true", "[" * 900 + "]" * 900):
        yield _params(f"crop {value[:20]}", f'{{"crop": {value}}}', BAD_REQUEST)


def _hostile_params() -> Iterator[HostileUpload]:
    wrong: dict[str, list[Any]] = {
        "k": [0, -1, 101, 2**70, 1.5, "many", None, [3], float("nan"), "0x3"],
        "categories": ["", "all", [], ["spaceship"], [["hat"]], {"hat": 1}, 13, ["hat\0"]],
        "min_price": [-1, float("inf"), "1e400", "free", [1], 1e13],
        "max_price": [-0.01, float("nan"), {}, "0x10", 10**30],
        "currency": ["dollars", "usd", "", 978, "US$", "USD\n"],
        "brands": ["Acme", [""], ["x" * 301], ["b"] * 1001, [1], [None]],
        "exclude": ["p-1", [""], ["a/b"], ["\x00"], ["i" * 201], [{}], ["p"] * 1001],
        "sort": ["magic", "", 1, None, ["price"], "similarity; drop table products"],
        "min_similarity": [1.1, -2, "high", float("inf"), []],
        "__class__": ["x"],
        "crop.x": [1],
    }
    for name, values in wrong.items():
        for value in values:
            text = json.dumps({name: value})
            yield _params(f"{name} {text[:40]}", text, BAD_REQUEST)
    yield _params("prices crossed", '{"min_price": 9, "max_price": 3}', BAD_REQUEST)
    for text in ("{", "[1]", "null", '"k"', "k=3", "\x00", '{"k": 3}}', "<k>3</k>", "[" * 50_000):
        yield _params(f"params {text[:20]!r}", text, BAD_REQUEST)


def _wrong_forms() -> Iterator[HostileUpload]:
    picture = encoded(_photo((96, 128)), "JPEG")
    form = {"content-type": "multipart/form-data; boundary=x"}
    requests: list[dict[str, Any]] = [
        {},
        {"content": b""},
        {"content": picture},
        {"content": picture, "headers": {"content-type": "image/jpeg"}},
        {"content": b"", "headers": form},
        {"content": b"junk", "headers": form},
        {"content": b"--x\r\n", "headers": form},
        {"content": b"--x--\r\n", "headers": form},
        {"content": picture, "headers": {"content-type": "multipart/form-data"}},
        {"json": {"image": "x"}},
        {"data": {"image": "a string"}},
        {"data": {"params": "{}"}},
        {"files": {"picture": picture}},
        {"files": {"image": picture, "more": picture}},
        {"files": [("image", picture), ("image", picture)]},
        {"files": {"image": picture, "params": b"\xff"}},
        {"files": {"image": picture, "params": b" " * 300_000}},
        {"files": {"image": picture}, "data": {"paramz": "{}"}},
        {"files": {"image": picture}, "data": {f"field {n}": "" for n in range(9)}},
        {"files": {"image": picture}, "data": {"params": "x" * 300_000}},
        {"files": {"image": picture}, "headers": {"lookalike-deadline": "nan"}},
        {"files": {"image": picture}, "headers": {"lookalike-deadline": "-1"}},
        {"files": {"image": picture}, "headers": {"lookalike-deadline": "1e9"}},
    ]
    for number, request in enumerate(requests):
        yield HostileUpload(f"form {number}", BAD_REQUEST, PATHS[number % 3], request)


def _picture(
    name: str, content: bytes, answers: frozenset[tuple[int, str]], number: int
) -> HostileUpload:
    return HostileUpload(name, answers, PATHS[number % 3], {"files": {"image": content}})


def _params(name: str, text: str, answers: frozenset[tuple[int, str]]) -> HostileUpload:
    picture = encoded(_photo((96, 128)), "JPEG")
    return HostileUpload(
        name, answers, request={"files": {"image": picture}, "data": {"params": text}}
    )
