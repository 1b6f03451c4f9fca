"""What the subjects of synthesis share: a grid, gradients, and the best plain forms of a phase."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

BATCH, FRAMES, HOP, RATE = 16, 1000, 64, 16000
SAMPLES = FRAMES * HOP
SECONDS = SAMPLES / RATE
GRID = {"sample_rate": RATE, "hop_length": HOP}
TURN = 2 * np.pi
LINE = np.arange(HOP) / HOP
FADE = np.sin(np.pi / 2 * LINE) ** 2


def held(frames: tf.Tensor) -> tf.Tensor:
    """Frames ``[batch, frames, ...]``, the last of them twice."""
    return tf.concat([frames, frames[:, -1:]], axis=1)


def between(frames: tf.Tensor, shares: np.ndarray = LINE) -> tf.Tensor:
    """Frames ``[batch, frames, ...]`` at every sample, by shares of the next frame."""
    ends, rank = held(frames), len(frames.shape) - 2
    weights = tf.reshape(tf.constant(shares, frames.dtype), [HOP] + [1] * rank)
    along = ends[:, :-1, None] * (1 - weights) + ends[:, 1:, None] * weights
    return tf.reshape(along, [frames.shape[0], -1, *frames.shape[2:]])


def turns(f0_hz: tf.Tensor) -> tf.Tensor:
    """Phase of a frequency along lines, ``[batch, frames, hop]``, wrapped frame by frame."""
    ends = held(f0_hz)
    rises, place = ends[:, 1:] - f0_hz, tf.range(HOP, dtype=f0_hz.dtype)
    within = f0_hz[..., None] * (place / RATE) + rises[..., None] * (place**2 / (2 * HOP * RATE))
    each = (f0_hz + ends[:, 1:]) * (HOP / 2 / RATE) % 1.0
    return within + tf.cumsum(each, axis=1, exclusive=True)[..., None] % 1.0


def torch_turns(f0_hz):
    """The same of one item in torch."""
    import torch

    ends = torch.cat([f0_hz, f0_hz[-1:]])
    rises, place = ends[1:] - f0_hz, torch.arange(HOP)
    within = f0_hz[:, None] * (place / RATE) + rises[:, None] * (place**2 / (2 * HOP * RATE))
    each = (f0_hz + ends[1:]) * (HOP / 2 / RATE) % 1.0
    return within + ((torch.cumsum(each, 0) - each) % 1.0)[:, None]


def exact_turns(f0_hz: np.ndarray, hop: int = HOP, rate: int = RATE) -> np.ndarray:
    """The same in float64 by NumPy, ``[..., frames, hop]`` in [0, 1)."""
    ends = np.concatenate([f0_hz, f0_hz[..., -1:]], axis=-1).astype(np.float64)
    starts, rises, place = ends[..., :-1], np.diff(ends), np.arange(hop)
    each = (starts + ends[..., 1:]) * hop / (2 * rate) % 1.0
    whole = np.cumsum(each, axis=-1) - each
    within = starts[..., None] * place / rate + rises[..., None] * place**2 / (2 * hop * rate)
    return (whole[..., None] + within) % 1.0


def summed_turns(f0_hz: np.ndarray, hop: int = HOP, rate: int = RATE) -> np.ndarray:
    """The same as one writes it: a float64 sum of the frequencies between the samples."""
    ends = np.concatenate([f0_hz, f0_hz[..., -1:]], axis=-1).astype(np.float64)
    middle = (np.arange(hop) + 0.5) / hop
    steps = ends[..., :-1, None] * (1 - middle) + ends[..., 1:, None] * middle
    steps = steps.reshape(*f0_hz.shape[:-1], -1) / rate
    return np.cumsum(steps, axis=-1) - steps


def _weights(items: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((items, SAMPLES)).astype(np.float32)


def with_gradient(function: Callable, items: int = BATCH) -> Callable:
    """The wave, and the gradient of a weighted sum of it by every control."""
    weights = tf.constant(_weights(items))

    def both(*given: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(given)
            sound = function(*given)
        gradients = tape.gradient(sound, given, output_gradients=weights)
        return sound, [tf.convert_to_tensor(gradient) for gradient in gradients]

    return both


def torch_with_gradient(function: Callable) -> Callable:
    """The same in torch."""
    import torch

    weights = torch.from_numpy(_weights(BATCH))

    def both(*given) -> tuple:
        leaves = [tensor.detach().requires_grad_() for tensor in given]
        sound = function(*leaves)
        sound.backward(weights)
        return sound.detach(), [leaf.grad for leaf in leaves]

    return both


def wave(result: object) -> np.ndarray:
    """The sound of a result, which a gradient may follow."""
    return np.asarray(result[0] if isinstance(result, tuple) else result)
