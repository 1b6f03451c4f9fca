"""What is measured as one writes it in torch, in torchaudio's, nnAudio's or DDSP's arithmetic.

torchaudio and nnAudio are not needed: their formulas stand here.
"""

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["FORMS", "LOSSES"]

SIZES = (2048, 1024, 512, 256, 128, 64)
RATE, HOP = 16000, 64  # of controls


@functools.cache
def window(size: int, device: torch.device) -> Tensor:
    return torch.hann_window(size, device=device)


def stft(audio: Tensor) -> Tensor:
    settings = {"pad_mode": "constant", "return_complex": True}
    return torch.stft(audio, 1024, 256, window=window(1024, audio.device), **settings).mT


def istft(spectrum: Tensor, length: int | None = None) -> Tensor:
    weights = window(1024, spectrum.device)
    return torch.istft(spectrum.mT, 1024, 256, window=weights, length=length)


def log_mel(audio: Tensor, weights: Tensor) -> Tensor:
    return (stft(audio).abs() @ weights).clamp(min=1e-5).log()


def magnitude_if(audio: Tensor) -> tuple[Tensor, Tensor]:
    """The advance of phase from frame to frame, less that of a bin's middle, in half turns."""
    spectrum = stft(audio)
    phase = spectrum.angle()
    steps = torch.diff(phase, dim=1, prepend=torch.zeros_like(phase[:, :1]))
    middle = 2 * torch.pi * 256 / 1024 * torch.arange(513, device=audio.device)
    steps[:, 1:] -= middle
    wrapped = torch.remainder(steps + torch.pi, 2 * torch.pi) - torch.pi
    return (spectrum.abs() + 1e-6).log(), wrapped / torch.pi


def griffin_lim(magnitudes: Tensor, iterations: int = 30, momentum: float = 0.99) -> Tensor:
    """``torchaudio.functional.griffinlim``, from random phases."""
    length = 256 * (magnitudes.shape[1] - 1)
    angles = torch.rand_like(magnitudes) * (2j * torch.pi)
    turned, before = magnitudes * torch.exp(angles), torch.zeros_like(magnitudes)
    for _ in range(iterations):
        found = stft(istft(turned, length))
        ahead = found - before * (momentum / (1 + momentum))
        turned, before = magnitudes * ahead / (ahead.abs() + 1e-16), found
    return istft(turned, length)


def cqt(audio: Tensor, kernels: Tensor) -> Tensor:
    """nnAudio's ``CQT1992v2``: a long filter for every bin, convolved at the hop."""
    padded = functional.pad(audio[:, None], [kernels.shape[-1] // 2] * 2, mode="reflect")
    parts = functional.conv1d(padded, kernels[:, None], stride=512)
    real, imaginary = parts.chunk(2, dim=1)
    return torch.complex(real, imaginary).mT


def mdct(audio: Tensor, matrix: Tensor) -> Tensor:
    frames = matrix.shape[0]
    half = frames // 2
    padded = functional.pad(audio, (half, half + -audio.shape[-1] % half))
    return padded.unfold(-1, frames, half) @ matrix


def mdct_inverse(coefficients: Tensor, matrix: Tensor, like: Tensor) -> Tensor:
    frames = coefficients @ matrix.T
    half = frames.shape[-1] // 2
    early, late = frames[..., :half], frames[..., half:]
    return (late[:, :-1] + early[:, 1:]).reshape(len(frames), -1)[:, : like.shape[-1]]


def pqmf(audio: Tensor, filters: Tensor, ends: Tensor) -> Tensor:
    padded = functional.pad(audio[:, None], ends.tolist())
    return functional.conv1d(padded, filters[:, None], stride=filters.shape[0]).mT


def pqmf_synthesis(bands: Tensor, filters: Tensor, ends: Tensor, like: Tensor) -> Tensor:
    count = filters.shape[0]
    whole = functional.conv_transpose1d(count * bands.mT, filters[:, None], stride=count)[:, 0]
    return whole[:, ends[0] : int(ends[0]) + like.shape[-1]]


def pcen(magnitudes: Tensor) -> Tensor:
    """The recursion as one product: a matrix of the powers of its pole."""
    energy = 2.0**31 * magnitudes
    powers, begun = _powers(magnitudes.shape[1], magnitudes.device)
    smooth = powers @ energy + begun
    return (energy / (1e-6 + smooth) ** 0.98 + 2.0) ** 0.5 - 2.0**0.5


@functools.cache
def _powers(frames: int, device: torch.device) -> tuple[Tensor, Tensor]:
    constant = 0.4 * RATE / 256
    rate = 2 / (1 + math.sqrt(1 + 4 * constant**2))
    place = torch.arange(frames, device=device, dtype=torch.float64)
    ages = place[:, None] - place
    powers = torch.where(ages >= 0, rate * (1 - rate) ** ages, 0.0)
    return powers.float(), ((1 - rate) ** (place[:, None] + 1)).float()


def hpss(magnitudes: Tensor) -> tuple[Tensor, Tensor]:
    def median(values: Tensor) -> Tensor:
        mirrored = torch.cat([values[:, :15].flip(1), values, values[:, -15:].flip(1)], dim=1)
        return mirrored.unfold(1, 31, 1).median(-1).values

    tones, strokes = median(magnitudes) ** 2, median(magnitudes.mT).mT ** 2
    share = torch.where(tones + strokes > 0, tones / (tones + strokes), 0.5)
    return magnitudes * share, magnitudes * (1 - share)


def harmonics(f0_hz: Tensor, amplitudes: Tensor, distribution: Tensor) -> Tensor:
    """DDSP's arithmetic: all harmonics of all samples side by side."""
    length = HOP * (f0_hz.shape[-1] - 1)

    def upsampled(controls: Tensor) -> Tensor:
        settings = {"mode": "linear", "align_corners": True}
        return functional.interpolate(controls.mT, length + 1, **settings).mT[:, :-1]

    numbers = torch.arange(1, distribution.shape[-1] + 1, device=f0_hz.device)
    frequencies = upsampled(f0_hz[..., None]) * numbers
    sizes = upsampled(amplitudes[..., None] * distribution)
    sizes = torch.where(frequencies < RATE / 2, sizes, 0.0)
    steps = 2 * torch.pi * frequencies / RATE
    phase = torch.cumsum(steps, dim=1) - steps
    return (sizes * torch.sin(phase)).sum(-1)


def filtered_noise(bands: Tensor) -> Tensor:
    """DDSP's arithmetic: a response for every frame, convolved with a hop of noise."""
    frames, taps = bands.shape[1], 2 * (bands.shape[-1] - 1)
    noise = 2 * torch.rand(len(bands), frames, HOP, device=bands.device) - 1
    weights = torch.fft.fftshift(window(taps, bands.device))
    responses = torch.fft.fftshift(torch.fft.irfft(bands) * weights, dim=-1)
    size = 256
    heard = torch.fft.irfft(torch.fft.rfft(noise, size) * torch.fft.rfft(responses, size), size)
    length = HOP * (frames - 1) + size
    settings = {"kernel_size": (1, size), "stride": (1, HOP)}
    whole = functional.fold(heard.mT, (1, length), **settings)[:, 0, 0]
    return whole[:, taps // 2 : taps // 2 + HOP * (frames - 1)]


def reverb(audio: Tensor, response: Tensor) -> Tensor:
    size = 1 << (audio.shape[-1] + response.shape[-1] - 1).bit_length()
    product = torch.fft.rfft(audio, size) * torch.fft.rfft(response, size)
    return torch.fft.irfft(product, size)[..., : audio.shape[-1] + response.shape[-1] - 1]


def resample(audio: Tensor, source: int = 320, target: int = 441) -> Tensor:
    """``torchaudio.functional.resample``, by Hann's window."""
    kernel, width = _sincs(source, target, audio.device)
    padded = functional.pad(audio[:, None], (width, width + source))
    phases = functional.conv1d(padded, kernel[:, None], stride=source)
    return phases.mT.reshape(len(audio), -1)[:, : -(-audio.shape[-1] * target // source)]


@functools.cache
def _sincs(source: int, target: int, device: torch.device) -> tuple[Tensor, int]:
    zeros = 6
    base = min(source, target) * 0.99
    width = math.ceil(zeros * source / base)
    place = torch.arange(-width, width + source, device=device, dtype=torch.float64) / source
    place = place - torch.arange(target, device=device)[:, None] / target
    place = (place * base).clamp(-zeros, zeros)
    kernel = torch.sinc(place) * torch.cos(torch.pi * place / zeros / 2) ** 2 * (base / source)
    return kernel.float(), width


def six_scales(target: Tensor, audio: Tensor) -> Tensor:
    total = torch.zeros(len(audio), device=audio.device)
    for size in SIZES:
        wanted, heard = (_magnitudes(sound, size) for sound in (target, audio))
        logs = (magnitude.clamp(min=1e-5).log() for magnitude in (wanted, heard))
        total = total + (wanted - heard).abs().mean((1, 2))
        total = total + next(logs).sub(next(logs)).abs().mean((1, 2))
    return total


def _magnitudes(audio: Tensor, size: int) -> Tensor:
    """Of frames that start at the first sample, the last of which are filled with silence."""
    hop, length = size // 4, audio.shape[-1]
    filled = functional.pad(audio, (0, (-(-length // hop) - 1) * hop + size - length))
    settings = {"center": False, "return_complex": True}
    return torch.stft(filled, size, hop, window=window(size, audio.device), **settings).abs()


def mu_law(audio: Tensor) -> Tensor:
    """``torchaudio.functional.mu_law_encoding``."""
    curved = audio.sign() * torch.log1p(255.0 * audio.abs()) / math.log1p(255.0)
    return ((curved + 1) / 2 * 255 + 0.5).to(torch.uint8)


# The form, what it is, and whether it gives the same numbers.
FORMS: dict[str, tuple[Callable, str, bool]] = {
    "STFT": (stft, "torch.stft", True),
    "inverse STFT": (istft, "torch.istft", True),
    "log-mel": (log_mel, "plain", True),
    "MagnitudeIF": (magnitude_if, "plain", True),
    "Griffin-Lim from PGHI, 30 iterations": (griffin_lim, "torchaudio's, random start", False),
    "CQT at a hop of 512": (cqt, "nnAudio's CQT1992v2", False),
    "MDCT": (mdct, "matrix product", True),
    "inverse MDCT": (mdct_inverse, "matrix product", True),
    "PQMF": (pqmf, "strided convolution", True),
    "PQMF synthesis": (pqmf_synthesis, "strided convolution", True),
    "PCEN": (pcen, "matrix product", True),
    "HPSS, medians of 31": (hpss, "plain", True),
    "harmonics, 100 partials": (harmonics, "DDSP's arithmetic", False),
    "filtered noise, 65 bands": (filtered_noise, "DDSP's arithmetic", False),
    "reverb of 1 s by FFT": (reverb, "plain", True),
    "resample 16000 to 22050": (resample, "torchaudio's", False),
    "six-scale loss": (six_scales, "plain", True),
    "mu-law codes": (mu_law, "torchaudio's", True),
}
LOSSES = {"six-scale loss"}
