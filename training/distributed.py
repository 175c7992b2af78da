"""A run of several processes that train as one: ``torchrun --nproc_per_node=4 -m pgcodesearch.training.train CONFIG``.

Every process has all pairs and makes the same batches of them; it embeds its part of each batch, sees the vectors of
all, and computes the same loss. So a code of one process is a negative for the queries of another, and four processes
of 64 rows give the gradients of one with 256. PyTorch's DistributedDataParallel would do less: it averages losses that
were computed apart, and sends gradients after each backward pass, of which the gradient cache has several a batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed

from pgcodesearch.errors import TrainingError

Row = TypeVar("Row")

# While one process validates, mines or writes, the others wait; of a large corpus that takes hours.
PATIENCE = timedelta(hours=12)


@dataclass(frozen=True)
class Processes:
    """This process among ``count``; rank 0 is the one that writes files and reports."""

    rank: int = 0
    count: int = 1

    @property
    def main(self) -> bool:
        """Is this the process that writes?"""
        return self.rank == 0

    def own(self, rows: Sequence[Row]) -> Sequence[Row]:
        """This process's part of a batch, as large as every other's; raises TrainingError where there is none."""
        if len(rows) % self.count:
            raise TrainingError(
                f"{len(rows)} rows of a batch cannot be shared out to {self.count} processes",
                hint="set batch_size to a multiple of the processes, and have at least one batch of rows",
            )
        size = len(rows) // self.count
        return rows[self.rank * size : (self.rank + 1) * size]

    def gather(self, own: torch.Tensor) -> torch.Tensor:
        """(n, …) of each process → (count · n, …) in the order of ranks; gradients lead back to ``own`` alone."""
        if self.count == 1:
            return own
        parts = [torch.empty_like(own) for _ in range(self.count)]
        distributed.all_gather(parts, own.detach().contiguous())
        parts[self.rank] = own
        return torch.cat(parts)

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Add the gradients of all processes, in one message."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if self.count == 1 or not gradients:
            return
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat)
        for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def sum(self, value: float) -> float:
        """The sum of a number over all processes."""
        if self.count == 1:
            return value
        total = torch.tensor([value], dtype=torch.float64)
        if distributed.get_backend() == "nccl":
            total = total.float().cuda()
        distributed.all_reduce(total)
        return float(total.item())

    def wait(self) -> None:
        """Return when all processes are here: after rank 0 has written what the others read."""
        if self.count > 1:
            distributed.barrier()


def started_rank() -> int:
    """The number that torchrun gave this process, before or after they are connected; 0 for one alone."""
    return int(os.environ.get("RANK", "0"))


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """The processes of this run, connected while the context lasts: those that torchrun started, else this one."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1 or distributed.is_initialized():
        yield Processes(distributed.get_rank(), distributed.get_world_size()) if count > 1 else Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Processes(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()
