"""What the tests of losses share: the loss that others are measured beside."""

import tensorflow as tf

__all__ = ["multi_scale"]


def multi_scale(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """The mean absolute difference of magnitudes of six sizes, linear and logarithmic."""
    terms = []
    for size in (2048, 1024, 512, 256, 128, 64):
        both = [abs(tf.signal.stft(x, size, size // 4)) for x in (target, audio)]
        logs = [tf.math.log(x + 1e-5) for x in both]
        terms += [tf.reduce_mean(abs(pair[0] - pair[1])) for pair in (both, logs)]
    return tf.add_n(terms)
