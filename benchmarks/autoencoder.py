"""A training step of the autoencoder beside the same decoder before DDSP's arithmetic.

``python -m benchmarks autoencoder`` prints the tables.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import spectrotools as st

from . import harness, losses, noise, oscillators
from .plain import BATCH, FRAMES, SAMPLES, SECONDS

TAPS = 48000
SIZES = ("tiny", "solo")


def _batch() -> dict[str, tf.Tensor]:
    """Steady notes and a target of noise: the arithmetic is the same for any."""
    rng = np.random.default_rng(0)
    f0_hz = np.broadcast_to(rng.uniform(60.0, 78.0, (BATCH, 1)), (BATCH, FRAMES))
    parts = {
        "audio": 0.1 * rng.standard_normal((BATCH, SAMPLES)),
        "f0_hz": f0_hz,
        "loudness_db": rng.uniform(-40.0, -10.0, (BATCH, FRAMES)),
    }
    return {name: tf.constant(part, tf.float32) for name, part in parts.items()}


def _ours(model: st.models.Autoencoder) -> Callable:
    def loss(batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        return tf.add_n(list(model.losses_of(batch, model(batch)).values()))

    return loss


def _exp_sigmoid(x: tf.Tensor) -> tf.Tensor:
    return 2.0 * tf.nn.sigmoid(x) ** np.log(10.0) + 1e-7


def _ddsp(model: st.models.Autoencoder) -> Callable:
    """The model's decoder and room, and DDSP's published arithmetic from there to the loss."""
    measure = losses._ddsp(logs=True)
    size = 2 ** int(np.ceil(np.log2(SAMPLES + TAPS - 1)))
    (room,) = (p for p in model.processor_group.processors if p.name == "reverb")

    def loss(batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        controls = model.decoder(model._features(batch))
        even = _exp_sigmoid(controls["harmonic_distribution"])
        even /= tf.reduce_sum(even, axis=-1, keepdims=True)
        amplitudes = _exp_sigmoid(controls["amplitudes"])[..., 0]
        sound = oscillators.ddsp(batch["f0_hz"], amplitudes, even)
        drawn = tf.random.uniform([BATCH, SAMPLES], -1.0, 1.0)
        sound += noise.ddsp_tf(drawn, _exp_sigmoid(controls["magnitudes"] - 5.0))
        response = room.impulse_response.value()
        spectrum = tf.signal.rfft(sound, [size]) * tf.signal.rfft(response, [size])
        sound += tf.signal.irfft(spectrum, [size])[:, :SAMPLES]
        return tf.reduce_mean(measure(batch["audio"], sound))

    return loss


def _step(name: str, arithmetic: Callable, compiled: bool) -> Callable:
    """The loss of a batch and its gradient by every weight, without the optimizer."""
    model, batch = st.models.Autoencoder.preset(name), _batch()
    model.build({part: value.shape for part, value in batch.items()})
    loss = arithmetic(model)

    @tf.function(jit_compile=compiled)
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            value = loss(batch)
        return [value, *tape.gradient(value, model.trainable_variables)]

    return step


CASES = {
    f"{label} {name} {mode}": (name, arithmetic, mode == "XLA")
    for name in SIZES
    for label, arithmetic in (("spectrotools", _ours), ("DDSP's arithmetic", _ddsp))
    for mode in ("graph", "XLA")
}


def tables() -> Iterator[str]:
    for name in SIZES:
        chosen = [case for case in CASES if f" {name} " in case]
        cases = [harness.Case(case, _step(*CASES[case])) for case in chosen]
        title = f"Loss and all gradients of the {name} autoencoder, {BATCH} x {SECONDS:.0f} s"
        yield harness.compare(title, cases, BATCH * SECONDS, 2)
        lines = [f"| {c} | {harness.peak_memory(__name__, c):.0f} |" for c in chosen]
        yield "\n".join(
            [
                f"### Peak memory of the same, {name}",
                "",
                "| case | MiB |",
                "|---|---:|",
                *lines,
                "",
            ]
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", choices=CASES)
    harness.print_peak(_step(*CASES[parser.parse_args().peak]))
