"""One step's gradient from several threads, a part of the batch each.

On a CPU that others use as well, a convolution split over threads waits for its slowest thread
hundreds of times a step; parts of a batch wait once. Measured beside other work on two cores:
one step of 64 pictures at 112 px took 15 s with two threads in every operation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from lookalike.training.student import Student

Part = TypeVar("Part")
Terms = dict[str, torch.Tensor]


class Replicas:
    """A student and its copies, one a worker thread; only the student itself is ever updated."""

    def __init__(self, student: Student, workers: int) -> None:
        self._all = [student] + [copy.deepcopy(student) for _ in range(workers - 1)]
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def __len__(self) -> int:
        return len(self._all)

    def backward(
        self,
        losses: Callable[[Student, Part], tuple[Terms, torch.Tensor]],
        parts: Sequence[Part],
        shares: Sequence[float],
    ) -> list[Terms]:
        """Leaves in the student's gradients the mean over parts, weighted by `shares` (sum 1).

        Normalisation statistics become the mean of the parts' as well. The result is the same
        from run to run: parts are added up in order.
        """
        used = self._all[: len(parts)]
        self._follow(used)

        def work(at: int) -> Terms:
            terms, loss = losses(used[at], parts[at])
            (loss * shares[at]).backward()  # type: ignore[no-untyped-call]
            return {name: term.detach() for name, term in terms.items()}

        if self._pool is None or len(parts) == 1:
            found = [work(at) for at in range(len(parts))]
        else:
            found = list(self._pool.map(work, range(len(parts))))
        self._gather(used)
        return found

    @torch.no_grad()
    def _follow(self, used: Sequence[Student]) -> None:
        for replica in used:
            replica.train()
            for parameter in replica.parameters():
                parameter.grad = None
        for replica in used[1:]:
            for mine, leading in zip(_tensors(replica), _tensors(used[0]), strict=True):
                mine.copy_(leading)

    @torch.no_grad()
    def _gather(self, used: Sequence[Student]) -> None:
        for replica in used[1:]:
            for mine, leading in zip(replica.parameters(), used[0].parameters(), strict=True):
                if mine.grad is not None and leading.grad is not None:
                    leading.grad.add_(mine.grad)
        for buffers in zip(*(replica.buffers() for replica in used), strict=True):
            if buffers[0].is_floating_point() and len(buffers) > 1:
                buffers[0].copy_(torch.stack(list(buffers)).mean(dim=0))


def _tensors(student: Student) -> list[torch.Tensor]:
    return [*student.parameters(), *student.buffers()]
