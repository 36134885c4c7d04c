"""Write docs/openapi.json anew: python -m tests.functional.openapi_document"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.recommender import Recommender
from tests.fakes import FakeEncoder, FakeSegmenter, manifest

OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"


def document() -> dict[str, Any]:
    """The document of the application as it is."""
    recommender = Recommender(FakeSegmenter(), FakeEncoder(), [], manifest())
    return build_api(HttpApi(recommender, ImageFolder(Path()), GatewayArgs())).openapi()


if __name__ == "__main__":
    OPENAPI.write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")
