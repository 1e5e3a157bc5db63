"""nanoGPT's sampling loop in PyTorch (A. Karpathy, 2022), written anew: a full pass for each token.

    python torch_generation.py CONTEXT TOKENS       # milliseconds a token, once it is warm

The text is cropped to the context; scores are taken at the last place alone; a token is drawn from the
softmax of all. Runs in `.venv-torch`, needs nothing of ours, prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time

import torch
import torch_side
from torch import nn
from torch.nn import functional


class GPT(torch_side.GPT):
    """The GPT of `torch_side.py`, for any context."""

    def __init__(self, context: int):
        super().__init__()
        self.places = nn.Embedding(context, torch_side.WIDTH)

    def forward(self, x):
        hidden = self.tokens(x) + self.places(torch.arange(x.shape[1]))
        for block in self.blocks:
            hidden = block(hidden)
        return self.norm(hidden[:, [-1]]) @ self.tokens.weight.T


@torch.no_grad()
def generate(model, tokens, context, count):
    for _number in range(count):
        scores = model(tokens[:, -context:])[:, -1]
        token = torch.multinomial(functional.softmax(scores, dim=-1), num_samples=1)
        tokens = torch.cat((tokens, token), dim=1)
    return tokens


if __name__ == "__main__":
    context, count = int(sys.argv[1]), int(sys.argv[2])
    torch.manual_seed(0)
    model = GPT(context).eval()
    prompt = torch.zeros((1, 1), dtype=torch.long)
    generate(model, prompt, context, context // 4)
    begun = time.perf_counter()
    generate(model, prompt, context, count)
    print(json.dumps({"milliseconds": 1000 * (time.perf_counter() - begun) / count}))
