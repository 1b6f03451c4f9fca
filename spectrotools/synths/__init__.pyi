"""The public names, and nothing else."""

from .filtered_noise import FilteredNoise as FilteredNoise
from .harmonic import Harmonic as Harmonic
from .sinusoidal import Sinusoidal as Sinusoidal
from .tensor_to_audio import TensorToAudio as TensorToAudio
from .wavetable import Wavetable as Wavetable
