"""What TensorBoard shows of a run: numbers, sounds and pictures, in its own kind of file."""

import io
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import soundfile
import tensorflow as tf

from ..report.pictures import LEVEL, analyse, levels, png

__all__ = ["Events"]

_COLUMNS = 400
_TOP_DB = 0.0
_Value = tf.compat.v1.Summary.Value


class Events:
    """A file of events, which begins where a run goes on.

    It says from which step on it holds, so that TensorBoard forgets what an earlier process,
    killed since, has told of later steps.
    """

    def __init__(self, folder: Path, step: int):
        path = folder / f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        session = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.io.TFRecordWriter(str(path))
        except tf.errors.OpError as error:
            raise _unwritten(path, error) from error
        self._path = path
        self._write(file_version="brain.Event:2")
        self._write(step=step, session_log=session)

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Tell of numbers."""
        told = [_Value(tag=tag, simple_value=value) for tag, value in values.items()]
        self._write(step=step, summary=tf.compat.v1.Summary(value=told))

    def sound(self, step: int, tag: str, audio: np.ndarray, sample_rate: int) -> None:
        """Tell of a sound ``[samples]``: as a 32-bit WAV, and as a picture of its spectrum."""
        summary = tf.compat.v1.Summary
        told = summary.Audio(
            sample_rate=sample_rate,
            num_channels=1,
            length_frames=len(audio),
            encoded_audio_string=_wav(audio, sample_rate),
            content_type="audio/wav",
        )
        picture = levels(analyse(audio, sample_rate, _COLUMNS), _TOP_DB)
        height, width = picture.shape
        image = summary.Image(
            height=height, width=width, colorspace=3, encoded_image_string=png(picture, LEVEL)
        )
        values = [_Value(tag=f"{tag}/sound", audio=told), _Value(tag=f"{tag}/levels", image=image)]
        self._write(step=step, summary=summary(value=values))

    def _write(self, **what: Any) -> None:
        event = tf.compat.v1.Event(wall_time=time.time(), **what)
        try:
            self._writer.write(event.SerializeToString())
            self._writer.flush()
        except tf.errors.OpError as error:
            raise _unwritten(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._writer.close()
        except tf.errors.OpError as failure:
            if error is None:  # else it was told already
                raise _unwritten(self._path, failure) from failure


def _unwritten(path: Path, error: tf.errors.OpError) -> OSError:
    reason = error.message.rpartition("; ")[2]  # after the path
    return OSError(f"{path} could not be written: {reason}.")


def _wav(audio: np.ndarray, sample_rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, audio, sample_rate, format="WAV", subtype="FLOAT")
    return file.getvalue()
