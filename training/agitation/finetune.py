"""Fine-tunes the sentence encoder, embedding table excepted: `python -m training.agitation.finetune --pack tuning.npz`.

In three steps. Teachers (`teacher.py`, and the encoder itself) are fine-tuned several times, each without a part of the
graded texts, and judge that part and all that nobody graded. The encoder learns from people's grades and from the
teachers' mean (Hinton et al. 2015). Then its branches are narrowed to the channels that count most, and it learns once
more, led by the wide one. Needs PyTorch and the file that `pack.py` wrote; minutes on a GPU, many hours without one.
`train.py` then fits the linear readers on the tuned layers.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.agitation.packed import (
    BRIGHTER,
    DEVICE,
    GOEMOTIONS,
    OUTPUTS,
    SERVICE,
    TOLD,
    Floats,
    Packed,
    Rows,
    Schedule,
    Texts,
    answers_of,
)
from training.agitation.teacher import taught_teacher

WIDTH, BRANCH, POOLED, TOP = 512, 256, 512, 320
ORDERS = ((2, 0), (3, 1), (5, 2))
LENGTH_CAP = 64.0
PARTS = 3
"""Each kind of teacher is fine-tuned this many times, each time without one part."""
TEACHER_RATES = (8e-5, 1.4e-4)
NARROW = 160
COMMENTS_AN_EPOCH, SPLICES_AN_EPOCH = 12_000, 50_000
_AVERAGE_EVERY = 10


class Encoder(nn.Module):
    """The encoder as in `functions/sentiment_escalation/agitation/encoder.py`, with one linear head on its levels."""

    inner: nn.ParameterDict

    def __init__(self, packed: Packed, wide: Encoder | None = None, branch: int = BRANCH) -> None:
        super().__init__()
        arrays = packed.arrays
        layers: dict[str, Tensor]
        if wide is None:
            stored = {n.removeprefix("encoder_layer_"): a for n, a in arrays.items() if n.startswith("encoder_layer_")}
            layers = {name: torch.from_numpy(array.astype(np.float32)) for name, array in stored.items()}
        else:
            layers = _narrowed({name: part.detach() for name, part in wide.inner.items()}, branch)
        self.inner = nn.ParameterDict({name: nn.Parameter(layer.clone()) for name, layer in layers.items()})
        for name in ("table", "scale", "low"):
            self.register_buffer(name, torch.from_numpy(arrays[f"encoder_{name}"]), persistent=False)
        self.epsilon = float(arrays["encoder_epsilon"])
        self.branch = branch
        self.features = WIDTH + branch * len(ORDERS)
        size = self.features + POOLED + TOP
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.head = nn.Linear(size, OUTPUTS)
        nn.init.zeros_(self.head.weight[:TOLD])
        self.shift = nn.Parameter(torch.zeros(GOEMOTIONS + 1, 3))
        self.to(DEVICE)

    def levels(self, ids: Tensor, mask: Tensor, drop: float = 0.0) -> Tensor:
        """Pooled layers of texts, one row each; while training a share of the tokens is hidden."""
        part, real = self.inner, mask.float()[..., None]
        joined = lambda stem: torch.cat([part[f"{stem}{n}"] for n, _ in ORDERS], dim=-1)  # noqa: E731
        embedded = self.table[ids].float() * self.scale[ids][..., None] + self.low[ids][..., None]
        if self.training and drop:
            embedded = embedded * (torch.rand(*ids.shape, 1, device=DEVICE) >= drop)
        projected = embedded @ joined("proj") + joined("proj_b")
        hidden = functional.layer_norm(
            projected, (self.branch * len(ORDERS),), joined("ln_g"), joined("ln_b"), self.epsilon
        )
        hidden = hidden * real
        features = [embedded]
        for place, (n, left) in enumerate(ORDERS):
            own = hidden[..., place * self.branch : (place + 1) * self.branch]
            for layer in ("1", "2"):
                weights = part[f"w{layer}_{n}"].view(n, self.branch, self.branch).permute(2, 1, 0)
                around = functional.pad(own.transpose(1, 2), (left, n - 1 - left))
                seen = functional.conv1d(around, weights).transpose(1, 2)
                own = (torch.relu(seen + part[f"b{layer}_{n}"]) + own) * real
            features.append(own)
        token = functional.layer_norm(
            torch.cat(features, dim=-1), (self.features,), part["ln_g"], part["ln_b"], self.epsilon
        )
        count = mask.sum(1, keepdim=True).float()
        mean = (token * real).sum(1) / count
        pooled = (mean @ part["cnn_W"] + part["cnn_b"]) * count.clamp(max=LENGTH_CAP).sqrt()
        below = torch.relu(pooled @ part["d0"])
        return torch.cat([mean * 2, pooled, torch.relu(pooled @ part["p1"] + below @ part["d1"])], dim=1)

    def upper(self, levels: Tensor) -> Tensor:
        """The levels that are alike for every width: the projection, and the layer above."""
        return levels[:, self.features :]

    def answers(self, levels: Tensor) -> Tensor:
        """Answers as log-odds."""
        even = functional.dropout((levels - self.mean) / self.spread, 0.1, self.training)
        answers: Tensor = self.head(even)
        return answers

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Answers as log-odds, one row a text."""
        return self.answers(self.levels(ids, mask))

    def standardise(self, texts: Texts, rows: Rows) -> None:
        """Take mean and spread of the untuned levels, so that the head sees features of one size."""
        batches = [torch.from_numpy(rows[i : i + 200]).to(DEVICE) for i in range(0, len(rows), 200)]
        with torch.no_grad():
            levels = torch.cat([self.levels(*texts.batch(batch)) for batch in batches])
        self.mean.copy_(levels.mean(0))
        self.spread.copy_((levels.std(0) + 0.1 * levels.std(0).mean()) * math.sqrt(levels.shape[1]) / 8)


def _narrowed(layers: dict[str, Tensor], branch: int) -> dict[str, Tensor]:
    """The layers with fewer channels a branch: those that the projection above weighs most."""
    found = {name: layers[name] for name in ("cnn_b", "d0", "d1", "p1")}
    kept: list[Tensor] = [torch.arange(WIDTH)]
    for place, (n, _) in enumerate(ORDERS):
        start = WIDTH + place * BRANCH
        above = layers["cnn_W"][start : start + BRANCH].norm(dim=1) * layers["ln_g"][start : start + BRANCH].abs()
        keep = above.topk(branch).indices.sort().values.cpu()
        kept.append(start + keep)
        found[f"proj{n}"] = layers[f"proj{n}"][:, keep]
        for stem in ("proj_b", "ln_g", "ln_b"):
            found[f"{stem}{n}"] = layers[f"{stem}{n}"][keep]
        for layer in ("1", "2"):
            weights = layers[f"w{layer}_{n}"].view(n, BRANCH, BRANCH)[:, keep][:, :, keep]
            found[f"w{layer}_{n}"] = weights.reshape(n * branch, branch)
            found[f"b{layer}_{n}"] = layers[f"b{layer}_{n}"][keep]
    rows = torch.cat(kept)
    return found | {name: layers[name][rows] for name in ("ln_g", "ln_b", "cnn_W")}


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the encoder is tuned. Without `told` from people's grades alone; `led_by` has the same upper levels."""

    epochs: int
    batch: int
    rate: float
    told: Tensor | None = None
    led_by: Encoder | None = None


PLAIN = Lesson(epochs=3, batch=64, rate=4e-4)


def tuned(packed: Packed, texts: Texts, encoder: Encoder, rows: Rows, seed: int, lesson: Lesson) -> Encoder:
    """Tune the encoder on some texts; its weights become their own running mean."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    graded, ungraded = rows[packed.graded[rows]], rows[~packed.graded[rows]]
    comments = graded[packed.domain[graded] == GOEMOTIONS]
    others = graded[packed.domain[graded] != GOEMOTIONS]
    spliced = SPLICES_AN_EPOCH if lesson.told is not None else 0
    encoder.standardise(texts, chance.choice(graded, min(3_000, len(graded)), replace=False))
    batches = [
        batch
        for _ in range(lesson.epochs)
        for batch in texts.batches(
            np.concatenate(
                [
                    others,
                    chance.permutation(comments)[:COMMENTS_AN_EPOCH],
                    chance.permutation(ungraded)[:spliced],
                ]
            ),
            lesson.batch,
            chance,
        )
    ]
    heads = [p for name, p in encoder.named_parameters() if not name.startswith("inner")]
    optimizer = torch.optim.AdamW(
        [{"params": heads, "lr": 5 * lesson.rate}, {"params": encoder.inner.parameters(), "lr": lesson.rate}],
        weight_decay=0.05,
        fused=DEVICE == "cuda",
    )
    average = [parameter.detach().clone() for parameter in encoder.parameters()]

    def loss_of(some: Tensor) -> Tensor:
        ids, mask = texts.batch(some)
        levels = encoder.levels(ids, mask, drop=0.15)
        answers = encoder.answers(levels)
        if lesson.told is None:
            return packed.loss(answers, encoder.shift, some)
        loss = packed.loss(answers, encoder.shift, some, trust=0.3)
        loss = loss + packed.taught_loss(answers, lesson.told[some], some, graded=0.7, ungraded=0.8)
        if lesson.led_by is not None:
            with torch.no_grad():
                goal = lesson.led_by.upper(lesson.led_by.levels(ids, mask))
            far = (encoder.upper(levels) - goal) / (goal.std(0) + 0.1)
            loss = loss + 0.5 * far.square().mean(1).sum()
        return loss

    for number in Schedule(batches, warm=0.03).run(optimizer, encoder, loss_of):
        if number % _AVERAGE_EVERY == 0:
            with torch.no_grad():
                for mean, parameter in zip(average, encoder.parameters(), strict=True):
                    mean.lerp_(parameter, 0.02)
    with torch.no_grad():
        for parameter, mean in zip(encoder.parameters(), average, strict=True):
            parameter.copy_(mean)
    encoder.eval()
    return encoder


def cross_judged(packed: Packed, usable: Rows, judge: Callable[[Rows, int], Callable[[Rows], Floats]]) -> Floats:
    """What teachers tell of every text, each text judged only by those who did not learn its grade."""
    everything = np.arange(len(packed))
    learnt = np.zeros(len(packed), bool)
    learnt[usable[packed.graded[usable]]] = True
    part = packed.group * 2_654_435_761 % 2**32 % PARTS
    told, judges = np.zeros((len(packed), TOLD), np.float32), np.zeros((len(packed), 1), np.float32)
    for number in range(PARTS):
        own = everything[~learnt | (part == number)]
        told[own] += judge(everything[learnt & (part != number)], number)(own)
        judges[own] += 1
    return told / judges


def report(packed: Packed, what: str, told: Floats) -> None:
    """AUC by writer and language of what was left out: service by its own answer, posts by the social one."""
    arrays = packed.arrays
    shown = arrays["left_out"] & arrays["own"]
    truth = arrays["steps"][:, 1] > 0.5
    found = []
    for domain, column in ((SERVICE, 1), (BRIGHTER, 4)):
        names = np.char.add(arrays["writer"], np.char.add(" ", arrays["language"]))
        for name in np.unique(names[shown & (packed.domain == domain)]):
            some = shown & (packed.domain == domain) & (names == name)
            found.append(f"{name.strip()} {_auc(truth[some], told[some, column]):.3f}")
    print(f"{what}: AUC " + ", ".join(found), flush=True)


def _auc(truth: Rows, scores: Floats) -> float:
    above = scores[truth][:, None] - scores[~truth][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def main() -> None:
    """Tune, and write the tuned layers in half precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True, help="what pack.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fold", action="store_true", help="leave out what `train.py` calibrates on")
    parser.add_argument("--branch", type=int, default=NARROW, help="channels of each branch")
    parser.add_argument("--epochs", type=int, default=6)
    arguments = parser.parse_args()
    torch.set_float32_matmul_precision("high")

    packed = Packed.load(arguments.pack)
    usable = np.nonzero(~packed.arrays["left_out"] if arguments.fold else np.ones(len(packed), bool))[0]
    for_teacher, for_encoder = Texts(packed.arrays, "teacher"), Texts(packed.arrays, "encoder")
    votes = []
    for rate in TEACHER_RATES:

        def teach(rows: Rows, seed: int, rate: float = rate) -> Callable[[Rows], Floats]:
            teacher = taught_teacher(packed, for_teacher, rows, seed, rate)
            return lambda asked: answers_of(teacher, for_teacher, teacher.shift, asked)

        votes.append(cross_judged(packed, usable, teach))
        report(packed, f"teachers at {rate}", votes[-1])

    def tune(rows: Rows, seed: int) -> Callable[[Rows], Floats]:
        encoder = tuned(packed, for_encoder, Encoder(packed), rows, seed, PLAIN)
        return lambda asked: answers_of(encoder, for_encoder, encoder.shift, asked)

    votes.append(cross_judged(packed, usable, tune))
    report(packed, "encoders", votes[-1])
    mean = np.asarray((votes[0] + votes[1]) / 4 + votes[2] / 2, dtype=np.float32)
    report(packed, "all teachers", mean)
    told = torch.sigmoid(torch.from_numpy(mean)).to(DEVICE)

    lesson = Lesson(arguments.epochs, batch=128, rate=5e-4, told=told)
    wide = tuned(packed, for_encoder, Encoder(packed), usable, 5, lesson)
    _finish(packed, for_encoder, wide, arguments.out.with_stem(f"{arguments.out.stem}_wide"))
    if arguments.branch < BRANCH:
        led = Lesson(arguments.epochs, lesson.batch, lesson.rate, told, led_by=wide)
        narrow = tuned(packed, for_encoder, Encoder(packed, wide, arguments.branch), usable, 6, led)
        _finish(packed, for_encoder, narrow, arguments.out)


def _finish(packed: Packed, texts: Texts, encoder: Encoder, path: Path) -> None:
    report(packed, path.stem, answers_of(encoder, texts, encoder.shift, np.arange(len(packed))))
    layers = {name: part.detach().cpu().numpy().astype(np.float16) for name, part in encoder.inner.items()}
    np.savez_compressed(path, **layers)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
