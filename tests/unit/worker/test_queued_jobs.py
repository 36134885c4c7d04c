"""Jobs as messages of the queue."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.contract.schemas import Crop, RecommendParams
from worker.jobs.queue import Job
from worker.jobs.streams import QUEUE_PREFIX, stream_configs

PARAMS = RecommendParams(k=3, brands=["Bolt & Söhne"], crop=Crop(x=1, y=2, width=30, height=40))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def sent_and_read(job: Job) -> Job:
    payload, headers = job.to_message()
    assert not any("\n" in value or "\r" in value for value in headers.values())
    return Job.from_message(f"{QUEUE_PREFIX}.{job.id}", payload, headers)


@given(NAMES)
def test_what_names_an_object_comes_back_whatever_is_in_the_name(name: str) -> None:
    job = Job("shelf.3", PARAMS, object_name=name, batch_size=4)
    assert sent_and_read(job) == job


@given(st.lists(NAMES, min_size=1, max_size=20))
def test_a_batch_comes_back_with_all_its_names(names: list[str]) -> None:
    batch = Job("shelf", PARAMS, batch=tuple(names))
    assert sent_and_read(batch) == batch
    assert [batch.part(n).object_name for n in range(len(names))] == names


def test_a_crop_comes_back_whatever_its_numbers_are() -> None:
    crop = Crop(x=math.inf, y=-math.inf, width=1, height=0.1)
    job = Job("look", RecommendParams(crop=crop), b"photo")
    assert sent_and_read(job) == job


@given(st.binary(max_size=100))
def test_a_photo_comes_back_byte_by_byte(photo: bytes) -> None:
    assert sent_and_read(Job("look", PARAMS, photo)) == Job("look", PARAMS, photo)


@pytest.mark.parametrize(
    ("job_id", "payload", "headers"),
    [
        ("a.b.c", b"", {}),
        ("a.12345", b"", {}),
        ("look", b"", {"Lookalike-Params": "{"}),
        ("look", b"", {"Lookalike-Batch-Size": "many"}),
        ("look", b"{", {"Lookalike-Form": "batch"}),
    ],
)
def test_what_is_no_job_of_ours_is_told_apart(
    job_id: str, payload: bytes, headers: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        Job.from_message(f"{QUEUE_PREFIX}.{job_id}", payload, headers)


def test_a_photo_of_a_batch_knows_its_batch() -> None:
    batch = Job("shelf", PARAMS, batch=("a", "b"))
    assert (batch.batch_id, batch.part(1).id, batch.part(1).batch_id) == (None, "shelf.1", "shelf")
    assert batch.part(1).batch_size == 2


def test_all_that_is_kept_fits_into_the_servers_store_beside_large_photos() -> None:
    kept = sum(config.max_bytes or 0 for config in stream_configs(10.0))
    assert kept + (1 << 30) <= 8 << 30
    assert all((config.max_bytes or 0) > 0 for config in stream_configs(10.0))
