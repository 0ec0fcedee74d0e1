"""The teacher: multilingual-e5-small (Wang et al. 2024), fine-tuned on all that is graded.

Too slow for the engine; it judges what nobody graded, so that the small network can learn from it (`finetune.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.agitation.packed import DEVICE, GOEMOTIONS, OUTPUTS, Packed, Rows, Schedule, Texts

LAYERS, WIDTH, INNER, HEADS, LONGEST = 12, 384, 1536, 12, 512
EPSILON, DROP = 1e-12, 0.1
EPOCHS, BATCH = 3, 128
COMMENTS_AN_EPOCH = 15_000


class Teacher(nn.Module):
    """A BERT encoder, mean over its tokens, one linear head."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        super().__init__()
        tensors = {n.removeprefix("teacher_tensor_"): a for n, a in arrays.items() if n.startswith("teacher_tensor_")}
        parameter = lambda array: nn.Parameter(torch.from_numpy(np.array(array, np.float32)))  # noqa: E731
        plain = lambda name, *shape: parameter(tensors[name].reshape(shape or -1))  # noqa: E731
        matrix = lambda name, columns: unpacked(tensors[name], columns)  # noqa: E731
        self.word = parameter(matrix("emb.word", WIDTH))
        self.place, self.kind = plain("emb.pos", LONGEST, WIDTH), parameter(tensors["emb.type"][:WIDTH])
        self.gain, self.shift_of_words = plain("emb.ln.w"), plain("emb.ln.b")
        self.blocks = nn.ModuleList()
        for number in range(LAYERS):
            at = f"l{number}."
            block = nn.ParameterDict(
                {
                    "ask": parameter(np.concatenate([matrix(f"{at}{part}.w", WIDTH) for part in "qkv"])),
                    "ask_bias": parameter(np.concatenate([tensors[f"{at}{part}.b"] for part in "qkv"])),
                    "out": parameter(matrix(f"{at}ao.w", WIDTH)),
                    "wide": parameter(matrix(f"{at}fi.w", WIDTH)),
                    "narrow": parameter(matrix(f"{at}fo.w", INNER)),
                }
            )
            for name, stored in (("out", "ao"), ("wide", "fi"), ("narrow", "fo")):
                block[f"{name}_bias"] = plain(f"{at}{stored}.b")
            for name, stored in (("first", "aln"), ("second", "oln")):
                block[f"{name}_gain"], block[f"{name}_shift"] = plain(f"{at}{stored}.w"), plain(f"{at}{stored}.b")
            self.blocks.append(block)
        self.head = nn.Linear(WIDTH, OUTPUTS)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self.shift = nn.Parameter(torch.zeros(GOEMOTIONS + 1, 3))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Answers as log-odds, one row a text."""
        with torch.autocast(DEVICE, torch.bfloat16):
            return self._answers(ids, mask).float()

    def _answers(self, ids: Tensor, mask: Tensor) -> Tensor:
        count, longest = ids.shape
        level = lambda rows, gain, shift: functional.layer_norm(rows, (WIDTH,), gain, shift, EPSILON)  # noqa: E731
        drop = lambda rows: functional.dropout(rows, DROP, self.training)  # noqa: E731
        rows = functional.embedding(ids, self.word) + self.place[:longest] + self.kind
        rows = drop(level(rows, self.gain, self.shift_of_words))
        for block in self.blocks:
            asked = functional.linear(rows, block["ask"], block["ask_bias"])
            asked = asked.view(count, longest, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(
                *asked, attn_mask=mask[:, None, None, :], dropout_p=DROP if self.training else 0.0
            )
            seen = seen.transpose(1, 2).reshape(count, longest, WIDTH)
            rows = rows + drop(functional.linear(seen, block["out"], block["out_bias"]))
            rows = level(rows, block["first_gain"], block["first_shift"])
            wide = functional.gelu(functional.linear(rows, block["wide"], block["wide_bias"]))
            rows = rows + drop(functional.linear(wide, block["narrow"], block["narrow_bias"]))
            rows = level(rows, block["second_gain"], block["second_shift"])
        mean = (rows.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        answers: Tensor = self.head(drop(mean))
        return answers


def unpacked(blocks: npt.NDArray[np.uint8], columns: int) -> npt.NDArray[np.float32]:
    """Weights from blocks of 32 in 18 bytes: a half-precision scale, then 4 bits each, those of the first 16 low."""
    parts = np.ascontiguousarray(blocks).reshape(-1, 18)
    scale = parts[:, :2].copy().view(np.float16).astype(np.float32)
    halves = [(parts[:, 2:] & 15).astype(np.int8) - 8, (parts[:, 2:] >> 4).astype(np.int8) - 8]
    weights: npt.NDArray[np.float32] = (np.concatenate(halves, axis=1) * scale).reshape(-1, columns)
    return weights


def taught_teacher(packed: Packed, texts: Texts, graded: Rows, seed: int, rate: float) -> Teacher:
    """A teacher fine-tuned on some of the graded texts."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    teacher = Teacher(packed.arrays)
    teacher.to(DEVICE)
    matrices = [p for name, p in teacher.named_parameters() if p.ndim > 1 and not name.startswith("head")]
    vectors = [p for p in teacher.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "lr": rate, "weight_decay": 0.01},
            {"params": vectors, "lr": rate, "weight_decay": 0.0},
            {"params": [teacher.head.weight], "lr": 10 * rate, "weight_decay": 0.01},
        ],
        fused=DEVICE == "cuda",
    )
    comments = graded[packed.domain[graded] == GOEMOTIONS]
    others = graded[packed.domain[graded] != GOEMOTIONS]
    batches = [
        batch
        for _ in range(EPOCHS)
        for batch in texts.batches(
            np.concatenate([others, chance.permutation(comments)[:COMMENTS_AN_EPOCH]]), BATCH, chance
        )
    ]
    steps = Schedule(batches, warm=0.08)
    for _ in steps.run(optimizer, teacher, lambda rows: packed.loss(teacher(*texts.batch(rows)), teacher.shift, rows)):
        pass
    teacher.eval()
    return teacher
