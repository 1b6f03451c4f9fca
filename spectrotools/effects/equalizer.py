"""An equaliser."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._validate import check
from ..layers.bounds import Bounded, Positive
from ..layers.parameters import Parameter, parameter, within_range
from ..ops.arguments import checked_rate
from ..ops.biquads import BiquadKind, biquad
from ..ops.recursive_filters import sosfilt
from .effect import Effect

__all__ = ["Equalizer"]


@keras.saving.register_keras_serializable("spectrotools")
class Equalizer(Effect):
    """Raise and lower bands: a low shelf, peaks, and a high shelf, one after the other.

    They are sections of :func:`spectrotools.biquad`. With no settings there are five, whose
    frequencies, gains and widths training finds.

    Args:
        sample_rate: Hz.
        frequencies_hz: a parameter ``[bands]``, Hz, below half the sample rate: of the low shelf,
            the peaks and the high shelf; None is a variable that begins evenly spaced in octaves
            from 1/200 to 1/3 of the sample rate.
        gains_db: a parameter ``[bands]``, dB; None is a variable that begins at 0.
        q: a parameter ``[bands]``, above 0; None is a variable that begins at 0.71.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or there are fewer than two bands.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> bass = st.effects.Equalizer(
        ...     sample_rate=16000, frequencies_hz=[200.0, 2000.0], gains_db=[6.0, 0.0]
        ... )
        >>> f"{bass(tf.ones([1, 16000]))[0, -1]:.3f}"
        '1.995'
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        frequencies_hz: Any = None,
        gains_db: Any = None,
        q: Any = None,
        **options: Any,
    ) -> None:
        rate = checked_rate(sample_rate)
        own = {"dtype": options.get("dtype", "float32")}
        if frequencies_hz is None:
            begin, limits = np.geomspace(rate / 200, rate / 3, 5), (rate / 2000, rate / 2.05)
            frequencies_hz = Bounded(begin, low=limits[0], high=limits[1], **own)
        frequencies_hz = parameter("frequencies_hz", frequencies_hz, **own)
        hz = np.array(frequencies_hz.value())
        check(hz.ndim == 1 and hz.size >= 2, "frequencies_hz must be [bands], of at least 2", hz)
        within = bool(np.all((hz > 0) & (hz < rate / 2)))
        check(within, f"frequencies_hz must be above 0 and below {rate / 2} Hz", hz)
        shape = hz.shape
        gains_db = Parameter(0.0, shape=shape, **own) if gains_db is None else gains_db
        q = Positive(0.5**0.5, shape=shape, **own) if q is None else q
        settings = {
            "sample_rate": rate,
            "frequencies_hz": frequencies_hz,
            "gains_db": parameter("gains_db", gains_db, **own),
            "q": parameter("q", q, **own),
        }
        for name in ("gains_db", "q"):
            known = tuple(settings[name].value().shape)
            check(known in ((), shape), f"{name} must be [bands], {shape}", known)
        within_range("q", settings["q"], 0.0, within=True)
        super().__init__(settings=settings, **options)

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Make the sections.

        Args:
            audio: ``[..., time]``.
        """
        hz = self._value("frequencies_hz")
        gains_db, q = (self._value(name) + tf.zeros_like(hz) for name in ("gains_db", "q"))
        parts: tuple[tuple[BiquadKind, int, int | None], ...] = (
            ("low_shelf", 0, 1),
            ("peaking", 1, -1),
            ("high_shelf", -1, None),
        )
        sections = [
            biquad(
                hz[low:high],
                kind=kind,
                sample_rate=self.sample_rate,
                q=q[low:high],
                gain_db=gains_db[low:high],
            )
            for kind, low, high in parts
        ]
        return {"audio": audio, "sections": tf.concat(sections, axis=0)}

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        made = sosfilt(controls["audio"], controls["sections"], state=left, return_state=True)
        return made.audio, made.state
