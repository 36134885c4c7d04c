"""The service that one would write first: FastAPI and uvicorn, one process, all models in it.

    python -m benchmarks.plain_service --data data --port 9000

For comparison with the real one, fairly: the same models, opened by the same settings, the same
decoding and index, loaded once; no queue, deadline, batching, checks or cache. An endpoint that
computes is a plain `def`, which FastAPI runs on its threads. `--one-photo-at-a-time` opens
background removal as one session on all cores, which is what one has without looking further: the
service cuts out as many photos side by side as there are cores. `--libraries-as-they-come` has
it run in one session of ONNX Runtime, as who installs rembg gets it, and ResNet34 in torch, instead
of in what this project puts there.
"""

from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form, UploadFile

from benchmarks.bare_stages import BareStages
from benchmarks.demo_service import as_the_service_runs, demo_config
from catalog.index.threads import set_search_threads
from deployments.parent import end_with_parent
from deployments.settings import ServiceArgs
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.segment import RembgSegmenter


def plain_service(stages: BareStages) -> FastAPI:
    """The application over loaded stages."""
    api = FastAPI()

    @api.post("/v1/recommend")
    def recommend(image: UploadFile, params: Annotated[str, Form()]) -> dict[str, Any]:
        crop = json.loads(params)["crop"]
        box = CropBoxPx(crop["x"], crop["y"], crop["width"], crop["height"])
        category, hits = stages.recommend(image.file.read(), box)
        return {
            "category": category,
            "hits": [
                {"id": hit.product.id, "title": hit.product.title, "similarity": hit.similarity}
                for hit in hits
            ],
        }

    @api.get("/readyz")
    def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return api


def one_at_a_time(args: ServiceArgs) -> BareStages:
    """The same stages, with background removal in one session on all cores."""
    settings = args.segmenter
    return BareStages(
        args,
        RembgSegmenter(
            settings.model,
            threads=settings.threads,
            backend=settings.backend,
            precision=settings.precision,
        ),
    )


def with_usual_libraries(args: ServiceArgs) -> BareStages:
    """The same stages in rembg's usual session and in torch."""
    torch = args.encoder.model_copy(update={"backend": "torch"})
    usual = RembgSegmenter(
        args.segmenter.model, threads=args.segmenter.threads, backend="onnxruntime"
    )
    return BareStages(args.model_copy(update={"encoder": torch}), usual)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--port", type=int, required=True)
    stages_are = parser.add_mutually_exclusive_group()
    stages_are.add_argument("--one-photo-at-a-time", action="store_true")
    stages_are.add_argument("--libraries-as-they-come", action="store_true")
    arguments = parser.parse_args()
    end_with_parent(signal.SIGTERM)  # a benchmark that is killed leaves nothing at work
    as_the_service_runs()
    args = ServiceArgs(**demo_config(arguments.data)["applications"][0]["args"])
    set_search_threads(args.catalog.threads)
    if arguments.libraries_as_they_come:
        stages = with_usual_libraries(args)
    elif arguments.one_photo_at_a_time:
        stages = one_at_a_time(args)
    else:
        stages = BareStages(args)
    api = plain_service(stages)
    uvicorn.run(api, host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
