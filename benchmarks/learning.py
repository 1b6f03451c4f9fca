"""How well and how fast a tiny model learns an instrument, from nothing, on this machine.

``python -m benchmarks learning`` prints the tables; ``python -m benchmarks.learning --page DIR``
also keeps the sounds, with a page to hear them. It takes some ten minutes an instrument on two
cores, so that it is no part of BENCHMARKS.md unless asked for. Sampled instruments need FluidSynth
and the SoundFont FluidR3_GM.
"""

import argparse
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools import cli
from spectrotools.train.loop import train
from spectrotools.train.transfer import transfer

from .instruments import FLUIDSYNTH, NAMES, RATE, SOUND_FONT

HARMONICS = 12  # of the additive instrument
SPECTRUM = tuple((1 + 0.5 * np.cos(1.3 * k)) / k for k in range(1, HARMONICS + 1))
SAMPLED = ("violin", "flute", "trumpet")
SECONDS = 1.0  # of an example
PHRASES, HELD_OUT = 24, 3  # of 10 s
OCTAVES = 2  # of the lowest notes of an instrument
TRAINING = {
    "batch_size": 4,
    "learning_rate": 2e-3,
    "decay_rate": 0.05,  # by the end
    "log_every": 10,
    "validate_every": 100,
    "validation_batches": 2,
    "sounds_every": 0,
    "checkpoint_every": 500,
    "keep": 1,
}
STEPS = {"additive": 600, "sampled": 2000}
EDGE = 8  # frames at either end, which windows reach beyond
HEARD_DB = -50.0  # loudness from which pitch and loudness are compared


class Point(NamedTuple):
    """Where a training stands."""

    step: int
    minutes: float
    loss: float  # of what is trained on
    held_out: float


def learnt(
    model: keras.Model, source: st.data.Examples, held_out: st.data.Examples, steps: int
) -> list[Point]:
    """Train a model, and give the curve of its losses, from what it gives untrained."""
    start = _loss(model, held_out)
    settings = {**TRAINING, "decay_steps": steps, "validation": held_out}
    with tempfile.TemporaryDirectory() as folder:
        train(model, source, folder, steps, **settings)
        return [Point(0, 0.0, math.nan, start), *_curve(Path(folder))]


def _loss(model: keras.Model, held_out: st.data.Examples) -> float:
    """The loss on those batches that the training validates by."""
    size, count = TRAINING["batch_size"], TRAINING["validation_batches"]
    batches = held_out.dataset(size, seed=0).take(count)
    losses = [tf.add_n(list(model.losses_of(each, model(each)).values())) for each in batches]
    return float(np.mean(losses))


def _curve(folder: Path) -> Iterator[Point]:
    """What the run has told TensorBoard."""
    told: dict[int, dict[str, float]] = {}
    for file in sorted(folder.glob("events*")):
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            values = {value.tag: value.simple_value for value in event.summary.value}
            told.setdefault(event.step, {"time": event.wall_time}).update(values)
    begin = min(values["time"] for values in told.values())
    for step, values in sorted(told.items()):
        if "validation/loss" in values:
            minutes = (values["time"] - begin) / 60
            yield Point(step, minutes, values["loss"], values["validation/loss"])


def _table(title: str, curve: list[Point]) -> str:
    rows = [f"| {p.step} | {p.minutes:.1f} | {p.loss:.2f} | {p.held_out:.2f} |" for p in curve]
    head = ["| step | minutes | loss | loss on what is held out |", "|---:|---:|---:|---:|"]
    return "\n".join([f"### {title}", "", *head, *rows, ""])


def _figures(rows: dict[str, str]) -> str:
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| figure | value |", "|---|---:|", *lines, ""])


def _model(seed: int, reverb_length: int | None) -> st.models.Autoencoder:
    keras.utils.set_random_seed(seed)
    if reverb_length is not None:
        return st.models.Autoencoder.preset("tiny")
    group = st.models.harmonic_plus_noise(sample_rate=RATE, hop_length=64, reverb_length=None)
    return st.models.Autoencoder.preset("tiny", processor_group=group)


def _begun_as_ddsp(seed: int, reverb_length: int | None) -> st.models.Autoencoder:
    """The same, where nothing follows loudness from the start, and harmonics begin alike."""
    model = _model(seed, reverb_length)
    config = model.decoder.get_config() | {"following": None}
    model.decoder = st.models.RecurrentDecoder.from_config(config)
    (tone,) = (p for p in model.processor_group.processors if p.name == "harmonic")
    tone.initial_rolloff = 0.0
    return model


def _shares(
    curve: list[Point], held_out: st.data.Examples, reverb_length: int | None
) -> dict[str, str]:
    """What is left of the loss, which at the start is lower here than in DDSP."""
    ddsp, own, end = _begun_as_ddsp(0, reverb_length), curve[0].held_out, curve[-1].held_out
    starts = {"its start": own, "DDSP's start": _loss(ddsp, held_out)}
    shares = {
        f"loss on what is held out, of {name} ({start:.2f})": f"{100 * end / start:.1f} %"
        for name, start in starts.items()
    }
    noise = _left_by_noise(ddsp, held_out)
    named = f"loss if all that is heard were noise of the right level ({noise:.2f}), of its start"
    return {**shares, named: f"{100 * noise / own:.1f} %"}


def _left_by_noise(model: keras.Model, held_out: st.data.Examples) -> float:
    r"""The loss between a sound and noise that has the right level in every bin.

    Magnitudes of two Gaussian noises are Rayleigh's, and the logarithm of their ratio is logistic
    with scale 1/2: its mean size is ln 2. So much is left of every bin above the loss's floor.
    """
    size, count = TRAINING["batch_size"], TRAINING["validation_batches"]
    (loss,) = model.sound_losses
    shares = [
        sum(np.mean(np.abs(stft(batch["audio"])) > loss.floor) for stft in loss.stfts)
        for batch in held_out.dataset(size, seed=0).take(count)
    ]
    return float(loss.log_magnitude * np.log(2) * np.mean(shares))


def _additive() -> Iterator[str]:
    """An instrument whose harmonics are known, in no room."""
    settings = {"harmonics": SPECTRUM, "example_seconds": SECONDS, "notes": 2}
    source = st.data.SyntheticNotes(128, seed=0, **settings)
    held_out = st.data.SyntheticNotes(16, seed=99, **settings)
    model = _model(0, None)
    curve = learnt(model, source, held_out, STEPS["additive"])
    yield _table(f"A tiny model learns an additive instrument of {HARMONICS} harmonics", curve)
    errors = _harmonic_errors(model, held_out)
    yield _figures(
        {
            **_shares(curve, held_out, None),
            "worst harmonic, rms error": f"{errors.max():.2f} dB",
            "mean of the harmonics": f"{errors.mean():.2f} dB",
        }
    )


def _harmonic_errors(model: st.models.Autoencoder, held_out: st.data.SyntheticNotes) -> np.ndarray:
    """How far each harmonic of the sound is off, dB, where a note is held."""
    batch = next(iter(held_out.dataset(len(held_out))))
    how = {"sample_rate": RATE, "hop_length": 64, "n_harmonics": HARMONICS, "fmin": 100.0}
    target, made = (
        np.abs(st.harmonic_amplitudes(audio, batch["f0_hz"], **how))
        for audio in (batch["audio"], model(batch)["audio"])
    )
    note = np.asarray(batch["f0_hz"]).shape[1] // 2
    inside = np.r_[EDGE * 3 : note - EDGE * 3, note + EDGE * 3 : 2 * note - EDGE * 3]
    decibels = 20 * np.log10(made[:, inside] / target[:, inside])
    return np.sqrt(np.mean(np.square(decibels), axis=(0, 1)))


def _sampled(name: str, page: Path | None) -> Iterator[str]:
    """An instrument of the SoundFont: what it learns, and how it plays what it has not heard."""
    program, lowest, highest = NAMES[name]
    span = {"lowest": lowest, "highest": min(highest, lowest + OCTAVES * 12)}
    cuts = st.data.Cuts(example_seconds=SECONDS, hop_seconds=SECONDS)
    with tempfile.TemporaryDirectory() as work:
        sounds = {}
        for seed, (part, count) in enumerate({"train": PHRASES, "held-out": HELD_OUT}.items()):
            folder = Path(work) / part
            sounds[part] = st.data.render(
                SOUND_FONT, program, folder, phrases=count, seed=seed, **span
            )
        source = st.data.AudioFolder(Path(work) / "train", cuts=cuts)
        held_out = st.data.AudioFolder(Path(work) / "held-out", cuts=cuts)
        model = _model(0, 48000)
        curve = learnt(model, source, held_out, STEPS["sampled"])
        yield _table(f"A tiny model learns the {name} of FluidR3_GM", curve)
        rows = _shares(curve, held_out, 48000)
        played = [soundfile.read(path, dtype="float32")[0] for path in sounds["held-out"]]
        for shift, title in ((0, "held-out phrases"), (12, "an octave higher")):
            made = [transfer(model, audio, transpose_semitones=shift) for audio in played]
            pairs = zip(played, made, strict=True)
            f0, level = np.mean([_errors(*pair, shift) for pair in pairs], axis=0)
            rows[f"{title}: f0, median error"] = f"{f0:.3f} semitones"
            rows[f"{title}: loudness, mean error"] = f"{level:.2f} dB"
            if page is not None:
                _keep(page / name / title, sounds["held-out"], made)
        yield _figures(rows)


def _errors(target: np.ndarray, made: np.ndarray, shift: float) -> tuple[float, float]:
    """Of pitch, in semitones, and of loudness, in dB, where the target sounds."""
    features = st.data.Features()
    wanted, heard = features(target), features(made)
    loud = wanted["loudness_db"] > HEARD_DB
    sure = loud & (wanted["f0_confidence"] > 0.9)
    semitones = 12 * np.log2(heard["f0_hz"][sure] / wanted["f0_hz"][sure]) - shift
    level = np.abs(heard["loudness_db"] - wanted["loudness_db"])[loud]
    return float(np.median(np.abs(semitones))), float(level.mean())


def _keep(folder: Path, references: list[Path], made: list[np.ndarray]) -> None:
    """Write the sounds side by side, and a page of how near they are."""
    for part, sounds in (
        ("reference", [soundfile.read(path)[0] for path in references]),
        ("generated", made),
    ):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for path, audio in zip(references, sounds, strict=True):
            soundfile.write(folder / part / path.name, audio, RATE, subtype="FLOAT")
    pair = [str(folder / part) for part in ("reference", "generated")]
    cli.main(["evaluate", *pair, "--jobs", "1", "--overwrite", "--out", str(folder)])


def tables(page: Path | None = None) -> Iterator[str]:
    yield from _additive()
    if FLUIDSYNTH is None or not SOUND_FONT.exists():
        yield "Sampled instruments are left out: FluidSynth and FluidR3_GM are not installed.\n"
        return
    for name in SAMPLED:
        yield from _sampled(name, page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--page", type=Path, metavar="DIR", help="keep the sounds, with pages")
    for table in tables(parser.parse_args().page):
        print(table, flush=True)
