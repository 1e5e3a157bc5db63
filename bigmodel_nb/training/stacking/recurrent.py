"""Recurrent layers with stacked weights: what comes in is multiplied for all steps at once, then one loop
over time serves all members. The formulas are Keras's, those of `maths/recurrence.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _along_time(layer: Any, at: Any, x: Any, step: Callable[..., Any], states: int) -> Any:
    """The states (members, batch, steps, units) that `step(inputs of a moment, *states)` goes through, or the
    last of them; the first of `states` is what is put out."""
    import tensorflow as tf

    units, members = layer.units, at.members
    first = [tf.zeros(tf.stack([members, tf.shape(x)[1], units])) for _state in range(states)]
    moments = tf.transpose(x, (2, 0, 1, 3))  # (steps, members, batch, gates x units)
    count = tf.shape(moments)[0]
    every = tf.TensorArray(tf.float32, count if layer.return_sequences else 0)

    def body(t: Any, every: Any, *now: Any) -> Any:
        place = count - 1 - t if layer.go_backwards else t
        made = step(moments[place], *now)
        for state in made:
            state.set_shape((members, None, units))
        return (t + 1, every.write(t, made[0]) if layer.return_sequences else every, *made)

    shapes = [tf.TensorShape((members, None, units))] * states
    _t, every, *last = tf.while_loop(
        lambda t, *_others: t < count,
        body,
        (tf.constant(0), every, *first),
        shape_invariants=(tf.TensorShape(()), tf.TensorShape(None), *shapes),
        maximum_iterations=moments.shape[0],
    )
    if not layer.return_sequences:
        return last[0]
    found = tf.transpose(every.stack(), (1, 2, 0, 3))
    found.set_shape((members, None, x.shape[2], units))
    return found


def _inputs(layer: Any, at: Any, x: Any, bias: Any) -> Any:
    from bigmodel_nb.training.stacking.layers import along, for_all, product

    y = product(x, at[layer.cell.kernel])
    y = y if bias is None else y + along(bias, 4)
    return for_all(y, at.members)


def simple(layer: Any, at: Any, x: Any) -> Any:
    import tensorflow as tf

    cell = layer.cell
    recurrent = at[cell.recurrent_kernel]

    def step(now: Any, before: Any) -> list[Any]:
        return [cell.activation(now + tf.matmul(before, recurrent))]

    return _along_time(layer, at, _inputs(layer, at, x, at[cell.bias] if cell.use_bias else None), step, 1)


def lstm(layer: Any, at: Any, x: Any) -> Any:
    """Hochreiter and Schmidhuber, 1997, with the forget gate of Gers and others, 2000."""
    import tensorflow as tf

    cell = layer.cell
    recurrent = at[cell.recurrent_kernel]

    def step(now: Any, output: Any, memory: Any) -> list[Any]:
        i, f, c, o = tf.split(now + tf.matmul(output, recurrent), 4, axis=-1)
        gate = cell.recurrent_activation
        memory = gate(f) * memory + gate(i) * cell.activation(c)
        return [gate(o) * cell.activation(memory), memory]

    return _along_time(layer, at, _inputs(layer, at, x, at[cell.bias] if cell.use_bias else None), step, 2)


def gru(layer: Any, at: Any, x: Any) -> Any:
    """Cho and others, 2014; with `reset_after` as in cuDNN, where the gate comes after the product."""
    import tensorflow as tf

    cell, units = layer.cell, layer.units
    recurrent = at[cell.recurrent_kernel]
    bias = inner = None
    if cell.use_bias and cell.reset_after:
        bias, inner = at[cell.bias][:, 0], at[cell.bias][:, 1][:, None]
    elif cell.use_bias:
        bias = at[cell.bias]

    def step(now: Any, before: Any) -> list[Any]:
        x_z, x_r, x_h = tf.split(now, 3, axis=-1)
        if cell.reset_after:
            product = tf.matmul(before, recurrent)
            h_z, h_r, h_h = tf.split(product if inner is None else product + inner, 3, axis=-1)
        else:
            h_z, h_r = tf.split(tf.matmul(before, recurrent[..., : 2 * units]), 2, axis=-1)
        z, r = cell.recurrent_activation(x_z + h_z), cell.recurrent_activation(x_r + h_r)
        h_h = r * h_h if cell.reset_after else tf.matmul(r * before, recurrent[..., 2 * units :])
        return [z * before + (1 - z) * cell.activation(x_h + h_h)]

    return _along_time(layer, at, _inputs(layer, at, x, bias), step, 1)


def bidirectional(layer: Any, at: Any, x: Any) -> Any:
    """Schuster and Paliwal, 1997: one layer from the start, one from the end."""
    import tensorflow as tf

    kinds = {"SimpleRNN": simple, "LSTM": lstm, "GRU": gru}
    ahead, back = (
        kinds[type(one).__name__](one, at, x) for one in (layer.forward_layer, layer.backward_layer)
    )
    if layer.return_sequences:
        back = tf.reverse(back, [2])
    if layer.merge_mode == "concat":
        return tf.concat([ahead, back], -1)
    made = ahead * back if layer.merge_mode == "mul" else ahead + back
    return made / 2 if layer.merge_mode == "ave" else made


TABLE = {"SimpleRNN": simple, "LSTM": lstm, "GRU": gru, "Bidirectional": bidirectional}
