"""Gradients on several devices, in a process of its own.

``devices.py mirrored OUT`` has two virtual ones; ``devices.py worker OUT`` is one of the workers
that TF_CONFIG names; ``devices.py one OUT`` is one device alone, with the whole batch.
"""

import sys

import keras
import numpy as np
import tensorflow as tf

from spectrotools.train.distribution import strategy
from spectrotools.train.loop import train
from spectrotools.train.step import Step
from tests.train.small import Gain, Noise

KINDS = {"mirrored": "mirrored", "worker": "workers", "one": None}


def two_cpus() -> tf.distribute.Strategy:
    """Two virtual devices."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    virtual = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [virtual, virtual])
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def main(kind: str, out: str) -> None:
    spread = two_cpus() if kind == "mirrored" else strategy(KINDS[kind])
    with spread.scope():
        model = Gain(noise=0.0, normalized=False)
        batch = Noise().batch(4, 0, 0)
        model(batch)
        step = Step(model, keras.optimizers.Adam(), clip_norm=0.05, jit_compile=False)
        gradients = step.gradients(batch)
        model = Gain(noise=0.0, normalized=False)
        train(model, Noise(broken=[2]), f"{out}-run", 5, batch_size=4, validation=Noise())
    weights = [variable.numpy() for variable in model.trainable_variables]
    np.savez(out, *gradients, *weights, replicas=spread.num_replicas_in_sync)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
