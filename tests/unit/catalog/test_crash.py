"""A crash at any point leaves a store that opens, with nothing lost that was acknowledged."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

from sqlalchemy.exc import DBAPIError

from catalog.records import ChangeKind, FeatureRow
from catalog.store import CatalogStore, open_store
from lookalike.contract.errors import UnavailableError
from tests.postgres import PostgresCluster
from tests.unit.catalog.making import MODEL, PICTURE, product, unit_features

ROUNDS: Final = 15
OPENING: Final = -1
PRODUCTS: Final = 8

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["catalog.store", "tests.unit.catalog.making"])


@dataclass(frozen=True, slots=True)
class State:
    """What a store holds, and all that its change log tells of how it came about.

    `prices` and `with_features` by product id; `logged` counts the entries of each kind by id.
    """

    prices: dict[str, int] = field(default_factory=dict)
    with_features: frozenset[str] = frozenset()
    logged: Counter[tuple[str, ChangeKind]] = field(default_factory=Counter)


class Writes:
    """A round's endless sequence of changes; its number and the change's decide all of each."""

    def __init__(self, round_number: int) -> None:
        self._round = round_number

    def _drawn(self, step: int) -> tuple[str, list[str], int]:
        rng = random.Random(f"{self._round} {step}")
        ids = rng.sample([f"p{i}" for i in range(PRODUCTS)], rng.randint(1, 4))
        return rng.choice(["put", "put", "features", "delete"]), ids, rng.randint(1, 9999)

    def apply(self, step: int, store: CatalogStore) -> None:
        """Make one change; it is acknowledged when this returns."""
        kind, ids, price = self._drawn(step)
        if kind == "put":
            store.put_products([product(i, price_minor=price) for i in ids])
        elif kind == "features":
            store.put_features(MODEL, [FeatureRow(i, PICTURE, unit_features(1)) for i in ids])
        else:
            store.delete_product(ids[0])

    def predict(self, step: int, before: State) -> State:
        """What the change makes of a state."""
        kind, ids, price = self._drawn(step)
        prices, with_features = dict(before.prices), set(before.with_features)
        if kind == "put":
            changed = [i for i in ids if prices.get(i) != price]
            prices |= dict.fromkeys(ids, price)
        elif kind == "features":
            changed = [i for i in ids if i in prices]
            with_features |= set(changed)
        else:
            changed = [i for i in ids[:1] if i in prices]
            prices = {i: kept for i, kept in prices.items() if i != ids[0]}
            with_features -= {ids[0]}
        logged = before.logged + Counter((i, ChangeKind(kind)) for i in changed)
        return State(prices, frozenset(with_features), logged)


def _write(url: str, round_number: int, acknowledge: Connection) -> None:
    acknowledge.send(OPENING)
    writes, step = Writes(round_number), 0
    try:
        with open_store(url) as store:
            while True:
                writes.apply(step, store)
                acknowledge.send(step)
                step += 1
    except (DBAPIError, UnavailableError):
        return  # the server was killed; what was acknowledged is what counts


def _acknowledged(answers: Connection) -> Iterator[int]:
    try:
        while True:
            yield answers.recv()
    except EOFError:
        return


def _write_until_a_crash(
    url: str, round_number: int, rng: random.Random, cluster: PostgresCluster | None
) -> int:
    """Kill a writer, or the `cluster` under it, somewhere; the last step acknowledged before."""
    answers, theirs = _processes.Pipe(duplex=False)
    writer = _processes.Process(target=_write, args=(url, round_number, theirs))
    writer.start()
    theirs.close()
    seen = _acknowledged(answers)
    wanted, last = rng.choice([OPENING, rng.randint(0, 40)]), next(seen)
    while last < wanted:
        last = next(seen)
    writer.join(rng.uniform(0, 0.01))  # so that the crash falls anywhere within a change
    if cluster is None:
        writer.kill()
    else:
        cluster.kill()
    for step in seen:
        last = step
    writer.join()
    answers.close()
    return last


def _state(store: CatalogStore) -> State:
    ids = store.existing_ids(f"p{i}" for i in range(PRODUCTS))
    found = [store.get_product(i) for i in ids]
    return State(
        {held.id: held.price_minor for held in found if held is not None},
        frozenset(i for i in ids if store.get_features(i, MODEL) is not None),
        Counter((c.product_id, c.kind) for c in store.changes_since(0, limit=1_000_000)),
    )


def test_a_writer_killed_at_any_point_loses_nothing_that_it_acknowledged(store_url: str) -> None:
    rng, known = random.Random(7), State()
    for round_number in range(ROUNDS):
        last = _write_until_a_crash(store_url, round_number, rng, None)
        known = _check_after_crash(store_url, Writes(round_number), last, known)


def test_a_database_server_killed_at_any_point_loses_nothing_either(
    postgres: PostgresCluster,
) -> None:
    rng, known = random.Random(8), State()
    with postgres.database() as url:
        for round_number in range(ROUNDS // 3):
            last = _write_until_a_crash(url, round_number, rng, postgres)
            postgres.start()
            known = _check_after_crash(url, Writes(round_number), last, known)


def _check_after_crash(url: str, writes: Writes, last: int, before: State) -> State:
    """The state found, which is that of the last change acknowledged or of the one under way."""
    expected = before
    for step in range(last + 1):
        expected = writes.predict(step, expected)
    with open_store(url) as store:
        found = _state(store)
    assert found in (expected, writes.predict(last + 1, expected))
    return found
