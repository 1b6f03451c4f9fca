"""Phase gradient heap integration as its paper describes it: slow, sequential, the oracle."""

import heapq

import numpy as np


def heap_integration(magnitudes, ahead, up, tolerance=1e-6):
    """Integrate steps in turns, from the loudest coefficient on, always from the loudest known."""
    frames, bins = magnitudes.shape
    turns = np.zeros((frames, bins))
    known = magnitudes < tolerance * magnitudes.max()
    for start in np.argsort(-magnitudes, axis=None):
        place = divmod(int(start), bins)
        if known[place]:
            continue
        known[place] = True
        border = [(-magnitudes[place], place)]
        while border:
            _, (frame, bin_) = heapq.heappop(border)
            for other, step in (
                ((frame + 1, bin_), ahead[frame, bin_] if frame + 1 < frames else 0),
                ((frame - 1, bin_), -ahead[frame - 1, bin_] if frame else 0),
                ((frame, bin_ + 1), up[frame, bin_] if bin_ + 1 < bins else 0),
                ((frame, bin_ - 1), -up[frame, bin_ - 1] if bin_ else 0),
            ):
                inside = 0 <= other[0] < frames and 0 <= other[1] < bins
                if inside and not known[other]:
                    known[other] = True
                    turns[other] = turns[frame, bin_] + step
                    heapq.heappush(border, (-magnitudes[other], other))
    return 2 * np.pi * turns
