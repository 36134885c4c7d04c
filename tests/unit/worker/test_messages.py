"""Messages in JSON: what may be left out of them, and how long their parameters are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from lookalike.client.nats_messages import params_header
from lookalike.contract import subjects
from lookalike.contract.errors import BadRequestError
from lookalike.contract.schemas import (
    MAX_PARAMS_BYTES,
    ClassifyParams,
    RecommendParams,
    SearchParams,
    Wire,
)
from worker.endpoints import ENDPOINTS
from worker.messages import Message, PhotoMessage, ProductMessage


def brands(params_bytes: int) -> str:
    """Parameters in Korean, as our clients write them: so many bytes."""
    begin, end = '{"brands":["', '"]}'
    names = ["옷" * 100 + f"{number:03}" for number in range(1_000)]
    text = begin
    for name in names:
        if len((text + name + '","' + end).encode()) > params_bytes:
            break
        text += name + '","'
    last = "a" * (params_bytes - len((text + end).encode()))
    return text + last + end


@pytest.mark.parametrize("in_payload", [True, False])
def test_parameters_are_as_long_in_a_payload_as_in_the_header(in_payload: bool) -> None:
    def read(params: str) -> RecommendParams:
        if in_payload:
            payload = f'{{"image": "/9g=", "params": {params}}}'.encode()
            return Message(payload, {}).photo(RecommendParams)[1]
        return Message(b"\xff\xd8", {subjects.PARAMS_HEADER: params}).photo(RecommendParams)[1]

    longest = brands(MAX_PARAMS_BYTES)
    assert len(longest.encode()) == MAX_PARAMS_BYTES
    assert read(longest) == RecommendParams.model_validate_json(longest)
    with pytest.raises(BadRequestError, match="params: at most"):
        read(brands(MAX_PARAMS_BYTES + 1))


REQUIRED = {
    "recommend": {"image"},
    "classify": {"image"},
    "crops": {"image"},
    "products-get": {"id"},
    "products-similar": {"id"},
    "products-put": {"id", "params"},
    "products-delete": {"id"},
}


def test_schemas_require_what_the_service_requires() -> None:
    published = {spec.name: json.loads(spec.metadata()["request_schema"]) for spec in ENDPOINTS}
    assert {name: set(published[name]["required"]) for name in REQUIRED} == REQUIRED


@pytest.mark.parametrize(
    ("params_type", "published"),
    [
        (RecommendParams, PhotoMessage[RecommendParams]),
        (ClassifyParams, PhotoMessage[ClassifyParams]),
        (Wire, PhotoMessage[Wire]),
    ],
)
def test_a_photo_comes_without_parameters(
    params_type: type[Wire], published: type[PhotoMessage[Any]]
) -> None:
    assert Message(b'{"image": "/9g="}', {}).photo(params_type) == (b"\xff\xd8", params_type())
    assert published.model_validate({"image": "/9g="}).params == params_type()


def test_a_product_comes_without_parameters() -> None:
    assert Message(b'{"id": "p-03"}', {}).product(SearchParams) == ("p-03", SearchParams())
    assert ProductMessage[SearchParams].model_validate({"id": "p-03"}).params == SearchParams()


def test_half_a_character_in_a_payload_is_a_bad_request() -> None:
    half = b'{"image": "/9g=", "params": {"brands": ["\\ud800"]}}'
    with pytest.raises(BadRequestError):
        Message(half, {}).photo(RecommendParams)


def test_what_nats_py_makes_of_other_bytes_is_refused_unless_our_client_means_it() -> None:
    meant = RecommendParams(brands=["Caf\ufffd"])
    read = Message(b"\xff\xd8", params_header(meant)).photo(RecommendParams)[1]
    assert read == meant
    garbled = {subjects.PARAMS_HEADER: '{"brands":["Caf\ufffd"]}'}
    with pytest.raises(BadRequestError, match="params: must be UTF-8"):
        Message(b"\xff\xd8", garbled).photo(RecommendParams)


def test_more_mistakes_than_can_be_named_are_counted() -> None:
    many = json.dumps({"image": "", **{f"field-{number}": 1 for number in range(1_001)}})
    with pytest.raises(BadRequestError, match="payload: 1,001 mistakes are too many to name"):
        Message(many.encode(), {}).photo(RecommendParams)


def test_more_categories_than_there_are_are_one_mistake() -> None:
    params = json.dumps({"categories": [1] * 80_000})
    with pytest.raises(ValidationError) as refused:
        RecommendParams.model_validate_json(params)
    assert refused.value.error_count() < 20
