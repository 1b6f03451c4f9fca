r"""Where the sound in a bin of an STFT is, by how its coefficient changes with the window.

With :math:`S_w` the coefficient by window w about time t, and :math:`\omega_k` the middle of bin
k, the slopes of its phase are those of the window's derivative :math:`w'` and moment :math:`n w`:

.. math::
    \hat\omega = \omega_k - \mathrm{Im} \frac{S_{w'}}{S_w}, \qquad
    \hat t = t + \mathrm{Re} \frac{S_{nw}}{S_w}

and a sine, an impulse and a linear chirp are where these say, whatever the bin and the frame.

References:
    Auger and Flandrin, "Improving the readability of time-frequency and time-scale
    representations by the reassignment method", IEEE TSP 43(5), 1995.
"""

import tensorflow as tf

from .magnitude import squared_magnitude

__all__ = ["frequency_offset", "time_offset"]


def frequency_offset(
    spectrum: tf.Tensor, by_derivative: tf.Tensor, magnitude_floor: float
) -> tf.Tensor:
    """How far above the middle of its bin the sound is, in the unit of the derivative, radians.

    Args:
        spectrum: ``[...]``, complex.
        by_derivative: the same by the derivative of the window.
        magnitude_floor: below this the offset fades to 0.

    Returns:
        ``[...]``, real.
    """
    real, imag = tf.math.real(spectrum), tf.math.imag(spectrum)
    product = tf.math.real(by_derivative) * imag - tf.math.imag(by_derivative) * real
    return product / _energy(spectrum, magnitude_floor)


def time_offset(spectrum: tf.Tensor, by_moment: tf.Tensor, magnitude_floor: float) -> tf.Tensor:
    """How much later than its frame the sound is, in the unit of the moment.

    Args:
        spectrum: ``[...]``, complex.
        by_moment: the same by the window times the time about which it stands.
        magnitude_floor: below this the offset fades to 0.

    Returns:
        ``[...]``, real.
    """
    real, imag = tf.math.real(spectrum), tf.math.imag(spectrum)
    product = tf.math.real(by_moment) * real + tf.math.imag(by_moment) * imag
    return product / _energy(spectrum, magnitude_floor)


def _energy(spectrum: tf.Tensor, magnitude_floor: float) -> tf.Tensor:
    return tf.maximum(squared_magnitude(spectrum), magnitude_floor**2)
