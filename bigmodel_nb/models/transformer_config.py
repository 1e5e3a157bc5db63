"""What a transformer is made of, and how many parameters that comes to, before anything is allocated.

config = TransformerConfig(num_layers=2, d_model=64)
config.parameters                              # 118,464
TRANSFORMER_SIZES["gpt2-xl"].parameters        # 1,557,611,200: on paper
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bigmodel_nb.arguments import positive, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import knob, share_below_one, truth
from bigmodel_nb.models.config import DEEPEST, WIDEST, ModelConfig, choice, count, optional

_GPT2 = {"vocabulary_size": 50257, "context_length": 1024}


@dataclass(frozen=True)
class TransformerConfig(ModelConfig):
    """A transformer's shape. Causal, it is a GPT and predicts the next token; not causal, an encoder.

    With `num_classes=None` the outputs are logits over the vocabulary at every position, (n, T,
    vocabulary_size); with a number, logits of classes for the whole sequence, (n, num_classes).
    """

    # How many different tokens there are; inputs are their numbers, from 0 to vocabulary_size - 1.
    vocabulary_size: int = knob(65, count(1, WIDEST), 2, 50257, log=True, help="how many tokens it knows")
    # The most tokens it looks at together. Attention costs grow with the square of it.
    context_length: int = knob(
        64, count(1, WIDEST), 8, 1024, log=True, help="how many tokens it sees at once"
    )
    # Blocks, one after the other; each adds something to what the one before has left.
    num_layers: int = knob(4, count(0, DEEPEST), 1, 12, help="how many blocks")
    # Attentions side by side in a block, each on d_model / num_heads of the numbers.
    num_heads: int = knob(4, count(1, WIDEST), 1, 12, help="how many attentions in a block")
    # Numbers that stand for one token on its way through the blocks.
    d_model: int = knob(128, count(1, WIDEST), 16, 768, log=True, help="how many numbers a token has")
    # Hidden units of the feed-forward part. None: 4 d_model, for "swiglu" 8/3 d_model (Shazeer, 2020).
    d_ff: int | None = knob(
        None, optional(count(1, WIDEST)), 16, 3072, log=True, help="hidden units of a block"
    )
    # True: a token sees itself and those before it (GPT). False: all see all (encoder).
    causal: bool = knob(True, truth, help="hide the tokens to come")
    # None: a score for each token of the vocabulary at each position. A number: classes of a sequence.
    num_classes: int | None = knob(None, optional(count(1, WIDEST)), help="classes, or None for tokens")
    # How it knows the order. "none" leaves an encoder without any.
    positions: str = knob(
        "learned", choice("learned", "sinusoidal", "rotary", "none"), help="how it knows the order"
    )
    # Where layer norms stand: before each part (GPT-2), or after it is added (Vaswani et al., 2017).
    norm: str = knob("pre", choice("pre", "post"), help="norms before or after each part")
    # What the hidden units compute. "swiglu" multiplies two halves, one of them through x sigmoid(x).
    activation: str = knob("gelu", choice("gelu", "relu", "swiglu"), help="what hidden units compute")
    # Share of the numbers set to zero while it trains: after the embedding and after each part.
    dropout: float = knob(0.0, share_below_one, 0.0, 0.5, help="share dropped while it trains")
    # Whether linear layers and norms have something added that does not depend on the input.
    bias: bool = knob(True, truth, help="biases in linear layers and norms")
    # Whether scores over the vocabulary are taken with the embedding's own table (Press & Wolf, 2017).
    tie_weights: bool = knob(True, truth, help="one table to read and to write tokens")
    # Whether what is added to the residual stream begins smaller, by 1 / sqrt(2 num_layers) (GPT-2). With
    # four layers it did not pay here: 0.013 nats worse over three seeds (`benchmarks/residual_init.py`).
    scale_residual: bool = knob(True, truth, help="smaller first weights where parts are added")
    # Above 0: all weights are frozen, and each linear layer learns a product of two thin matrices of
    # this rank instead (Hu et al., 2021). `enable_lora` makes such a model from a trained one.
    lora_rank: int = knob(0, count(0, WIDEST), 0, 64, help="rank of what is fine-tuned; 0 for everything")
    # The product is multiplied by lora_alpha / lora_rank. None: lora_rank, so by 1.
    lora_alpha: float | None = knob(None, optional(positive), 1, 64, help="strength of what is fine-tuned")

    # "nanogpt-cpu" is what nanoGPT's read-me gives for a computer without a GPU (Karpathy, 2022). The four
    # below are those of Radford et al., 2019, "Language models are unsupervised multitask learners", with
    # the parameters that the published weights have.
    SIZES: ClassVar = {
        "tiny": {"num_layers": 2, "num_heads": 2, "d_model": 32, "context_length": 32},
        "small": {"num_layers": 4, "num_heads": 4, "d_model": 128, "context_length": 64},
        "base": {"num_layers": 6, "num_heads": 6, "d_model": 384, "context_length": 256, "dropout": 0.2},
        "nanogpt-cpu": {"bias": False},
        "gpt2-small": {**_GPT2, "num_layers": 12, "num_heads": 12, "d_model": 768},
        "gpt2-medium": {**_GPT2, "num_layers": 24, "num_heads": 16, "d_model": 1024},
        "gpt2-large": {**_GPT2, "num_layers": 36, "num_heads": 20, "d_model": 1280},
        "gpt2-xl": {**_GPT2, "num_layers": 48, "num_heads": 25, "d_model": 1600},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.d_model % self.num_heads:
            expected = _("a divisor of d_model, which is {width}").format(width=self.d_model)
            raise wrong_value("num_heads", expected, self.num_heads)
        if self.positions == "rotary" and self.d_head % 2:
            expected = _(
                "such that d_model / num_heads is even, since rotary positions turn pairs of numbers"
            )
            raise wrong_value("num_heads", expected, self.num_heads)
        if self.positions == "sinusoidal" and self.d_model % 2:
            expected = _("even, since sinusoidal positions are pairs of a sine and a cosine")
            raise wrong_value("d_model", expected, self.d_model)

    @property
    def d_head(self) -> int:
        """Numbers of one attention head."""
        return self.d_model // self.num_heads

    @property
    def hidden(self) -> int:
        """Hidden units of the feed-forward part: d_ff, or what takes its place."""
        if self.d_ff is not None:
            return self.d_ff
        # 8/3, to the nearest multiple of 8: three matrices then weigh what two of 4 d_model would.
        return 8 * max(1, round(self.d_model / 3)) if self.activation == "swiglu" else 4 * self.d_model

    @property
    def linear_layers(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of the linear layers in each block."""
        wide = self.hidden * (2 if self.activation == "swiglu" else 1)
        return {
            "qkv": (self.d_model, 3 * self.d_model),
            "out": (self.d_model, self.d_model),
            "up": (self.d_model, wide),
            "down": (self.hidden, self.d_model),
        }

    @property
    def parameter_count(self) -> int:
        """Two norms and four linear layers a block; the table of tokens, that of positions, the last norm."""
        norm = self.d_model * (1 + self.bias)
        linear = sum(
            inputs * outputs + outputs * self.bias + self.lora_rank * (inputs + outputs)
            for inputs, outputs in self.linear_layers.values()
        )
        total = self.vocabulary_size * self.d_model + self.num_layers * (2 * norm + linear)
        if self.positions == "learned":
            total += self.context_length * self.d_model
        if self.norm == "pre":
            total += norm
        if self.num_classes is not None:
            total += (self.d_model + self.bias) * self.num_classes
        elif not self.tie_weights:
            total += self.d_model * self.vocabulary_size
        return total
