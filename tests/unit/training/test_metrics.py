import numpy as np
import numpy.typing as npt
import pytest

from lookalike.training.figures import classification_figures, retrieval_figures
from lookalike.training.metrics import (
    balanced_accuracy,
    bootstrap_interval,
    calibration_error,
    calibration_interval,
    first_right_ranks,
    hits_within,
    mean_interval,
    negative_log_likelihoods,
)

SHARES = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.4, 0.5, 0.1]], np.float32)
LABELS = np.array([0, 1, 2, 0], np.int64)


def test_hits_count_the_likeliest_classes() -> None:
    assert hits_within(SHARES, LABELS, 1).tolist() == [1, 0, 1, 0]
    assert hits_within(SHARES, LABELS, 2).tolist() == [1, 1, 1, 1]


def test_balanced_accuracy_is_the_mean_over_classes() -> None:
    assert balanced_accuracy(hits_within(SHARES, LABELS, 1), LABELS) == pytest.approx(0.5)


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.5])
    right = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    assert calibration_error(confidence, right) == pytest.approx((4 * 0.2 + 0.5) / 5)


def test_ranks_count_from_one_and_leave_the_query_itself_out() -> None:
    gallery = np.eye(3, dtype=np.float32)
    queries = np.array([[0.9, 0.3, 0.1], [1.0, 0.2, 0.0]], np.float32)
    names = np.array(["a", "b", "a"])
    asked = np.array(["b", "a"])
    assert first_right_ranks(queries, gallery, asked, names).tolist() == [2, 1]
    own = (np.array(["else", "0.jpg"]), np.array(["0.jpg", "1.jpg", "2.jpg"]))
    assert first_right_ranks(queries, gallery, asked, names, own).tolist() == [2, 2]


def test_ranks_are_those_of_a_sort_with_ties_by_gallery_order() -> None:
    rng = np.random.default_rng(3)
    gallery = rng.integers(-1, 2, (40, 3)).astype(np.float32)  # many rows are equal
    queries = rng.integers(-1, 2, (600, 3)).astype(np.float32)
    names, asked = rng.integers(0, 8, 40).astype(str), rng.integers(0, 9, 600).astype(str)
    order = np.argsort(-(queries @ gallery.T), axis=1, kind="stable")
    right = names[order] == asked[:, None]
    expected = np.where(right.any(axis=1), right.argmax(axis=1) + 1.0, np.inf)
    assert first_right_ranks(queries, gallery, asked, names).tolist() == expected.tolist()


def test_a_name_that_is_not_there_is_never_found() -> None:
    gallery = np.eye(2, dtype=np.float32)
    ranks = first_right_ranks(gallery, gallery, np.array(["x", "b"]), np.array(["a", "b"]))
    assert ranks.tolist() == [np.inf, 1]
    figures = {f.case: f.value for f in retrieval_figures(ranks, ranks)}
    assert figures["recall@1"] == 0.5
    assert figures["style_mrr"] == 0.5


def test_the_interval_holds_the_figure_and_narrows_with_more_rows() -> None:
    few, many = np.array([0.0, 1.0] * 10), np.array([0.0, 1.0] * 500)
    low, high = bootstrap_interval(len(few), lambda i: float(few[i].mean()))
    narrow_low, narrow_high = bootstrap_interval(len(many), lambda i: float(many[i].mean()))
    assert low < narrow_low < 0.5 < narrow_high < high


def test_where_all_are_alike_the_interval_is_the_exact_binomial_one() -> None:
    assert mean_interval(np.ones(48)) == pytest.approx((0.9260, 1.0), abs=5e-5)
    assert mean_interval(np.zeros(48)) == pytest.approx((0.0, 0.0740), abs=5e-5)
    assert mean_interval(np.ones(1)) == pytest.approx((0.025, 1.0))
    assert mean_interval(np.full(9, 0.5)) == (0.5, 0.5)


def test_what_is_all_right_is_not_certain() -> None:
    shares = np.eye(13, dtype=np.float32)[[0] * 24 + [4] * 24]
    figures = classification_figures(shares, shares.argmax(axis=1))
    low = {f.case: f.low95 for f in figures}
    assert low["top1"] == low["top2"] == low["balanced"] == pytest.approx(0.9260, abs=5e-5)
    assert low["class/t-shirt"] == low["class/shirt"] == pytest.approx(0.8575, abs=5e-5)
    found, lost = np.ones(48), np.full(48, np.inf)
    named = {f.case: f for f in retrieval_figures(found, lost)}
    for case in ("recall@1", "recall@10", "mrr"):
        assert named[case].low95 == pytest.approx(0.9260, abs=5e-5)
        assert named[f"style_{case}"].high95 == pytest.approx(0.0740, abs=5e-5)


def test_cases_are_named_as_promised() -> None:
    shares = np.eye(13, dtype=np.float32)[[0, 4, 4]]
    figures = classification_figures(shares, np.array([0, 4, 5], np.int64))
    named = {f.case: f for f in figures}
    assert list(named) == [
        "top1", "top2", "balanced", "ece", "nll", "class/t-shirt", "class/shirt", "class/hoodie",
    ]  # fmt: skip
    assert named["top1"].value == pytest.approx(2 / 3)
    assert named["class/hoodie"].value == 0.0
    assert named["class/hoodie"].n == 1
    ratio = named["ece"].ratio
    assert ratio == pytest.approx(0.04 / named["ece"].value)


def test_the_likelihood_is_that_of_the_label() -> None:
    shares = np.array([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]], np.float32)
    nats = negative_log_likelihoods(shares, np.array([0, 1, 0], np.int64))
    assert nats == pytest.approx([np.log(2), np.log(1e6), np.log(4)])
    wide = np.zeros((3, 13), np.float32)
    wide[:, :2] = shares
    figure = {f.case: f for f in classification_figures(wide, np.array([0, 1, 0], np.int64))}["nll"]
    assert figure.value == pytest.approx(nats.mean())
    assert (figure.unit, figure.n) == ("nats", 3)
    assert figure.low95 <= figure.value <= figure.high95


def test_a_rare_class_counts_in_every_draw_of_balanced_accuracy() -> None:
    labels = np.array([*range(12)] * 40 + [12], np.int64)
    shares = np.full((len(labels), 13), 0.01, np.float32)
    shares[np.arange(len(labels)), labels] = 0.9
    shares[-1] = shares[0]  # the only row of the last class is taken for another
    figure = {f.case: f for f in classification_figures(shares, labels)}["balanced"]
    assert figure.value == pytest.approx(12 / 13)
    assert figure.low95 == pytest.approx(12 / 13)
    assert figure.high95 == pytest.approx(12 / 13)


def test_strata_keep_their_sizes() -> None:
    strata = np.array([0] * 30 + [1] * 2, np.int64)
    counts: set[tuple[int, ...]] = set()

    def figure(rows: npt.NDArray[np.int64]) -> float:
        counts.add(tuple(np.bincount(strata[rows])))
        return float(rows.mean())

    bootstrap_interval(len(strata), figure, strata=strata)
    assert counts == {(30, 2)}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("overconfident", "least", "most"), [(0.0, 0.0, 0.0), (0.15, 0.02, 0.15)])
def test_the_interval_of_the_calibration_error_holds_the_truth_and_the_value(
    seed: int, overconfident: float, least: float, most: float
) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.4, 1.0, 250)
    right = (rng.random(250) < confidence - overconfident).astype(np.float64)
    low, high = calibration_interval(confidence, right)
    assert low <= calibration_error(confidence, right) <= high
    assert least <= low <= most <= high
    assert high < overconfident + 0.15


def test_the_interval_of_the_calibration_error_ends_at_one() -> None:
    confidence, right = np.full(6, 0.99), np.zeros(6)
    right[0] = 1.0
    low, high = calibration_interval(confidence, right)
    assert low <= calibration_error(confidence, right) <= high == 1.0
