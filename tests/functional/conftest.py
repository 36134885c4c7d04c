"""Fixtures of the functional tests."""
from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from catalog.images import ImageFolder
from deployments.api import HttpApi, build_api
from deployments.settings import GatewayArgs
from lookalike.contract.schemas import RecommendParams
from lookalike.ports import Encoded
from lookalike.recommender import Recommender
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest
from tests.functional import openapi_document
from tests.functional.openapi_document import OPENAPI
from tests.functional.http_door import client_over


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_over(FakeSegmenter(), tmp_path) as client:
        yield client


async def recommend(
