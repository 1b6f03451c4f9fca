"""The report as a browser sees it: every sound decodes, every picture is there."""

import http.server
import json
import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from spectrotools import cli

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

# Decodes every player's data as the page plays it, and tells the test what it found.
PROBE = """
<script>
addEventListener("load", async () => {
  const ready = audio => audio.readyState > 0 || audio.error || new Promise(done => {
    for (const event of ["loadedmetadata", "error"]) audio.addEventListener(event, done);
  });
  const context = new OfflineAudioContext(1, 1, 48000);
  const sounds = await Promise.all([...document.querySelectorAll("audio")].map(async audio => {
    const code = atob(audio.src.split(",")[1]);
    const bytes = Uint8Array.from(code, letter => letter.charCodeAt(0));
    const sound = await context.decodeAudioData(bytes.buffer);
    await ready(audio);
    return [Number(audio.dataset.seconds), sound.duration, audio.duration, audio.error];
  }));
  const pictures = [...document.images].map(image => [image.naturalWidth, image.clientWidth]);
  const page = document.documentElement.scrollWidth;
  const sorted = window.sorted ?? [];
  const found = {sounds, pictures, page, window: innerWidth, sorted};
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
});
</script>
"""

# Presses the heads of some columns of the table, and keeps the order of the first after each.
SORTING = """
<script>
const rows = () => [...document.querySelectorAll(".pairs tbody td:first-child")];
const names = () => rows().map(cell => cell.textContent);
window.sorted = [names()];
for (const column of [0, 0, 1, 1, 3]) {
  document.querySelectorAll(".pairs th button")[column].click();
  window.sorted.push(names());
}
</script>
"""


class Listener(http.server.ThreadingHTTPServer):
    """Serves one page, remembers what it was asked for, and takes what the probe found."""

    def __init__(self, page: bytes):
        super().__init__(("127.0.0.1", 0), Answer)
        self.page = page
        self.asked: list[str] = []
        self.found: queue.Queue[dict] = queue.Queue()


class Answer(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(self.server.page)

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.server.found.put(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> bytes:
    """The page of a run over a stereo and a six-channel recording, with the probe in it."""
    folder = tmp_path_factory.mktemp("browser")
    rng = np.random.default_rng(2)
    soundfile.write(folder / "stereo.flac", 0.1 * rng.normal(size=(30000, 2)), 44100)
    soundfile.write(folder / "six.wav", 0.1 * rng.normal(size=(9000, 6)), 8000)
    inputs = [str(folder / name) for name in ("stereo.flac", "six.wav")]
    arguments = ["--transform", "stft", "--transform", "mu_law", "--out", str(folder / "out")]
    assert cli.main(["resynth", *inputs, *arguments]) == 0
    page = (folder / "out" / "report.html").read_bytes()
    return page.replace(b"</body>", f"{PROBE}</body>".encode())


def opened(page: bytes, profile: Path, width: int) -> tuple[dict, list[str]]:
    """What the probe finds in a window of some width, and what the page asked for."""
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        f"--window-size={width},900",
    ]
    with Listener(page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        browser = subprocess.Popen(
            [str(CHROMIUM), *options, address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": str(profile)},
        )
        try:
            return server.found.get(timeout=100), server.asked
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory) -> bytes:
    """The page of an evaluation of five pairs, with both probes in it."""
    folder = tmp_path_factory.mktemp("browser")
    rng = np.random.default_rng(2)
    for number in range(5):
        noise = 0.1 * rng.normal(size=(8000, 2))
        for side, gain in (("r", 1.0), ("g", 1.0 + 0.1 * number)):
            (folder / side).mkdir(exist_ok=True)
            soundfile.write(folder / side / f"take {2 * number + 3}.wav", gain * noise, 16000)
    folders = [str(folder / side) for side in ("r", "g")]
    options = ["--no-pitch", "--jobs", "1", "--out", str(folder / "out")]
    assert cli.main(["evaluate", *folders, *options]) == 0
    page = (folder / "out" / "evaluation.html").read_bytes()
    return page.replace(b"</body>", f"{SORTING}{PROBE}</body>".encode())


browser = pytest.mark.browser
outside_program = pytest.mark.outside_program
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome")


@browser
@outside_program
@needs_chromium
@pytest.mark.parametrize("width", [500, 1280])
def test_a_browser_plays_every_sound_and_shows_every_picture(report, tmp_path, width):
    found, asked = opened(report, tmp_path, width)
    assert set(asked) <= {"/", "/favicon.ico"}
    assert len(found["sounds"]) == 2 * 3 + 6
    for stated, decoded, played, error in found["sounds"]:
        assert decoded == pytest.approx(stated, abs=1e-3)
        assert played == pytest.approx(stated, abs=1e-2)
        assert error is None
    stated = sorted({seconds for seconds, *_ in found["sounds"]})
    assert stated == pytest.approx([30000 / 44100, 9000 / 8000])
    assert len(found["pictures"]) == 2 * (3 + 2 * 4) + 5
    for natural, shown in found["pictures"]:
        assert natural > 200
        assert 0 < shown < width
    assert found["page"] <= found["window"]  # nothing sticks out to the side


@browser
@outside_program
@needs_chromium
@pytest.mark.parametrize("width", [500, 1280])
def test_a_browser_sorts_the_pairs_of_an_evaluation(evaluation, tmp_path, width):
    found, asked = opened(evaluation, tmp_path, width)
    assert set(asked) <= {"/", "/favicon.ico"}
    assert len(found["sounds"]) == len(found["pictures"]) == 2 * 5
    for stated, decoded, _, error in found["sounds"]:
        assert stated == pytest.approx(0.5)
        assert decoded == pytest.approx(0.5, abs=1e-3)
        assert error is None
    for natural, shown in found["pictures"]:
        assert natural > 200
        assert 0 < shown < width
    assert found["page"] <= found["window"]
    # The take of the number 3 equals its reference, and each further one is louder by as much.
    near_to_far = [f"take {number}" for number in (3, 5, 7, 9, 11)]
    far_to_near = near_to_far[::-1]
    at_first, by_name, turned, by_snr, turned_again, by_distance = found["sorted"]
    assert at_first == far_to_near
    assert (by_name, turned) == (near_to_far, far_to_near)  # 11 stands behind 9
    assert (by_snr, turned_again) == (far_to_near, near_to_far)  # with the infinite one at an end
    assert by_distance == near_to_far
