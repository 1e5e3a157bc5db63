"""The PyTorch side of the training benchmarks: eager, written as its users write it.

    python torch_side.py speed WORK SECONDS      # median milliseconds a step (and validation, where asked)
    python torch_side.py loss SEED STEPS TEXT    # validation loss of the GPT in nats

Runs in an environment of its own (`.venv-torch`), needs nothing of ours, prints one line of JSON.
"""

from __future__ import annotations

import json
import math
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

VOCABULARY, CONTEXT, LAYERS, HEADS, WIDTH, BATCH = 65, 64, 4, 4, 128, 12


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1 = nn.LayerNorm(WIDTH, bias=False)
        self.attend = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.project = nn.Linear(WIDTH, WIDTH, bias=False)
        self.norm_2 = nn.LayerNorm(WIDTH, bias=False)
        self.widen = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        n, t, _c = x.shape
        parts = self.attend(self.norm_1(x)).split(WIDTH, dim=2)
        query, key, value = (part.view(n, t, HEADS, WIDTH // HEADS).transpose(1, 2) for part in parts)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).reshape(n, t, WIDTH))
        return x + self.narrow(functional.gelu(self.widen(self.norm_2(x))))


class GPT(nn.Module):
    """The model of nanoGPT's configuration for a CPU (A. Karpathy, 2022), written anew."""

    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _layer in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                last = name.endswith(("project.weight", "narrow.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * LAYERS) if last else 0.02)

    def forward(self, x):
        hidden = self.tokens(x) + self.places(torch.arange(x.shape[1]))
        for block in self.blocks:
            hidden = block(hidden)
        return self.norm(hidden) @ self.tokens.weight.T


def gpt_optimizer(model):
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    vectors = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8)


def gpt_loss(model, x, y):
    return functional.cross_entropy(model(x).reshape(-1, VOCABULARY), y.reshape(-1))


def loss(seed: int, steps: int, path: str) -> None:
    """Trains the GPT and scores all windows of the validation text, side by side."""
    torch.manual_seed(seed)
    text = pathlib.Path(path).read_text(encoding="utf-8")
    number = {character: place for place, character in enumerate(sorted(set(text)))}
    tokens = torch.tensor([number[character] for character in text])
    train, held = tokens[: int(0.9 * len(tokens))], tokens[int(0.9 * len(tokens)) :]
    model = GPT()
    optimizer = gpt_optimizer(model)
    for step in range(steps):
        share = (step - 100) / (steps - 100)
        rate = 1e-3 * (step + 1) / 101 if step < 100 else 1e-4 + 4.5e-4 * (1 + math.cos(math.pi * share))
        for group in optimizer.param_groups:
            group["lr"] = rate
        starts = torch.randint(len(train) - CONTEXT, (BATCH,))[:, None] + torch.arange(CONTEXT)
        value = gpt_loss(model, train[starts], train[starts + 1])
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    starts = torch.arange(0, len(held) - CONTEXT, CONTEXT)[:, None] + torch.arange(CONTEXT)
    with torch.no_grad():
        total = sum(
            float(gpt_loss(model, held[rows], held[rows + 1])) * len(rows) for rows in starts.split(64)
        )
    print(json.dumps({"loss": total / len(starts)}))


# -- speed ------------------------------------------------------------------------------------


def classifier(*layers):
    model = nn.Sequential(*layers)
    return model, torch.optim.Adam(model.parameters()), functional.cross_entropy


class Recurrent(nn.Module):
    """One layer over time and a classifier on its last state."""

    def __init__(self, kind):
        super().__init__()
        self.layer, self.out = kind(32, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.layer(x)[0][:, -1])


def work(name: str):
    """Model, optimizer, loss, and arrays of one of the works of `benchmarks/training.py`."""
    random = np.random.default_rng(0)
    if name == "gpt":
        model = GPT()
        x = torch.tensor(random.integers(0, VOCABULARY, (600, CONTEXT)))
        return model, gpt_optimizer(model), None, x, x, BATCH
    if name == "cnn8":
        model, optimizer, criterion = classifier(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(128, 10),
        )  # fmt: skip
        shape, batch = (1257, 1, 8, 8), 32
    elif name == "cnn28":
        model, optimizer, criterion = classifier(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 10),
        )  # fmt: skip
        shape, batch = (1280, 1, 28, 28), 128
    else:
        model = Recurrent(nn.LSTM if name == "lstm" else nn.GRU)
        optimizer, criterion = torch.optim.Adam(model.parameters()), functional.cross_entropy
        shape, batch = (640, 64, 32), 32
    x = torch.tensor(random.normal(size=shape), dtype=torch.float32)
    return model, optimizer, criterion, x, torch.tensor(random.integers(0, 10, shape[0])), batch


def speed(name: str, seconds: float) -> None:
    """Milliseconds a step, the median of ten stretches within `seconds`; accuracy is kept as ours is."""
    torch.manual_seed(0)
    model, optimizer, criterion, x, y, batch = work(name)
    right = 0

    def steps(count: int) -> float:
        nonlocal right
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for step in range(count):
            first = step * batch % (len(x) - batch + 1)
            rows = order[first : first + batch]
            inputs, targets = x[rows], y[rows]
            outputs = model(inputs)
            if criterion is None:
                value = functional.cross_entropy(outputs.reshape(-1, VOCABULARY), targets.reshape(-1))
            else:
                value = criterion(outputs, targets)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            if name == "gpt":
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            right += int((outputs.detach().argmax(-1) == targets).sum())
        return 1000 * (time.perf_counter() - start) / count

    pace = steps(3)
    pace = min(pace, steps(3))
    count = max(3, int(1000 * seconds / 10 / pace))
    print(json.dumps({"milliseconds": statistics.median(steps(count) for _stretch in range(10))}))


if __name__ == "__main__":
    if sys.argv[1] == "loss":
        loss(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        speed(sys.argv[2], float(sys.argv[3]))
