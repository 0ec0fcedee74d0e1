"""What `pack.py` wrote, ready for PyTorch: batches of ids, truths, and the losses that teachers and pupil share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SERVICE, BRIGHTER, GOEMOTIONS, MIXED = range(4)
LABELS = 28
SMOOTHING = 0.02
_TRUST_OF_DOMAIN = (1.0, 0.7, 0.4, 0.0)
_TRUST_OF_TEACHERS = (1.0, 0.8, 0.6, 0.5)
_TRUST_OF_STEP = (0.5, 1.0, 0.5)
TOLD, OUTPUTS = 13, 13 + LABELS
"""Every network answers in this order: service ≥ 1, ≥ 2, ≥ 3; social ≥ 1, ≥ 2, ≥ 3; is it service; six emotions (all
that teachers tell); 28 labels of GoEmotions."""

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Texts:
    """Texts as ids of one tokenizer."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], tokenizer: str) -> None:
        self.lengths: npt.NDArray[np.int64] = arrays[f"{tokenizer}_lengths"].astype(np.int64)
        starts = np.cumsum(self.lengths) - self.lengths
        self._ids = torch.from_numpy(arrays[f"{tokenizer}_ids"].astype(np.int32)).to(DEVICE)
        self._starts, self._lengths = (torch.from_numpy(part).to(DEVICE) for part in (starts, self.lengths))

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Ids of some texts, padded with 0, and where they are not padding."""
        lengths = self._lengths[rows]
        places = torch.arange(int(lengths.max()), device=DEVICE)
        mask = places < lengths[:, None]
        ids = self._ids[(self._starts[rows][:, None] + places).clamp(max=len(self._ids) - 1)].long()
        return ids.masked_fill(~mask, 0), mask

    def batches(self, rows: Rows, size: int, chance: np.random.Generator) -> list[Rows]:
        """The rows in batches of texts of like length, in random order."""
        mixed = chance.permutation(rows)
        found: list[Rows] = []
        for start in range(0, len(mixed), 50 * size):
            near = mixed[start : start + 50 * size]
            near = near[np.argsort(self.lengths[near], kind="stable")]
            found += [near[i : i + size] for i in range(0, len(near), size)]
        return [found[i] for i in chance.permutation(len(found))]


@dataclass(frozen=True)
class Packed:
    """All texts with what is known of them, one row each."""

    arrays: dict[str, npt.NDArray[Any]]
    domain: npt.NDArray[np.int8]
    graded: npt.NDArray[np.bool_]
    group: Rows
    domains: Tensor
    steps: Tensor
    emotions: Tensor
    labels: Tensor

    @classmethod
    def load(cls, path: Path) -> Packed:
        """Read the pack."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        bits = torch.from_numpy(arrays["labels"]).to(DEVICE)[:, None]
        labels = ((bits >> torch.arange(LABELS, device=DEVICE)) & 1).float().masked_fill(bits < 0, -1.0)
        on_device = {
            name: torch.from_numpy(arrays[name].astype(kind)).to(DEVICE)
            for name, kind in (("domain", np.int64), ("steps", np.float32), ("emotions", np.float32))
        }
        group = arrays["group"].astype(np.int64)
        return cls(
            arrays,
            arrays["domain"],
            arrays["graded"],
            group,
            on_device["domain"],
            on_device["steps"],
            on_device["emotions"],
            labels,
        )

    def __len__(self) -> int:
        return len(self.domain)

    def loss(self, answers: Tensor, shift: Tensor, rows: Tensor, trust: float = 1.0) -> Tensor:
        """Loss against what people said; `shift` lets each public set have a threshold of its own."""
        domain, steps = self.domains[rows], self.steps[rows]
        is_service = domain == SERVICE
        logits = torch.where(is_service[:, None], answers[:, :3], answers[:, 3:6] + shift[domain.clamp(max=GOEMOTIONS)])
        weights = trust * _of(_TRUST_OF_DOMAIN)[domain][:, None] * _of(_TRUST_OF_STEP)
        kind = torch.where(domain == MIXED, -1.0, is_service.float())[:, None]
        loss = known_loss(logits, torch.where(steps >= 0, steps * (1 - 2 * SMOOTHING) + SMOOTHING, steps), weights)
        loss = loss + 0.3 * known_loss(answers[:, 6:7], kind)
        loss = loss + 0.2 * known_loss(answers[:, 7:TOLD], self.emotions[rows])
        return loss + 0.1 * known_loss(answers[:, TOLD:], self.labels[rows])

    def taught_loss(self, answers: Tensor, told: Tensor, rows: Tensor, graded: float, ungraded: float) -> Tensor:
        """Loss against what teachers told, with one weight for texts that have a grade and one for those without."""
        domain = self.domains[rows]
        is_service, is_mixed = domain == SERVICE, domain == MIXED
        has_grade = (self.steps[rows][:, 1:2] >= 0).float()
        weights = (graded * has_grade + ungraded * (1 - has_grade)) * _of(_TRUST_OF_TEACHERS)[domain][:, None]
        by_step = weights * _of(_TRUST_OF_STEP)
        loss = known_loss(answers[:, :3], told[:, :3], by_step * (is_service | is_mixed).float()[:, None])
        loss = loss + known_loss(answers[:, 3:6], told[:, 3:6], by_step * (~is_service).float()[:, None])
        loss = loss + 0.2 * ungraded * known_loss(answers[:, 6:7], told[:, 6:7], 1 - has_grade)
        return loss + 0.1 * known_loss(
            answers[:, 7:TOLD], told[:, 7:TOLD], (1 - has_grade) * (~is_service).float()[:, None]
        )


def known_loss(logits: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    """Summed cross-entropy where the truth is known (not negative)."""
    each = functional.binary_cross_entropy_with_logits(logits, truth.clamp(0, 1), reduction="none") * (truth >= 0)
    return (each if weights is None else each * weights).sum()


def _of(numbers: tuple[float, ...]) -> Tensor:
    return torch.tensor(numbers, device=DEVICE)


@dataclass(frozen=True, slots=True)
class Schedule:
    """AdamW groups rise to their rates and fall to nothing; `warm` is the share of steps that rise."""

    batches: list[Rows]
    warm: float

    def run(
        self, optimizer: torch.optim.Optimizer, model: nn.Module, loss_of: Callable[[Tensor], Tensor]
    ) -> Iterator[int]:
        """Take all steps; yields the number of each, for what else is to be done after it."""
        rates = [group["lr"] for group in optimizer.param_groups]
        began = time.monotonic()
        model.train()
        for number, batch in enumerate(self.batches):
            progress = number / len(self.batches)
            factor = min(1.0, (progress + 1e-9) / self.warm) * 0.5 * (1 + math.cos(math.pi * progress))
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            rows = torch.from_numpy(batch).to(DEVICE)
            loss = loss_of(rows) / len(rows)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            yield number
        print(f"  {len(self.batches)} steps, {time.monotonic() - began:.0f} s", flush=True)


def answers_of(model: Callable[[Tensor, Tensor], Tensor], texts: Texts, shift: Tensor, rows: Rows) -> Floats:
    """What a network tells of texts, as log-odds; social ones as for BRIGHTER."""
    told = np.zeros((len(rows), TOLD), np.float32)
    order = np.argsort(texts.lengths[rows])
    with torch.no_grad():
        for start in range(0, len(order), 512):
            some = order[start : start + 512]
            answers = model(*texts.batch(torch.from_numpy(rows[some]).to(DEVICE)))[:, :TOLD].float()
            answers[:, 3:6] += shift[BRIGHTER]
            told[some] = answers.cpu().numpy()
    return told
