"""What the service is compared with opens its models as the service does, and may use them so."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from benchmarks.bare_stages import BareStages, on_one_core
from benchmarks.plain_service import one_at_a_time, plain_service
from catalog.store import open_store
from deployments.encoder import EncoderDeployment
from deployments.segmenter import SegmenterDeployment
from deployments.settings import CatalogArgs, EncoderArgs, SegmenterArgs, ServiceArgs
from lookalike.search import ShardHit
from lookalike.vision import encode, segment
from lookalike.vision.crop import CropBoxPx

Opened = tuple[tuple[object, ...], dict[str, object]]


@pytest.fixture
def args(tmp_path: Path) -> ServiceArgs:
    """Settings none of which is what a constructor would do by itself."""
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    open_store(url).close()
    return ServiceArgs(
        segmenter=SegmenterArgs(threads=3, backend="openvino", precision="fp32"),
        encoder=EncoderArgs(threads=3, backend="openvino", device="cpu"),
        catalog=CatalogArgs(store_url=url),
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Opened]:
    """How each segmenter and encoder was opened, in turn; they are real ones."""
    seen: list[Opened] = []

    class Segmenter(segment.RembgSegmenter):
        def __init__(self, *positional: Any, **named: Any) -> None:
            seen.append((positional, named))
            super().__init__(*positional, **named)

    class Encoder(encode.ResNet34Encoder):
        def __init__(self, *positional: Any, **named: Any) -> None:
            seen.append((positional, named))
            super().__init__(*positional, **named)

    monkeypatch.setattr(segment, "RembgSegmenter", Segmenter)
    monkeypatch.setattr(encode, "ResNet34Encoder", Encoder)
    return seen


def test_bare_stages_open_the_models_that_the_deployments_open(
    args: ServiceArgs, opened: list[Opened]
) -> None:
    SegmenterDeployment(args.segmenter)
    EncoderDeployment(args.encoder)
    of_the_service = opened.copy()
    opened.clear()
    BareStages(args)
    assert len(of_the_service) == 2
    assert opened == of_the_service


def test_one_photo_at_a_time_goes_through_the_same_models_on_all_threads(
    args: ServiceArgs, opened: list[Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    EncoderDeployment(args.encoder)
    of_the_service = opened.pop()
    monkeypatch.setattr("benchmarks.plain_service.RembgSegmenter", segment.RembgSegmenter)
    one_at_a_time(args)
    (((model,), threads), encoder) = opened
    assert model == args.segmenter.model
    assert threads == {"threads": 3, "backend": "openvino", "precision": "fp32"}
    assert encoder == of_the_service


def test_on_one_core_each_model_has_one_thread_and_is_the_same_otherwise(
    args: ServiceArgs, opened: list[Opened]
) -> None:
    BareStages(on_one_core(args))
    (_, of_segmenter), (_, of_encoder) = opened
    assert [of_segmenter[name] for name in ("threads", "at_once", "threads_alone")] == [1, 1, 1]
    assert (of_segmenter["backend"], of_segmenter["precision"]) == ("openvino", "fp32")
    assert (of_encoder["threads"], of_encoder["backend"]) == (1, "openvino")


async def test_the_plain_service_has_as_many_photos_at_work_as_are_asked_about() -> None:
    together = threading.Barrier(2, timeout=20)

    class Meeting:
        """Stages that are done with a photo when another one is at work too."""

        def recommend(self, photo: bytes, box: CropBoxPx) -> tuple[str, list[ShardHit]]:
            together.wait()
            return "dress", []

    api = plain_service(cast("BareStages", Meeting()))
    crop = {"crop": {"x": 0, "y": 0, "width": 1, "height": 1}}
    parts: dict[str, Any] = {"files": {"image": b""}, "data": {"params": json.dumps(crop)}}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(api), base_url="http://plain"
    ) as client:
        replies = await asyncio.gather(*(client.post("/v1/recommend", **parts) for _ in range(2)))
    assert [reply.json()["category"] for reply in replies] == ["dress", "dress"]
