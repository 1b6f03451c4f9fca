"""The plain torch forms of what is measured, on the same GPU in the same run."""

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np

try:
    import torch
except ImportError:  # a machine without it has no peer
    torch = None

__all__ = ["FORMS", "milliseconds"]

SIZES = (2048, 1024, 512, 256, 128, 64)


def milliseconds(
    name: str, inputs: Sequence[np.ndarray], burn_in: int, calls: int
) -> float | None:
    """The median time of torch's form of a program; None where there is none, or no GPU."""
    form, _, way = name.rpartition(", ")
    if torch is None or not torch.cuda.is_available() or form not in FORMS:
        return None
    tensors = [torch.from_numpy(array).cuda() for array in inputs]
    call = _graded(FORMS[form]) if way == "forward and backward" else FORMS[form]
    times = []
    for _ in range(burn_in + calls):
        torch.cuda.synchronize()
        start = time.perf_counter()
        call(*tensors)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[burn_in:])


def _graded(form: Callable) -> Callable:
    """The gradients of half the energy of a result, or of a loss by the sound."""

    def both(*tensors: "torch.Tensor") -> tuple:
        first = 1 if form is _six_scales else 0
        leaves = [tensor.detach().requires_grad_() for tensor in tensors[first:]]
        result = form(*tensors[:first], *leaves)
        value = result.sum() if first else 0.5 * (result * result.conj()).real.sum()
        return torch.autograd.grad(value, leaves)

    return both


def _stft(audio: "torch.Tensor", n_fft: int = 1024, hop_length: int = 256) -> "torch.Tensor":
    window = torch.hann_window(n_fft, device=audio.device)
    settings = {"pad_mode": "constant", "return_complex": True}
    return torch.stft(audio, n_fft, hop_length, window=window, **settings)


def _istft(spectrum: "torch.Tensor") -> "torch.Tensor":
    window = torch.hann_window(1024, device=spectrum.device)
    return torch.istft(spectrum.transpose(-1, -2), 1024, 256, window=window)


def _harmonics(
    f0_hz: "torch.Tensor", amplitudes: "torch.Tensor", distribution: "torch.Tensor"
) -> "torch.Tensor":
    """DDSP's arithmetic: all harmonics of all samples side by side."""
    length = 64 * (f0_hz.shape[-1] - 1)

    def upsampled(controls: "torch.Tensor") -> "torch.Tensor":
        given = torch.nn.functional.interpolate(
            controls.transpose(1, 2), length, mode="linear", align_corners=True
        )
        return given.transpose(1, 2)

    numbers = torch.arange(1, distribution.shape[-1] + 1, device=f0_hz.device)
    frequencies = upsampled(f0_hz[..., None]) * numbers
    sizes = upsampled(amplitudes[..., None] * distribution)
    sizes = torch.where(frequencies < 8000, sizes, 0.0)
    phase = torch.cumsum(2 * torch.pi * frequencies / 16000, dim=1)
    return (sizes * torch.sin(phase)).sum(-1)


def _reverb(audio: "torch.Tensor", response: "torch.Tensor") -> "torch.Tensor":
    size = 1 << (audio.shape[-1] + response.shape[-1] - 1).bit_length()
    product = torch.fft.rfft(audio, size) * torch.fft.rfft(response, size)
    return torch.fft.irfft(product, size)[..., : audio.shape[-1] + response.shape[-1] - 1]


def _six_scales(target: "torch.Tensor", audio: "torch.Tensor") -> "torch.Tensor":
    total = torch.zeros(len(audio), device=audio.device)
    for size in SIZES:
        wanted, heard = (_stft(sound, size, size // 4).abs() for sound in (target, audio))
        logs = (magnitude.clamp(min=1e-5).log() for magnitude in (wanted, heard))
        total = total + (wanted - heard).abs().mean((1, 2))
        total = total + next(logs).sub(next(logs)).abs().mean((1, 2))
    return total


FORMS: dict[str, Callable] = {
    "STFT": _stft,
    "inverse STFT": _istft,
    "harmonics, 100 partials": _harmonics,
    "reverb of 1 s by FFT": _reverb,
    "six-scale loss": _six_scales,
}
