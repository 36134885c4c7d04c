"""The typed arguments of the application's builder, as `serve_config.yaml` gives them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

RequireKeys = Literal["auto", "always", "writes", "never"]

STAGES: Final = "deployments.app:build"
"""Import path of the application that serves HTTP and has the stages."""
STORE_URL: Final = "LOOKALIKE_STORE_URL"
"""Environment variable of the store's address, so that a password in it stands in no file of
yours; `lookalike up` writes the configuration that it runs, for its owner alone."""
KEYS_FILE: Final = "LOOKALIKE_KEYS_FILE"
REQUIRE_KEYS: Final = "LOOKALIKE_REQUIRE_KEYS"
HOSTS: Final = "LOOKALIKE_HOSTS"
_MIN_UPLOADS: Final = 128
_UPLOADS_A_PLACE: Final = 2


def host_names(text: str) -> tuple[str, ...]:
    """The names in a variable's text, between commas or spaces."""
    return tuple(text.replace(",", " ").split())


class _Args(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AccessArgs(_Args):
    """Who may ask, over HTTP and NATS, and how often."""

    bound_to: str = Field(
        default="",
        description="host that the HTTP door listens on; empty: not known, so others may reach it",
    )
    require_keys: RequireKeys = Field(
        default_factory=lambda: os.environ.get(REQUIRE_KEYS) or "auto",
        validate_default=True,
        description="auto: always, but for a door on loopback",
    )
    hosts: tuple[str, ...] = Field(
        default_factory=lambda: host_names(os.environ.get(HOSTS) or ""),
        description="further names by which HTTP may be asked; given, or at a door on loopback "
        "with `auto`, all but these, localhost and addresses are refused",
    )
    keys_file: Path = Field(
        default_factory=lambda: Path(os.environ.get(KEYS_FILE) or "data/keys.json"),
        description="where `lookalike keys` keeps them",
    )
    per_minute: int | None = Field(
        default=None,
        ge=0,
        description="requests of one key, or of one address without a key; 0: any number; none: "
        "600, but any number at a door on loopback that asks for no keys",
    )


class GatewayArgs(_Args):
    """What the HTTP door lets in."""

    max_in_flight: int = Field(
        default=32, ge=1, description="requests at work or waiting; one more is answered 429"
    )
    default_deadline_s: float = Field(default=10.0, gt=0)
    max_deadline_s: float = Field(default=60.0, gt=0)
    public_url: str = Field(
        default="", description="prefix of picture addresses; empty: relative to the service"
    )
    writes: bool = Field(default=True, description="take PUT and DELETE of products at all")
    photo_cache_entries: int = Field(
        default=4096,
        ge=0,
        description="photos whose features a replica remembers, some 3 KB each; 0: none",
    )
    photo_cache_ttl_s: float = Field(
        default=900.0, gt=0, description="how long a replica remembers a photo's features"
    )
    access: AccessArgs = Field(default_factory=AccessArgs)

    @field_validator("public_url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://", "/")):
            raise ValueError(
                "an address with http:// or https://, or a path, goes before pictures'"
            )
        return url.rstrip("/")

    @property
    def max_uploads(self) -> int:
        """Photos that may be on their way in at once, before they take a place.

        Each holds up to 2 MB of memory and 15 MB of disk, 256 MB and 2 GB in all at the worst. Far
        more than places, so that a few that come slowly, or stall, keep nobody out.
        """
        return max(_MIN_UPLOADS, _UPLOADS_A_PLACE * self.max_in_flight)


class SegmenterArgs(_Args):
    """The background removal."""

    model: str = Field(
        default="u2netp",
        description="a rembg session: the one that the encoder's model was trained with",
    )
    threads: int = Field(
        default=2, ge=1, description="all on a photo that is alone, else one on each of as many"
    )
    backend: Literal["auto", "openvino", "onnxruntime"] = Field(
        default="auto", description="what runs the network; auto: what suits the machine"
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        description="of OpenVINO; auto: bf16 where the processor has it, for u2netp",
    )


class EncoderArgs(_Args):
    """ResNet34 and the MLP."""

    weights: str = Field(default="lookalike-resnet34", description="name in the weights registry")
    also: tuple[str, ...] = Field(
        default=(),
        description="weights that encoders and shards hold beside, while a new model is rolled "
        "out: docs/operations.md; each costs its memory again",
    )
    threads: int = Field(default=2, ge=1, description="of the processor")
    device: str = Field(default="auto", description="auto, cpu or cuda")
    backend: Literal["auto", "openvino", "torch"] = Field(
        default="auto",
        description="auto: OpenVINO on a processor, torch on a GPU; or openvino, torch",
    )
    max_batch_size: int = Field(default=8, ge=1)
    batch_wait_s: float = Field(default=0.0, ge=0, description="how long a batch waits to fill")

    @property
    def held(self) -> tuple[str, ...]:
        """All weights that a stage holds, each once; the first ones are those to answer with."""
        return tuple(dict.fromkeys((self.weights, *self.also)))


class CatalogArgs(_Args):
    """The catalogue that the shards serve."""

    store_url: str = Field(
        default_factory=lambda: os.environ.get(STORE_URL) or "sqlite:///data/catalog.sqlite",
        description="SQLAlchemy URL; one with a password belongs into the environment",
    )
    images_dir: Path = Path("data/images")
    shards: int = Field(default=1, ge=1, le=1024)
    threads: int = Field(default=2, ge=1, description="threads of a search in one shard")


class ServiceArgs(_Args):
    """All arguments of `deployments.app:build`."""

    gateway: GatewayArgs = Field(default_factory=GatewayArgs)
    segmenter: SegmenterArgs = SegmenterArgs()
    encoder: EncoderArgs = EncoderArgs()
    catalog: CatalogArgs = CatalogArgs()
