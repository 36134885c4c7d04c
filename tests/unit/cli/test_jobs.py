"""Ids of a folder's photos, and the file of their results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from cli.jobs.photos import Asking, photos_in
from cli.jobs.results import ResultsFile
from lookalike.contract.errors import BadImageError, BadRequestError
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import MAX_PHOTO_BYTES, ErrorBody, RecommendParams

LOOK = Path("look.jpg")
LOOKALIKE = Path(sys.executable).with_name("lookalike")


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
    too_dark = ErrorBody(code="bad_image", message="too dark", request_id="r")
    with ResultsFile(tmp_path / "results.jsonl") as results:
        results.add(LOOK, JobReply(id=answered, status="done"))
        results.add(LOOK, JobReply(id=failed, status="failed", error=too_dark))
    with ResultsFile(tmp_path / "results.jsonl") as results:
        assert results.has_answered(LOOK, answered)
        assert results.has_answered(LOOK, again.job_id(b"answered"))
        assert not results.has_answered(Path("other.jpg"), answered)
        assert results.failure(LOOK, failed) == "too dark"
        assert results.failure(LOOK, again.job_id(b"failed")) is None


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


def test_a_name_that_is_not_utf_8_is_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    korean = Path(os.fsdecode("옷.jpg".encode("cp949")))
    with ResultsFile(tmp_path / "results.jsonl") as results:
        results.add(korean, JobReply(id="look", status="done"))
        results.add(Path("옷.jpg"), JobReply(id="look", status="done"))
    written = (tmp_path / "results.jsonl").read_bytes().splitlines()
    assert "옷.jpg".encode() in written[1]
    assert [Path(json.loads(line)["photo"]) for line in written] == [korean, Path("옷.jpg")]
    with ResultsFile(tmp_path / "results.jsonl") as results:
        assert results.has_answered(korean, "look")


def test_what_fails_at_every_run_in_the_same_way_has_one_line(tmp_path: Path) -> None:
    for reason in ("it is empty", "it is empty", "it can't be read"):
        with ResultsFile(tmp_path / "results.jsonl") as results:
            results.add_failure(LOOK, BadImageError(reason))
            results.add_failure(LOOK, BadImageError(reason))
    told = (tmp_path / "results.jsonl").read_text().splitlines()
    reasons = [json.loads(line)["error"]["message"] for line in told]
    assert reasons == ["it is empty", "it can't be read"]


def submitted(folder: Path, *arguments: str, max_file_bytes: str = "unlimited") -> tuple[int, str]:
    """Exit code and stderr of `lookalike jobs submit` where no server has to be asked."""
    limited = f'ulimit -f {max_file_bytes} && exec "$0" jobs submit "$@"'
    ended = subprocess.run(
        ["sh", "-c", limited, str(LOOKALIKE), "--url", "nats://127.0.0.1:1", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
    )
    return ended.returncode, " ".join(ended.stderr.split())


@pytest.fixture
def too_large(tmp_path: Path) -> Path:
    """A folder with a file above the limit, whose name is not UTF-8."""
    photo = tmp_path / "photos" / os.fsdecode("옷.jpg".encode("cp949"))
    photo.parent.mkdir()
    photo.touch()
    os.truncate(photo, MAX_PHOTO_BYTES + 1)
    return tmp_path


def test_what_is_not_handed_in_is_told_with_its_reason(too_large: Path) -> None:
    code, told = submitted(too_large, "photos")
    assert code == 3
    assert "0 photos handed in. 1 photo has failed: photos/" in told
    assert "it has more than 15,000,000 bytes" in told
    (too_large / "photos" / "b.jpg").hardlink_to(next((too_large / "photos").iterdir()))
    code, told = submitted(too_large, "photos")
    assert code == 3
    assert "2 photos have failed, as results.jsonl says; the first: photos/" in told
    assert len((too_large / "results.jsonl").read_text().splitlines()) == 2
    assert "0 of 2 photos are answered" in submitted(too_large, "photos", "--follow")[1]
    (too_large / "photos" / "b.jpg").unlink()
    assert "0 of 1 photo is answered" in submitted(too_large, "photos", "--follow")[1]


def test_a_disk_without_room_for_results_is_told_in_a_sentence(too_large: Path) -> None:
    code, told = submitted(too_large, "photos", max_file_bytes="0")
    assert code == 1
    assert told.endswith("results.jsonl: File too large")
    assert "Traceback" not in told
