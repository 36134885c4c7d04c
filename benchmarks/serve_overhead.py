"""What the plumbing costs: requests through gateway, segmenter, encoder and two empty shards.

    python -m benchmarks.serve_overhead --json

Starts the service of serve_config.yaml with empty stages twice in one run, once with Ray Serve's
own defaults and once as `lookalike up` starts it, and asks each the same way.
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

import httpx
import numpy as np
import yaml
from PIL import Image

from benchmarks.empty_stages import with_empty_stages
from benchmarks.figures import Figure
from deployments.local_service import LocalService

CLIENTS = 16


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=300, help="of the one client")
    parser.add_argument("--no-defaults", action="store_true", help="leave out Serve's defaults")
    arguments = parser.parse_args()
    config = with_empty_stages(yaml.safe_load(Path("serve_config.yaml").read_text()))
    plain = None if arguments.no_defaults else _measure(config, False, arguments.requests)
    tuned = _measure(config, True, arguments.requests)
    for case, unit in (("one client, median", "ms"), (f"{CLIENTS} clients", "rps")):
        Figure(
            case=case,
            value=tuned[case],
            unit=unit,
            n=arguments.requests,
            reference="Ray Serve's defaults" if plain else None,
            reference_value=plain[case] if plain else None,
        ).print(arguments.json)


def _measure(config: dict[str, Any], tuned: bool, requests: int) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalService(config, Path(folder) / "serve.log", port=0, tuned=tuned) as service,
    ):
        service.wait_ready()
        return asyncio.run(_ask(service.url, _photo(), requests))


async def _ask(url: str, photo: bytes, requests: int) -> dict[str, float]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def once() -> float:
            started = time.perf_counter()
            reply = await client.post(
                "/v1/recommend", files={"image": photo}, data={"params": "{}"}
            )
            reply.raise_for_status()
            return time.perf_counter() - started

        async def one_of_many() -> None:
            for _ in range(requests // 4):
                await once()

        for _ in range(50):
            await once()
        alone = [await once() for _ in range(requests)]
        started = time.perf_counter()
        await asyncio.gather(*(one_of_many() for _ in range(CLIENTS)))
        together_s = time.perf_counter() - started
    return {
        "one client, median": statistics.median(alone) * 1e3,
        f"{CLIENTS} clients": CLIENTS * (requests // 4) / together_s,
    }


def _photo() -> bytes:
    """A JPEG of about the size that a phone's cropped photo has."""
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC).save(encoded, "JPEG")
    return encoded.getvalue()


if __name__ == "__main__":
    main()
