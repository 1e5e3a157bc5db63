"""The records: what they refuse and in which words, what they count, and that they need no framework."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.models import SIZES, count_parameters, history_table, size_table
from bigmodel_nb.models.cnn import CNNConfig, build_cnn
from bigmodel_nb.models.config import ModelConfig, affordable, configured
from bigmodel_nb.models.dense import LinearConfig, MLPConfig, build_mlp
from bigmodel_nb.models.lenet import LENET5_1998, LeNet5Config
from bigmodel_nb.models.resnet import ResNetConfig
from bigmodel_nb.models.rnn import RNNConfig
from bigmodel_nb.models.window import WindowConfig

KINDS = (LinearConfig, MLPConfig, CNNConfig, LeNet5Config, ResNetConfig, RNNConfig, WindowConfig)
FIELDS = [(kind, entry.name) for kind in KINDS for entry in dataclasses.fields(kind)]

hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.one_of(st.integers(-2, 10**7), st.floats(), st.text(max_size=2), st.none()), max_size=4),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from(
        [object(), np.array([3.0, 4.0]), np.zeros((2, 2)), np.float32(2), iter([1]), range(3), int]
    ),
)


@given(st.sampled_from(FIELDS), hostile)
def test_a_hostile_value_is_refused_by_name_or_taken(field, value):
    kind, name = field
    try:
        config = kind(**{name: value})
    except (TypeError, ValueError) as error:
        words = str(error)
        assert name in words or "leaves no pixel" in words or "blocks" in words, words
        assert "received" in words or "leaves no pixel" in words or "blocks" in words, words
    else:
        assert isinstance(count_parameters(config), int) and count_parameters(config) > 0
        hash(config)  # so all of it is frozen


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_teaches_and_offers_knobs(kind):
    assert kind.__doc__ and kind() == kind()
    for entry in dataclasses.fields(kind):
        assert entry.metadata["help"], entry.name
        low, high = entry.metadata["low"], entry.metadata["high"]
        assert (low is None) == (high is None) and (low is None or low < high)
        assert not entry.metadata["log"] or low > 0
        for edge in (low, high):  # what a slider offers is allowed
            if edge is not None:
                dataclasses.replace(kind(), **{entry.name: edge})
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind().num_outputs = 3


WRONG = [
    (
        MLPConfig,
        {"widths": (32, 0)},
        ValueError,
        r"widths must be a list of 0 to 1000 whole numbers .*\(32, 0\)",
    ),
    (MLPConfig, {"activation": "relU"}, ValueError, "activation must be one of 'relu'"),
    (MLPConfig, {"dropout": 1.0}, ValueError, r"dropout must be a number from 0 to 1 \(excluded\)"),
    (MLPConfig, {"l2": -1}, ValueError, "l2 must be zero or a positive number"),
    (MLPConfig, {"batch_norm": 1}, TypeError, "batch_norm must be True or False"),
    (MLPConfig, {"input_shape": ()}, ValueError, "input_shape must be the shape of one example"),
    (CNNConfig, {"input_shape": (28, 28)}, ValueError, r"\(height, width, channels\), such as \(28, 28, 1\)"),
    (CNNConfig, {"filters": ()}, ValueError, "filters must be a list of 1 to 1000 whole numbers"),
    (CNNConfig, {"strides": 2, "dilation": 2}, ValueError, "strides and dilation cannot both be above 1"),
    (CNNConfig, {"filters": (8,) * 6}, ValueError, "block 5 leaves no pixel of the 1 x 1"),
    (
        CNNConfig,
        {"kernel_size": 29, "padding": "valid"},
        ValueError,
        "block 1 leaves no pixel of the 28 x 28",
    ),
    (
        LeNet5Config,
        {"input_shape": (11, 28, 1)},
        ValueError,
        "leaves no pixel of 11 x 28; .* at least 12 x 12",
    ),
    (LeNet5Config, {"input_shape": (15, 28, 1), "padding": "valid"}, ValueError, "at least 16 x 16"),
    (ResNetConfig, {"filters": (8,) * 6, "blocks_per_stage": 100}, ValueError, "600 blocks; at most 500"),
    (RNNConfig, {"task": "next token"}, ValueError, "vocabulary_size must be .*; received: None"),
    (
        RNNConfig,
        {"task": "next token", "vocabulary_size": 9, "bidirectional": True},
        ValueError,
        "bidirectional must be False .* already seen it",
    ),
    (
        RNNConfig,
        {"task": "next token", "vocabulary_size": 9, "num_outputs": 3},
        ValueError,
        "num_outputs must be None or 9",
    ),
    (RNNConfig, {"input_shape": (3,)}, ValueError, r"input_shape must be \(steps, features\); for tokens"),
    (RNNConfig, {"input_shape": (5, 1), "vocabulary_size": 9}, ValueError, r"input_shape must be \(steps,\)"),
    (RNNConfig, {"input_shape": (5, None)}, TypeError, "input_shape must be the shape of one example"),
]


@pytest.mark.parametrize(("kind", "fields", "error", "words"), WRONG)
def test_what_is_wrong_is_said(kind, fields, error, words):
    with pytest.raises(error, match=words):
        kind(**fields)


def test_the_smallest_pictures_of_lenet_are_those_it_names():
    assert LeNet5Config(input_shape=(12, 12, 1)).map_shape == (1, 1, 16)
    assert LeNet5Config(input_shape=(16, 16, 1), padding="valid").map_shape == (1, 1, 16)


def test_plain_values_are_kept_plain():
    config = MLPConfig(widths=[np.int64(8), 4.0], input_shape=9, dropout=0)
    assert config.widths == (8, 4) and config.input_shape == (9,) and type(config.widths[0]) is int
    assert CNNConfig(filters=8).filters == (8,)
    assert RNNConfig(vocabulary_size=9, input_shape=64).example_shape == (64,)
    assert RNNConfig(vocabulary_size=9).example_shape == (None,) and RNNConfig().example_shape == (None, 1)


def test_a_record_is_chosen_by_size_by_record_or_by_fields():
    assert configured(MLPConfig, None, {}) == MLPConfig()
    assert configured(MLPConfig, "small", {"dropout": 0.5}) == MLPConfig(widths=(128, 64), dropout=0.5)
    assert configured(MLPConfig, MLPConfig(widths=(3,)), {"l1": 1}) == MLPConfig(widths=(3,), l1=1)
    assert MLPConfig.of_size("tiny", widths=(5,)).widths == (5,)
    with pytest.raises(TypeError, match=r"MLPConfig has no field 'width'; its fields are: input_shape, "):
        build_mlp(width=3)
    with pytest.raises(ValueError, match=r"size must be one of 'tiny', 'small', 'base'; received: 'huge'"):
        build_mlp("huge")
    with pytest.raises(TypeError, match=r"config must be CNNConfig\(...\) or one of the sizes 'tiny'"):
        build_cnn(MLPConfig())
    with pytest.raises(TypeError, match="config must be a record of a model"):
        count_parameters((64, 10))


def test_what_does_not_fit_into_memory_is_not_begun():
    giant = MLPConfig(widths=(1_000_000, 1_000_000))
    assert count_parameters(giant) == 65 * 10**6 + 1_000_001 * 10**6 + 1_000_001 * 10
    with pytest.raises(ValueError, match=r"would have 1,000,076,000,010 parameters, 4,000.3 GB of memory"):
        build_mlp(giant)
    assert affordable(MLPConfig()) == MLPConfig()


def test_parameters_that_papers_give():
    assert sum(LENET5_1998.values()) == 60_000  # section II.B
    assert LENET5_1998["C3"] == 1_516 and LENET5_1998["C5"] == 48_120
    assert count_parameters(LeNet5Config()) == 61_706
    # ResNet-20 has 0.27 million; its first stage alone, by hand
    assert round(count_parameters(ResNetConfig()) / 1e6, 2) == 0.27
    # 32 kernels of 3 x 3 on three channels
    one = CNNConfig(
        input_shape=(9, 9, 3), filters=(32,), pooling="none", head="global average", num_outputs=1
    )
    assert count_parameters(one) == 896 + 33
    counted = {f"{row.family} {row.size}".strip(): row.parameters for row in history_table()}
    assert counted["LeNet-5"] == 60_000
    assert counted["AlexNet"] == 60_965_224 and counted["VGG-16"] == 138_357_544
    assert counted["GPT-2 small"] == 124_439_808 and counted["GPT-2 xl"] == 1_557_611_200
    assert round(counted["GPT-3"] / 1e9) == 175


def test_sizes_grow_and_are_printed():
    assert set(SIZES) == {"mlp", "cnn", "resnet", "rnn", "transformer"}
    for sizes in SIZES.values():
        counted = [count_parameters(config) for config in sizes.values()]
        assert list(sizes) == ["tiny", "small", "base"] and counted == sorted(set(counted))
    lines = str(size_table()).splitlines()
    assert len(lines) == 15 and lines[0].split() == ["mlp", "tiny", "2,410"]
    assert "LeCun and others, 1998" in repr(history_table())


def test_records_and_counts_need_no_framework(python):
    code = """
import sys
import bigmodel_nb.models as models
models.count_parameters(models.RNNConfig()), models.size_table(), models.history_table()
print([name for name in ("keras", "tensorflow", "matplotlib") if name in sys.modules])
"""
    assert python(code).stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    import bigmodel_nb.models

    assert "build_cnn" in dir(bigmodel_nb.models)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        bigmodel_nb.models.nonsense  # noqa: B018
    with pytest.raises(NotImplementedError):
        ModelConfig().parameter_count  # noqa: B018
