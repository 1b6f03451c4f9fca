"""The public names, and nothing else."""

from .autoencoder import Autoencoder as Autoencoder
from .decoder import Decoder as Decoder
from .dilated_decoder import DilatedDecoder as DilatedDecoder
from .mfcc_encoder import MFCCEncoder as MFCCEncoder
from .midi_decoder import MidiDecoder as MidiDecoder
from .recurrent_decoder import RecurrentDecoder as RecurrentDecoder
from .voices import harmonic_plus_noise as harmonic_plus_noise
