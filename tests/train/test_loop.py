"""The loop: what it leaves, what it goes on from, and what stops it."""

import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from spectrotools.train import checkpoints
from spectrotools.train.loop import train
from tests.train.small import Gain, Noise, assert_same, weights

OPTIONS = {
    "batch_size": 2,
    "checkpoint_every": 4,
    "log_every": 2,
    "sounds_every": 5,
    "learning_rate": 1e-2,
}


def run(folder, steps=10, source=None, model=None, **options):
    model = model or Gain()
    done = train(model, source or Noise(), folder, steps, **OPTIONS | options)
    return model, done


def events(folder):
    """All events of a run by TensorFlow's own reader."""
    for path in sorted(Path(folder).glob("events.out.tfevents.*")):
        for record in tf.data.TFRecordDataset(str(path)):
            yield tf.compat.v1.Event.FromString(record.numpy())


def scalars(folder, tag):
    return {
        event.step: value.simple_value
        for event in events(folder)
        for value in event.summary.value
        if value.tag == tag
    }


def test_training_lowers_the_loss_and_says_so(tmp_path):
    _, done = run(tmp_path, 60)
    losses = scalars(tmp_path, "loss")
    assert done.step == 60
    assert list(losses) == list(range(2, 61, 2))
    assert losses[60] == pytest.approx(done.loss)
    assert done.loss < losses[2] / 2
    terms = scalars(tmp_path, "terms/square")[60] + scalars(tmp_path, "terms/absolute")[60]
    assert terms == pytest.approx(done.loss)


def test_the_rate_decays_as_it_says(tmp_path):
    run(tmp_path, 6, decay_rate=0.5, decay_steps=3)
    rates = scalars(tmp_path, "learning_rate")
    for step, rate in rates.items():
        assert rate == pytest.approx(1e-2 * 0.5 ** (step / 3), rel=1e-6)


def test_sounds_and_pictures_are_what_the_model_gives(tmp_path):
    model, _ = run(tmp_path, 5, model=Gain(noise=0.0))
    values = {v.tag: v for event in events(tmp_path) for v in event.summary.value}
    batch = Noise().batch(2, 0, 0)
    one = {name: value[:1] for name, value in batch.items()}
    expected = {"target": batch["audio"][0], "output": model(one)["audio"][0]}
    for name, audio in expected.items():
        sound = values[f"{name}/sound"].audio
        decoded, rate = soundfile.read(io.BytesIO(sound.encoded_audio_string), dtype="float32")
        assert rate == sound.sample_rate == 8000
        np.testing.assert_allclose(decoded, audio, atol=1e-6)
        picture = values[f"{name}/levels"].image
        assert tf.io.decode_png(picture.encoded_image_string).shape[:2] == (224, 256)
        assert (picture.height, picture.width) == (224, 256)


def test_a_run_in_parts_is_a_run_in_one(tmp_path):
    whole, _ = run(tmp_path / "whole", 11)
    for steps in (3, 4, 9, 11):
        part, done = run(tmp_path / "parts", steps)
    assert done.step == 11
    assert_same(weights(whole), weights(part))
    starts = [e.step for e in events(tmp_path / "parts") if e.HasField("session_log")]
    assert starts == [0, 3, 4, 9]


def test_neither_looking_nor_keeping_changes_the_weights(tmp_path):
    plain, _ = run(tmp_path / "plain", 8, sounds_every=0, checkpoint_every=100)
    options = {"sounds_every": 1, "checkpoint_every": 1, "validate_every": 1}
    looked, _ = run(tmp_path / "looked", 8, validation=Noise(), **options)
    assert_same(weights(plain), weights(looked))


def test_validation_is_the_loss_on_the_other_source(tmp_path):
    model, _ = run(
        tmp_path, 3, model=Gain(noise=0.0), validation=Noise(), validate_every=3,
        validation_batches=2, seed=5,
    )  # fmt: skip
    batches = [Noise().batch(2, k, 5) for k in (0, 1)]
    losses = [sum(model.losses_of(b, model(b, training=False)).values()) for b in batches]
    assert scalars(tmp_path, "validation/loss") == {3: pytest.approx(np.mean(losses), rel=1e-5)}


def test_the_last_checkpoints_are_kept(tmp_path):
    run(tmp_path, 10, keep=2)
    assert sorted(os.listdir(tmp_path / "checkpoints")) == ["step-000000008", "step-000000010"]


def test_a_run_that_is_done_is_left_alone(tmp_path):
    run(tmp_path, 6)
    before = (tmp_path / "checkpoints/step-000000006/manifest.json").stat().st_mtime_ns
    _, done = run(tmp_path, 6)
    assert done.step == 6
    assert np.isnan(done.loss)
    assert (tmp_path / "checkpoints/step-000000006/manifest.json").stat().st_mtime_ns == before


def test_another_model_or_other_settings_are_refused(tmp_path):
    run(tmp_path, 4)
    message = r"begun with batch_size = 2, and cannot go on with 3; keep it, or begin another run"
    with pytest.raises(ValueError, match=message):
        run(tmp_path, 4, batch_size=3)
    message = r"another model: .*dense\w*/kernel is float32 \[1, 4\], and here float32 \[1, 5\]"
    with pytest.raises(ValueError, match=message):
        run(tmp_path, 4, model=Gain(units=5))


@pytest.mark.filterwarnings("ignore:step .* the batch is skipped:UserWarning")
def test_broken_batches_are_skipped_and_counted(tmp_path):
    class Without(Noise):
        """The same batches, but for the broken ones."""

        def batches(self, batch_size, start_step, seed):
            for step in (k for k in range(start_step, 100) if k not in (2, 3, 6)):
                yield self.batch(batch_size, step, seed)

    with pytest.warns(UserWarning, match=r"step 3: the loss is (inf|nan), .*, 1 so far"):
        model, done = run(tmp_path / "broken", 10, Noise(broken=[2, 3, 6]))
    without, _ = run(tmp_path / "without", 7, Without())
    assert done.skipped == 3
    assert_same(weights(model), weights(without))
    assert scalars(tmp_path / "broken", "skipped_batches")[10] == 3
    _, done = run(tmp_path / "broken", 12)
    assert done.skipped == 3


@pytest.mark.filterwarnings("ignore:step .* the batch is skipped:UserWarning")
def test_too_many_broken_batches_stop_the_run_which_can_go_on(tmp_path):
    message = r"^3 batches in a row were not finite, up to step 8"
    with pytest.raises(ValueError, match=message) as caught:
        run(tmp_path, 20, Noise(broken=range(5, 20)), max_skipped=3)
    assert caught.value.__notes__ == ["the same command goes on from step 8"]
    _, done = run(tmp_path, 12, max_skipped=3)
    assert done == (12, 3, done.loss)


def test_missing_data_is_told_and_the_run_kept(tmp_path):
    message = r"^batch 6 could not be read: shard-7: No such file or directory\."
    with pytest.raises(OSError, match=message):
        run(tmp_path, 10, Noise(missing=6))
    assert (tmp_path / "checkpoints/step-000000006").is_dir()
    model, _ = run(tmp_path, 10)
    assert_same(weights(model), weights(run(tmp_path / "whole", 10)[0]))


def test_a_record_that_tensorflow_cannot_read_is_told_alike(tmp_path):
    class Torn(Noise):
        def batches(self, batch_size, start_step, seed):
            yield self.batch(batch_size, 0, seed)
            yield from tf.data.TFRecordDataset(str(tmp_path / "none"))

    with pytest.raises(OSError, match=r"^batch 1 could not be read: .*none"):
        run(tmp_path, 10, Torn())


def test_a_source_that_ends_is_told(tmp_path):
    class Short(Noise):
        def batches(self, batch_size, start_step, seed):
            yield from (self.batch(batch_size, k, seed) for k in range(start_step, 5))

    with pytest.raises(ValueError, match=r"^the source ended before batch 5"):
        run(tmp_path, 10, Short())


def test_a_full_disk_ends_the_run_and_leaves_what_was_kept(tmp_path, monkeypatch):
    def full(path, blocks):
        if len(os.listdir(tmp_path / "checkpoints")) > 2:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, blocks)

    write = checkpoints._write_file
    monkeypatch.setattr(checkpoints, "_write_file", full)
    message = r"step-000000008 could not be written: No space left on device\."
    with pytest.raises(OSError, match=message):
        run(tmp_path, 10)
    kept = sorted(os.listdir(tmp_path / "checkpoints"))
    assert kept == ["step-000000000", "step-000000004"]
    monkeypatch.undo()
    model, _ = run(tmp_path, 10)
    assert_same(weights(model), weights(run(tmp_path / "whole", 10)[0]))


def test_ctrl_c_keeps_the_step_that_was_done(tmp_path):
    class Interrupting(Noise):
        def batch(self, batch_size, step, seed):
            if step == 7:
                raise KeyboardInterrupt
            return super().batch(batch_size, step, seed)

    with pytest.raises(KeyboardInterrupt) as caught:
        run(tmp_path, 10, Interrupting())
    assert caught.value.__notes__ == ["the same command goes on from step 7"]
    model, _ = run(tmp_path, 10)
    assert_same(weights(model), weights(run(tmp_path / "whole", 10)[0]))


@pytest.mark.parametrize("name", ["variables.bin", "manifest.json"])
def test_a_damaged_checkpoint_is_passed_over(tmp_path, name):
    whole, _ = run(tmp_path, 8)
    path = tmp_path / "checkpoints/step-000000008" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.warns(UserWarning, match=r"step-000000008 is not whole, and is passed over"):
        again, done = run(tmp_path, 8)
    assert done.step == 8
    assert_same(weights(whole), weights(again))
    assert run(tmp_path, 8)[1].step == 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be an integer of at least 1; got 0"),
        ({"batch_size": 1.5}, "batch_size must be an integer of at least 1; got 1.5"),
        ({"decay_rate": 1.5}, r"decay_rate must be a number in \[0, 1\]; got 1.5"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number of at least 0; got nan"),
        ({"clip_norm": -1.0}, "clip_norm must be a number of at least 0; got -1.0"),
        ({"jit_compile": 1}, "jit_compile must be True or False; got 1"),
    ],
)
def test_wrong_settings_are_refused_before_any_work(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()
