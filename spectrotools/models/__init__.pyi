"""The public names, and nothing else."""

from .autoencoder import Autoencoder as Autoencoder
from .decoder import Decoder as Decoder
from .dilated_decoder import DilatedDecoder as DilatedDecoder
from .harmonic_encoder import HarmonicEncoder as HarmonicEncoder
from .inverse_synthesis import InverseSynthesis as InverseSynthesis
from .mfcc_encoder import MFCCEncoder as MFCCEncoder
from .midi_decoder import MidiDecoder as MidiDecoder
from .recurrent_decoder import RecurrentDecoder as RecurrentDecoder
from .sinusoidal_encoder import SinusoidalEncoder as SinusoidalEncoder
from .voices import harmonic_plus_noise as harmonic_plus_noise
from .voices import sinusoidal_plus_noise as sinusoidal_plus_noise
