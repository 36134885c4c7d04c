"""What the plumbing costs: requests through a gateway whose stages do nothing.

    python -m benchmarks.serve_overhead --json

Starts the service of serve_config.yaml with empty stages several times in one run, as
`lookalike up` starts it and with Ray Serve's own defaults, and asks each the same way: one client
by itself, then 16 at once. Once through gateway, encoder and two shards, once with the segmenter
before them as in the real service.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import yaml
from PIL import Image

from benchmarks.empty_stages import with_empty_stages
from benchmarks.figures import Figure
from benchmarks.sharded import in_shards
from deployments.local_service import LocalService

CLIENTS = 16
SHARDS = 2
ONE = "one client, median"
MANY = f"{CLIENTS} clients"
_WARM_UP = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=400, help="of the one client")
    parser.add_argument("--no-defaults", action="store_true", help="leave out Serve's defaults")
    arguments = parser.parse_args()
    config = in_shards(yaml.safe_load(Path("serve_config.yaml").read_text()), SHARDS)
    for segmenter in (False, True):
        path = f"gateway, {'segmenter, ' if segmenter else ''}encoder, {SHARDS} shards"
        empty = with_empty_stages(config, segmenter=segmenter)
        plain = None if arguments.no_defaults else _measure(empty, False, arguments.requests)
        tuned = _measure(empty, True, arguments.requests)
        for case, unit in ((ONE, "ms"), (MANY, "rps")):
            Figure(
                case=f"{path}: {case}",
                value=tuned[case],
                unit=unit,
                n=counted(arguments.requests)[case],
                reference="Ray Serve's defaults" if plain else None,
                reference_value=plain[case] if plain else None,
            ).print(arguments.json)


def counted(requests: int) -> dict[str, int]:
    """How many requests each case measures, where the one client asks so often."""
    return {ONE: requests, MANY: CLIENTS * _each(requests)}


def _each(requests: int) -> int:
    """How often each of the 16 clients asks."""
    return max(requests // 4, 1)


def _measure(config: dict[str, Any], tuned: bool, requests: int) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalService(config, Path(folder) / "serve.log", port=0, tuned=tuned) as service,
    ):
        service.wait_ready()
        return asyncio.run(_ask(f"{service.url}/v1/recommend", requests))


async def _ask(url: str, requests: int) -> dict[str, float]:
    _, body, headers = upload_of_a_photo()
    async with aiohttp.ClientSession(headers=headers) as client:

        async def once() -> float:
            started = time.perf_counter()
            async with client.post(url, data=body) as reply:
                reply.raise_for_status()
                await reply.read()
            return time.perf_counter() - started

        async def one_of_many() -> None:
            for _ in range(_each(requests)):
                await once()

        for _ in range(_WARM_UP):
            await once()
        alone = [await once() for _ in range(requests)]
        started = time.perf_counter()
        await asyncio.gather(*(one_of_many() for _ in range(CLIENTS)))
        together_s = time.perf_counter() - started
    return {
        ONE: statistics.median(alone) * 1e3,
        MANY: counted(requests)[MANY] / together_s,
    }


def upload_of_a_photo() -> tuple[bytes, bytes, dict[str, str]]:
    """A JPEG as large as a phone's cropped photo, as a multipart body, and the body's headers."""
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC).save(encoded, "JPEG")
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return encoded.getvalue(), head + encoded.getvalue() + b"\r\n--x--\r\n", headers


if __name__ == "__main__":
    main()
