"""An LSTM layer's pass through time, written so that XLA makes less of it: for the compiled loops of `fit`.

Keras's layer lets TensorFlow find the slopes through its loop over time: each step then multiplies its input,
and adds its share to the slopes of both kernels. Here the inputs of all steps are multiplied at once before
the loop, the gates are kept, and the slopes of the kernels are one product each after it. The mathematics is
that of `bigmodel_nb.maths.through_time`; sums are added in another order, so results differ by rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bigmodel_nb.training.later import keras


def fuse_lstms(model: Any) -> int:
    """Gives the faster pass to each LSTM layer of `model` that computes the same; how many there are."""
    layers = [layer for layer in model._flatten_layers() if _is_plain(layer)]
    for layer in layers:
        layer.inner_loop = _inner_loop(layer)
    return len(layers)


def _is_plain(layer: Any) -> bool:
    """Whether a layer is Keras's LSTM as it comes, with nothing that is drawn anew from step to step."""
    if type(layer) is not keras.layers.LSTM or layer.stateful or layer.unroll or not layer.use_bias:
        return False
    cell = layer.cell
    activations = (cell.activation, cell.recurrent_activation)
    return (
        activations == (keras.activations.tanh, keras.activations.sigmoid)
        and not cell.dropout
        and not cell.recurrent_dropout
        and layer.compute_dtype == "float32"
    )


def _inner_loop(layer: Any) -> Callable[..., Any]:
    slower = layer.inner_loop

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        import tensorflow as tf

        steps = sequences.shape[1]
        if mask is not None or steps is None:
            return slower(sequences, initial_state, mask, training)
        cell = layer.cell
        h, c = initial_state
        if layer.go_backwards:
            sequences = tf.reverse(sequences, [1])
        pass_ = _pass_through(steps, cell.units)
        kernels = [tf.convert_to_tensor(one) for one in (cell.kernel, cell.recurrent_kernel, cell.bias)]
        states, memory = pass_(sequences, h, c, *kernels)
        outputs = tf.transpose(states, (1, 0, 2))
        return outputs[:, -1], outputs if layer.return_sequences else outputs[:, -1:], [states[-1], memory]

    return inner_loop


def _pass_through(steps: int, units: int) -> Callable[..., Any]:
    """A function of inputs (n, steps, features), first h and c (n, units) and the weights: all states (steps,
    n, units) and the last memory (n, units)."""
    import tensorflow as tf

    def array() -> Any:
        return tf.TensorArray(tf.float32, steps, element_shape=(None, units))

    def wide() -> Any:
        return tf.TensorArray(tf.float32, steps, element_shape=(None, 4 * units))

    def gated(sums: Any) -> tuple[Any, Any, Any, Any]:
        i, f, g, o = tf.split(sums, 4, axis=-1)
        return tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)

    @tf.custom_gradient
    def run(x: Any, first_h: Any, first_c: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        by_step = tf.transpose(x, (1, 0, 2))
        flat_x = tf.reshape(by_step, (-1, by_step.shape[2]))
        sums = tf.reshape(flat_x @ kernel + bias, (steps, -1, 4 * units))

        def forward(t: Any, h: Any, c: Any, hs: Any, cs: Any, gates: Any) -> tuple[Any, ...]:
            i, f, g, o = gated(sums[t] + h @ recurrent)
            c = f * c + i * g
            h = o * tf.tanh(c)
            kept = tf.concat([i, f, g, o], axis=1)
            return t + 1, h, c, hs.write(t, h), cs.write(t, c), gates.write(t, kept)

        begin = (0, first_h, first_c, array(), array(), wide())
        _t, _h, last_c, hs, cs, gates = tf.while_loop(
            lambda t, *_rest: t < steps, forward, begin, maximum_iterations=steps
        )
        h, c, kept = hs.stack(), cs.stack(), gates.stack()

        def backward(dh_all: Any, dc_last: Any) -> list[Any]:
            i, f, g, o = tf.split(kept, 4, axis=2)
            h_before = tf.concat([first_h[None], h[:-1]], axis=0)
            c_before = tf.concat([first_c[None], c[:-1]], axis=0)
            seen = tf.tanh(c)
            # what a slope of c and one of h say of the sums of the four gates
            from_c = tf.concat([g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g)], axis=2)
            from_h, h_by_c = seen * o * (1 - o), o * (1 - seen * seen)
            turned = tf.transpose(recurrent)

            def back(t: Any, dh: Any, dc: Any, slopes: Any) -> tuple[Any, ...]:
                dh = dh + dh_all[t]
                dc = dc + dh * h_by_c[t]
                slope = tf.concat([tf.tile(dc, (1, 3)) * from_c[t], dh * from_h[t]], axis=1)
                return t - 1, slope @ turned, dc * f[t], slopes.write(t, slope)

            begin = (steps - 1, tf.zeros_like(first_h), dc_last, wide())
            _t, dh, dc, slopes = tf.while_loop(
                lambda t, *_rest: t >= 0, back, begin, maximum_iterations=steps
            )
            flat = tf.reshape(slopes.stack(), (-1, 4 * units))
            dx = tf.reshape(flat @ tf.transpose(kernel), tf.shape(by_step))
            return [
                tf.transpose(dx, (1, 0, 2)),
                dh,
                dc,
                tf.transpose(flat_x) @ flat,
                tf.transpose(tf.reshape(h_before, (-1, units))) @ flat,
                tf.reduce_sum(flat, axis=0),
            ]

        return (h, last_c), backward

    return run
