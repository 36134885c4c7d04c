"""What a trained model is, and what its similarities mean: the JSON beside its weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.search import FEATURE_DIM

Probability = Annotated[float, Field(ge=0.0, le=1.0)]

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MatchCurve(BaseModel):
    """P(match) = sigmoid(slope x (cosine - midpoint)): Platt scaling, one curve.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """

    model_config = _FROZEN

    slope: float = Field(gt=0.0)
    midpoint: float = Field(ge=-1.0, le=1.0)

    def probability(self, similarity: float) -> float:
        """Probability that two garments of this cosine similarity are one look."""
        return 0.5 + 0.5 * math.tanh(0.5 * self.slope * (similarity - self.midpoint))


class MatchCalibration(BaseModel):
    """The curve of each category that had enough labelled pairs, and one for the others."""

    model_config = _FROZEN

    default: MatchCurve
    by_category: dict[Category, MatchCurve] = Field(default_factory=dict)


class VerdictThresholds(BaseModel):
    """The match probability from which the best hit is called `same` or `similar`."""

    model_config = _FROZEN

    same: Probability
    similar: Probability

    @model_validator(mode="after")
    def _same_is_harder(self) -> VerdictThresholds:
        if self.same < self.similar:
            raise ValueError("the threshold of `same` is below that of `similar`")
        return self


class ModelManifest(BaseModel):
    """One trained model; `sha256` is its safetensors file's."""

    model_config = _FROZEN

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    filename: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    classes: tuple[str, ...]
    feature_dim: int
    preprocessing: str = Field(description="PREPROCESSING_VERSION that the model expects")
    input_px: int = Field(
        default=224, ge=32, le=512, description="side that the network sees cutouts at"
    )
    segmenter: str = Field(description="rembg model that cut its training pictures out")
    second_look: bool = Field(
        default=False, description="whether the category is read from the crop as it was, too"
    )
    temperature: float = Field(gt=0.0, description="logits are divided by it before softmax")
    match: MatchCalibration
    verdict: VerdictThresholds
    provisional: bool = Field(description="calibration and thresholds are guesses so far")
    metrics: dict[str, float] = Field(default_factory=dict)
    notes: str = ""

    @field_validator("classes")
    @classmethod
    def _classes_are_the_taxonomy(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if classes != tuple(str(category) for category in CATEGORIES):
            raise ValueError("the classes are not the taxonomy's categories in its order")
        return classes

    @field_validator("feature_dim")
    @classmethod
    def _features_fit_the_index(cls, feature_dim: int) -> int:
        if feature_dim != FEATURE_DIM:
            raise ValueError(f"the index holds features of {FEATURE_DIM}, not {feature_dim}")
        return feature_dim

    def match_probability(self, similarity: float, category: Category) -> float:
        """Calibrated probability 0..1 that a hit of this cosine similarity is the same look."""
        return self.match.by_category.get(category, self.match.default).probability(similarity)


def load_manifest(path: Path) -> ModelManifest:
    """The manifest in a JSON file.

    Raises:
        OSError: the file can't be read.
        pydantic.ValidationError: it is no manifest, or of other classes than the taxonomy's.
    """
    return ModelManifest.model_validate_json(path.read_bytes())
