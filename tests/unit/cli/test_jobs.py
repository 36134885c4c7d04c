"""Ids of a folder's photos, and the file of their results."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cli.jobs.photos import Asking, photos_in
from cli.jobs.results import ResultsFile
from lookalike.contract.errors import BadRequestError
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import RecommendParams

LOOK = Path("look.jpg")


def test_an_id_is_that_of_photo_parameters_and_run() -> None:
    plain = Asking(RecommendParams())
    assert plain.job_id(b"photo") == Asking(RecommendParams(k=10)).job_id(b"photo")
    others = {
        plain.job_id(b"other"),
        Asking(RecommendParams(k=11)).job_id(b"photo"),
        Asking(RecommendParams(max_price=Decimal(40))).job_id(b"photo"),
        Asking(RecommendParams(), run="2").job_id(b"photo"),
    }
    assert len(others | {plain.job_id(b"photo")}) == 5


@pytest.mark.parametrize("run", ["a b", "é", "x" * 16, "a.b"])
def test_a_run_has_a_name_that_fits_into_an_id(run: str) -> None:
    with pytest.raises(BadRequestError, match="--run"):
        Asking(RecommendParams(), run)


def test_a_folders_pictures_are_found_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.JPG", "a.png", "b/c.webp", "notes.txt"):
        (tmp_path / name).touch()
    found = photos_in([tmp_path, tmp_path / "a.png", tmp_path / "notes.txt"])
    assert [str(p.relative_to(tmp_path)) for p in found] == [
        "a.png",
        "b/c.webp",
        "z.JPG",
        "notes.txt",
    ]
    with pytest.raises(FileNotFoundError):
        photos_in([tmp_path / "nowhere"])


def test_results_remember_what_is_answered_in_any_run_and_failed_in_this(tmp_path: Path) -> None:
    first, again = Asking(RecommendParams()), Asking(RecommendParams(), run="2")
    answered, failed = first.job_id(b"answered"), first.job_id(b"failed")
    with ResultsFile(tmp_path / "results.jsonl") as results:
        results.add(LOOK, JobReply(id=answered, status="done"))
        results.add(LOOK, JobReply(id=failed, status="failed"))
    with ResultsFile(tmp_path / "results.jsonl") as results:
        assert results.has_answered(LOOK, answered)
        assert results.has_answered(LOOK, again.job_id(b"answered"))
        assert not results.has_answered(Path("other.jpg"), answered)
        assert results.has_failed(LOOK, failed)
        assert not results.has_failed(LOOK, again.job_id(b"failed"))


@pytest.mark.parametrize(
    "torn", [b"{", b'{"photo": "look.jpg", "status": "done", "id": "x"}', b'{"photo": "\xc3']
)
def test_a_line_without_its_end_is_dropped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "results.jsonl"
    with ResultsFile(path) as results:
        results.add(LOOK, JobReply(id="look", status="done"))
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with ResultsFile(path) as results:
        assert path.read_bytes() == whole
        assert not results.has_answered(LOOK, "x")


@pytest.mark.parametrize("other", ["milk\neggs\nno end", "no line at all", '{"id": 3}\n'])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, other: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(other)
    with pytest.raises(ValueError, match="something else"), ResultsFile(path):
        pass
    assert path.read_text() == other
