"""Metrics in Keras: the mean over signals, however they come, in ``fit``, and saved."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import spectrotools as st

Metric = st.metrics.SignalMetric
NAMES = (
    "f0_rmse",
    "log_spectral_distance",
    "loudness_error",
    "multi_resolution_stft_distance",
    "overall_accuracy",
    "periodicity_error",
    "raw_chroma_accuracy",
    "raw_pitch_accuracy",
    "si_sdr",
    "snr",
    "spectral_convergence",
    "voicing_f1",
    "voicing_false_alarm",
    "voicing_recall",
)
# Each is compiled by the law of ways to run; here that Keras compiles one of every kind.
FITTED = ("log_spectral_distance", "loudness_error", "raw_pitch_accuracy", "si_sdr", "snr")
SETTINGS = {name: {"sample_rate": 8000} for name in ("loudness_error", "periodicity_error")}


def sounds(rng: np.random.Generator, count: int = 7) -> tuple[np.ndarray, np.ndarray]:
    reference = rng.standard_normal((count, 600)).astype(np.float32)
    return reference, reference + 0.3 * rng.standard_normal((count, 600)).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_mean_over_all_signals_however_they_are_cut(name, rng):
    reference, estimate = sounds(rng)
    settings = SETTINGS.get(name, {})
    expected = np.mean(getattr(st.metrics, name)(reference, estimate, **settings))
    metric = Metric(name, **settings)
    assert metric.name == name
    for cut in (slice(0, 1), slice(1, 6), slice(6, 7)):
        metric.update_state(reference[cut], estimate[cut])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    metric.update_state(reference[:2], estimate[:2])
    first = np.mean(getattr(st.metrics, name)(reference[:2], estimate[:2], **settings))
    assert float(metric.result()) == pytest.approx(first, rel=1e-5)


def test_signals_count_as_their_weights_say(rng):
    reference, estimate = sounds(rng)
    weights = rng.uniform(0, 2, len(reference)).astype(np.float32)
    metric = Metric(st.metrics.snr)
    metric.update_state(reference, estimate, sample_weight=weights)
    expected = np.average(st.metrics.snr(reference, estimate), weights=weights)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


class Gain(keras.layers.Layer):
    """Sound times a factor that is learnt."""

    def build(self, _: tuple) -> None:
        self.gain = self.add_weight(shape=(), initializer=keras.initializers.Constant(0.5))

    def call(self, audio):
        return self.gain * audio


def model(jit: bool) -> keras.Model:
    ends = keras.Input([600])
    whole = keras.Model(ends, Gain()(ends))
    whole.compile(
        keras.optimizers.SGD(0.1),
        "mse",
        metrics=[Metric(name, **SETTINGS.get(name, {})) for name in FITTED],
        jit_compile=jit,
    )
    return whole


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True])
def test_fit_and_evaluate_report_it(jit, rng):
    reference, sound = sounds(rng)
    whole = model(jit)
    history = whole.fit(sound, reference, batch_size=3, epochs=2, verbose=0).history
    assert set(FITTED) <= set(history)
    assert history["snr"][1] > history["snr"][0]
    found = whole.evaluate(sound, reference, batch_size=3, verbose=0, return_dict=True)
    estimate = whole.predict(sound, verbose=0)
    for name in FITTED:
        expected = np.mean(
            getattr(st.metrics, name)(reference, estimate, **SETTINGS.get(name, {}))
        )
        assert found[name] == pytest.approx(expected, rel=1e-4), name


def test_outputs_may_be_of_another_precision(rng):
    reference, estimate = sounds(rng)
    metric = Metric("snr")
    metric.update_state(reference.astype(np.float64), keras.ops.cast(estimate, "bfloat16"))
    expected = np.mean(st.metrics.snr(reference, estimate))
    assert float(metric.result()) == pytest.approx(expected, abs=0.05)


@keras.saving.register_keras_serializable("tests")
def largest_error(reference, estimate):
    return keras.ops.max(keras.ops.abs(reference - estimate), axis=-1)


@pytest.mark.parametrize(
    "metric",
    [
        Metric("snr"),
        Metric(st.metrics.periodicity_error, name="buzz", sample_rate=8000, fmax=400.0),
        Metric("log_spectral_distance", stft=st.STFT(n_fft=256, hop_length=64), floor_db=-60.0),
        Metric(largest_error),
    ],
    ids=lambda metric: metric.name,
)
def test_it_is_built_again_of_its_config(metric, rng):
    pair = sounds(rng)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    again = keras.saving.deserialize_keras_object(config)
    assert again.name == metric.name
    for each in (metric, again):
        each.reset_state()
        each.update_state(*pair)
    assert float(again.result()) == float(metric.result()) != 0.0


RELOAD = """
import sys, keras, numpy as np, spectrotools as st
pair = np.load(sys.argv[1] + "/pair.npy")
model = keras.models.load_model(
    sys.argv[1] + "/model.keras", custom_objects=st.layers.custom_objects()
)
print(model.evaluate(*pair, verbose=0, return_dict=True)["snr"])
"""


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
@pytest.mark.slow
def test_a_compiled_model_is_loaded_in_another_process(tmp_path, rng):
    reference, sound = sounds(rng)
    np.save(tmp_path / "pair.npy", np.stack([sound, reference]))
    ends = keras.Input([600])
    whole = keras.Model(ends, keras.layers.Rescaling(0.5)(ends))
    whole.compile(loss="mse", metrics=[Metric("snr"), Metric("loudness_error", sample_rate=8000)])
    expected = whole.evaluate(sound, reference, verbose=0, return_dict=True)["snr"]
    whole.save(tmp_path / "model.keras")
    command = [sys.executable, "-c", RELOAD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("louder", "function must be the name of one of spectrotools.metrics; got 'louder'"),
        (3, "function must be a function or the name of one; got 3"),
    ],
)
def test_functions_that_are_none_are_refused(function, message):
    with pytest.raises(ValueError, match=message):
        Metric(function)
