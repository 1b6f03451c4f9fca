"""A small model and a small source, which keep the contracts of training."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

SAMPLES, FRAMES = 256, 16


class Gain(keras.Model):
    """Shapes sound by gains of its loudness, with noise whose seed it holds."""

    def __init__(self, units: int = 4, noise: float = 0.01, normalized: bool = True):
        super().__init__()
        self.hidden = keras.layers.Dense(units, activation="tanh", kernel_initializer="ones")
        normalization = keras.layers.BatchNormalization
        self.normal = normalization(momentum=0.9) if normalized else keras.layers.Identity()
        self.gain = keras.layers.Dense(1, kernel_initializer="ones")
        self.noise = noise
        self.seeds = keras.random.SeedGenerator(seed=7)

    def call(self, batch, training=None):
        frames = self.hidden(batch["loudness_db"][..., None] / 80 + 1)
        gains = self.gain(self.normal(frames, training=training))[..., 0]
        gains = tf.repeat(gains, SAMPLES // FRAMES, axis=-1)
        noise = keras.random.normal(tf.shape(gains), seed=self.seeds)
        return {"audio": gains * batch["audio"] + self.noise * noise}

    def losses_of(self, batch, outputs):
        difference = outputs["audio"] - 0.5 * batch["audio"]
        return {
            "square": tf.reduce_mean(difference**2),
            "absolute": 0.1 * tf.reduce_mean(tf.abs(difference)),
        }


class Noise:
    """A source of noise; some of its batches may be broken, and some missing."""

    sample_rate = 8000

    def __init__(self, broken=(), missing=None):
        self.broken = set(broken)
        self.missing = missing

    def batches(self, batch_size: int, start_step: int, seed: int) -> Iterator[dict]:
        step = start_step
        while True:
            if step == self.missing:
                raise FileNotFoundError(2, "No such file or directory", "shard-7")
            yield self.batch(batch_size, step, seed)
            step += 1

    def batch(self, batch_size: int, step: int, seed: int) -> dict:
        rng = np.random.default_rng([seed, step])
        audio = rng.normal(size=(batch_size, SAMPLES)).astype(np.float32)
        if step in self.broken:
            audio[0, 3] = np.nan if step % 2 else np.inf
        loudness = rng.uniform(-80, 0, (batch_size, FRAMES)).astype(np.float32)
        flat = np.ones_like(loudness)
        arrays = {
            "audio": audio,
            "f0_hz": 220 * flat,
            "f0_confidence": flat,
            "loudness_db": loudness,
        }
        return {name: tf.constant(value) for name, value in arrays.items()}


def weights(model: keras.Model) -> list[np.ndarray]:
    return [variable.numpy() for variable in model.variables]


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.tobytes() == b.tobytes()
