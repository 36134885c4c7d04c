"""What kills of the service's parts did to those who asked at the time, and the table of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was sent, when it was told what."""

    door: str
    sent_s: float
    told_s: float
    outcome: str


@dataclass(slots=True)
class Outcome:
    """What kills of one part did to those who asked at the time."""

    part: str
    ready_again_s: list[float]
    right: int
    wrong: int
    errors: Counter[str]
    slowest_s: float

    def __add__(self, other: Outcome) -> Outcome:
        """Of this part's kills and the other ones, which are of the same part."""
        return Outcome(
            self.part,
            self.ready_again_s + other.ready_again_s,
            self.right + other.right,
            self.wrong + other.wrong,
            self.errors + other.errors,
            max(self.slowest_s, other.slowest_s),
        )

    def row(self) -> str:
        """A line of the table."""
        told = ", ".join(f"{count} x {code}" for code, count in self.errors.most_common())
        return (
            f"| {self.part} | {self._again()} | {self.right} | {self.wrong} "
            f"| {told or 'none'} | {self.slowest_s:.1f} s |"
        )

    def _again(self) -> str:
        took = sorted(self.ready_again_s)
        if len(took) == 1:
            return f"{took[0]:.1f} s"
        return f"{median(took):.1f} s ({took[0]:.1f}-{took[-1]:.1f})"


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill: of what, when, and after how many seconds both doors answered rightly again."""

    part: str
    at_s: float
    again_s: float


def outcomes_of(kills: Sequence[Killed], log: Sequence[Asked]) -> list[Outcome]:
    """What the kills did, by part: each request counts for the last kill before it was told."""
    outcomes: dict[str, Outcome] = {}
    for kill, until_s in zip(kills, [*(kill.at_s for kill in kills[1:]), math.inf], strict=True):
        told = [asked for asked in log if kill.at_s <= asked.told_s < until_s]
        counts = Counter(asked.outcome for asked in told)
        outcome = Outcome(
            kill.part,
            [kill.again_s],
            counts.pop("right", 0),
            counts.pop("wrong", 0),
            counts,
            max(asked.told_s - asked.sent_s for asked in told),
        )
        before = outcomes.get(kill.part)
        outcomes[kill.part] = outcome if before is None else before + outcome
    return list(outcomes.values())


def write_table(document: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table anew that stands between two marks in a document."""
    head = [
        "| killed with -9 | right again on both doors | right | wrong | told an error | slowest |",
        "|---|---|---|---|---|---|",
    ]
    table = "\n".join([*head, *(outcome.row() for outcome in outcomes)])
    before, _, rest = document.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    document.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}")
