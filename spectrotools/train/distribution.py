"""Many devices, and many machines."""

from typing import Literal

import tensorflow as tf

__all__ = ["Distribution", "strategy"]

Distribution = Literal["mirrored", "workers"]


def strategy(distribution: Distribution | None) -> tf.distribute.Strategy:
    """How variables and batches are shared out; call before TensorFlow computes anything.

    Args:
        distribution: ``"mirrored"`` is all GPUs of this machine, ``"workers"`` all machines that
            the environment variable TF_CONFIG names, None this machine's first device.
    """
    if distribution == "mirrored":
        return tf.distribute.MirroredStrategy()
    if distribution == "workers":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()
