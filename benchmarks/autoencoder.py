"""A training step of the autoencoder beside the same decoder before DDSP's arithmetic.

``python -m benchmarks autoencoder`` prints the tables.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import spectrotools as st

from . import harness, losses, noise, oscillators
from .plain import BATCH, FRAMES, SAMPLES, SECONDS

TAPS = 48000
SIZES = ("tiny", "solo")
CALLS, ROUNDS = 5, 2
OUTPUTS = ("amplitudes", "harmonic_distribution", "magnitudes")


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


def _model(name: str, batch: Mapping[str, tf.Tensor]) -> st.models.Autoencoder:
    model = st.models.Autoencoder.preset(name)
    model.build({part: value.shape for part, value in batch.items()})
    return model


def _ours(model: st.models.Autoencoder) -> Callable:
    def loss(batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        return tf.add_n(list(model.losses_of(batch, model(batch)).values()))

    return loss


def _exp_sigmoid(x: tf.Tensor) -> tf.Tensor:
    return 2.0 * tf.nn.sigmoid(x) ** np.log(10.0) + 1e-7


def _ddsp(model: st.models.Autoencoder) -> Callable:
    """The model's decoder with Keras's GRU, and DDSP's arithmetic from there to the loss."""
    rnn = model.decoder.rnn
    rnn.inner_loop = functools.partial(keras.layers.GRU.inner_loop, rnn)
    measure = losses.ddsp(logs=True)
    size = 2 ** int(np.ceil(np.log2(SAMPLES + TAPS - 1)))
    (room,) = (p for p in model.processor_group.processors if p.name == "reverb")

    def loss(batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        controls = model.decoder(model.features_of(batch))
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
    batch = _batch()
    model = _model(name, batch)
    loss = arithmetic(model)

    @tf.function(jit_compile=compiled)
    def step(batch: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            value = loss(batch)
        return [value, *tape.gradient(value, model.trainable_variables)]

    return functools.partial(step, batch)


def _graded(function: Callable, weights: list, inputs: list, compiled: bool) -> Callable:
    """A part of a step alone: its sound, and the gradient by its weights and inputs."""

    @tf.function(jit_compile=compiled)
    def both(*given: tf.Tensor) -> list:
        with tf.GradientTape() as tape:
            tape.watch(given)
            made = function(*given)
        found = tape.gradient(made, [*weights, *given], unconnected_gradients="zero")
        return [made, found]

    return functools.partial(both, *inputs)


def _parts(name: str, compiled: bool) -> dict[str, Callable]:
    """The parts of a step, forward and backward, each alone."""
    batch = _batch()
    model = _model(name, batch)
    players = {player.name: player for player in model.processor_group.processors}
    (loss,) = model.sound_losses
    controls = [model.decoder(model.features_of(batch))[output] for output in OUTPUTS]
    f0_hz, sound = batch["f0_hz"][..., None], batch["audio"][:, ::-1]

    def decoded(_: tf.Tensor) -> list[tf.Tensor]:
        return list(model.decoder(model.features_of(batch)).values())

    room = players["reverb"].trainable_variables
    alone: dict[str, tuple[Callable, list, list]] = {
        "features and decoder": (decoded, model.decoder.trainable_variables, [f0_hz]),
        "harmonics": (lambda *given: players["harmonic"](*given, f0_hz), [], controls[:2]),
        "noise": (players["noise"], [], controls[2:]),
        "room": (players["reverb"], room, [sound]),
        "loss": (lambda heard: loss(batch["audio"], heard), [], [sound]),
    }
    return {part: _graded(*given, compiled) for part, given in alone.items()}


CASES = {
    f"{label} {name} {mode}": functools.partial(_step, name, arithmetic, mode == "XLA")
    for name in SIZES
    for label, arithmetic in (("spectrotools", _ours), ("DDSP's arithmetic", _ddsp))
    for mode in ("graph", "XLA")
}


def _measure(case: str) -> None:
    """Print the seconds of the first call and of others, and MiB by which they raise the peak."""
    call = CASES[case]()
    base, seconds = harness.peak_mib(), []
    for _ in range(1 + CALLS):
        start = time.perf_counter()
        kept = call()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "mib": harness.peak_mib() - base}))
    del kept


def _measured(case: str) -> dict:
    """A case in a process of its own, where no other has left memory to it."""
    command = [sys.executable, "-m", __name__, "--case", case]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def _table(name: str) -> str:
    """The step of a size, ours and DDSP's, in rounds, so that a slow minute is shared."""
    cases = [case for case in CASES if f" {name} " in case]
    rounds = [{case: _measured(case) for case in cases} for _ in range(ROUNDS)]
    lines = [
        f"### Loss and all gradients of the {name} autoencoder, {BATCH} x {SECONDS:.0f} s",
        "",
        "Each case is in processes of its own; memory is what a step, its compilation and all,",
        "adds to the peak.",
        "",
        "| case | median ms | min ms | ratio | x real time | first call ms | MiB | of DDSP's |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    base = None
    for case in cases:
        seconds = [part for each in rounds for part in each[case]["seconds"][1:]]
        median = statistics.median(seconds)
        base = base or median
        first = 1e3 * min(each[case]["seconds"][0] for each in rounds)
        mib, peer = (
            max(each[other]["mib"] for each in rounds)
            for other in (case, case.replace("spectrotools", "DDSP's arithmetic"))
        )
        lines.append(
            f"| {case} | {1e3 * median:.0f} | {1e3 * min(seconds):.0f} | {median / base:.2f} "
            f"| {BATCH * SECONDS / median:.0f} | {first:.0f} | {mib:.0f} | {mib / peer:.2f} |"
        )
    return "\n".join([*lines, ""])


def _profile(name: str) -> Iterator[str]:
    """Where the time of a step goes: its parts alone, one after the other."""
    for mode in ("graph", "XLA"):
        parts = _parts(name, mode == "XLA")
        cases = [harness.Case(part, call) for part, call in parts.items()]
        title = f"Parts of a step of the {name} autoencoder, forward and backward, {mode}"
        yield harness.compare(title, cases, BATCH * SECONDS, 2)


def tables() -> Iterator[str]:
    for name in SIZES:
        yield _table(name)
    for name in SIZES:
        yield from _profile(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", choices=CASES)
    _measure(parser.parse_args().case)
