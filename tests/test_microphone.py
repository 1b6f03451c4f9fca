"""Recording in a notebook: what Colab is asked, what the browser answers, what is made of it."""

import base64
import http.server
import json
import queue
import shutil
import subprocess
import sys
import threading
import types

import numpy as np
import pytest
import soundfile

from spectrotools import notebook

RATE = 16000
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def sine(frequency: float, amplitude: float = 0.5, seconds: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def answer(samples: np.ndarray, rate: int) -> dict:
    code = base64.b64encode(samples.astype("<f4").tobytes()).decode()
    return {"sample_rate": rate, "samples": code}


def test_recording_at_the_rate_asked_for_is_untouched(rng):
    samples = rng.uniform(-1, 1, 1000).astype(np.float32)
    result = notebook.decode_recording(answer(samples, 48000), sample_rate=48000)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, samples)


def test_recording_is_brought_to_the_rate_asked_for():
    time = np.arange(48000) / 48000
    samples = 0.5 * np.sin(2 * np.pi * 440.0 * time)
    result = notebook.decode_recording(answer(samples, 48000), sample_rate=RATE)
    assert len(result) == RATE
    middle = slice(1000, -1000)
    expected = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(RATE) / RATE)
    np.testing.assert_allclose(result[middle], expected[middle], rtol=0, atol=1e-5)


def colab(monkeypatch, eval_js) -> None:
    """Stand where Colab's cells stand, with this way to ask the browser."""
    module = types.ModuleType("google.colab")
    module.output = types.SimpleNamespace(eval_js=eval_js)
    monkeypatch.setitem(sys.modules, "google.colab", module)


def test_colab_is_asked_to_record(monkeypatch):
    asked = []
    colab(monkeypatch, lambda script: asked.append(script) or answer(sine(440.0), RATE))
    np.testing.assert_array_equal(notebook.record(2, sample_rate=RATE), sine(440.0))
    assert asked[0].endswith(")(2.0)")


def test_a_browser_that_refuses_is_quoted(monkeypatch):
    colab(monkeypatch, lambda script: {"error": "NotAllowedError: Permission denied"})
    with pytest.raises(RuntimeError, match="could not record: NotAllowedError: Permission denied"):
        notebook.record(1.0, sample_rate=RATE)


def test_without_colab_record_says_what_to_do():
    with pytest.raises(RuntimeError, match=r"record needs Google Colab.*soundfile\.read"):
        notebook.record(1.0, sample_rate=RATE)


@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), float("nan")])
def test_seconds_are_checked(seconds):
    with pytest.raises(ValueError, match="seconds must be above 0 and finite; got "):
        notebook.record(seconds, sample_rate=RATE)
    with pytest.raises(ValueError, match="sample_rate must be an integer of at least 1"):
        notebook.record(1.0, sample_rate=0)


@pytest.fixture
def browser(tmp_path):
    """Evaluate an expression in Chromium, whose microphone hears a sine of 1000 Hz."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    server.answers = queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    soundfile.write(tmp_path / "tone.wav", sine(1000.0, seconds=10.0), RATE)
    processes = []

    def evaluate(expression: str, *flags: str):
        server.expression = expression
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", *flags]
        command += ["--autoplay-policy=no-user-gesture-required"]
        command += ["--use-fake-device-for-media-stream"]
        command += [f"--use-file-for-fake-audio-capture={tmp_path / 'tone.wav'}"]
        command += [f"--user-data-dir={tmp_path / 'profile'}"]
        command += [f"http://127.0.0.1:{server.server_port}/"]
        processes.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return server.answers.get(timeout=90)

    yield evaluate
    for process in processes:
        process.terminate()
        process.wait()
    server.shutdown()
    server.server_close()


class _Page(http.server.BaseHTTPRequestHandler):
    """Serve one page, which presses the button and posts what came of the expression."""

    _SCRIPT = """<body><script>
      const result = eval(%s);
      document.querySelector("button").click();
      result.then((value) => fetch("/", { method: "POST", body: JSON.stringify(value) }));
    </script></body>"""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((self._SCRIPT % json.dumps(self.server.expression)).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.answers.put(json.loads(body))

    def log_message(self, *_):
        pass


def in_chromium(test):
    """Mark a test that runs where Chromium is found."""
    marks = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
    return pytest.mark.browser(pytest.mark.outside_program(marks(test)))


@in_chromium
def test_the_browser_records_what_the_microphone_hears(browser, monkeypatch):
    allow = "--use-fake-ui-for-media-stream"
    colab(monkeypatch, lambda script: browser(script, allow))
    audio = notebook.record(0.75, sample_rate=RATE)
    assert abs(len(audio) - 0.75 * RATE) <= 1
    spectrum = np.abs(np.fft.rfft(audio[RATE // 4 :] * np.hanning(len(audio) - RATE // 4)))
    frequencies = np.fft.rfftfreq(len(audio) - RATE // 4, 1 / RATE)
    assert abs(frequencies[np.argmax(spectrum)] - 1000.0) < 5.0
    away = np.abs(frequencies - 1000.0) > 50.0
    assert np.sum(spectrum[away] ** 2) < 0.01 * np.sum(spectrum**2)


@in_chromium
def test_the_browser_says_why_it_cannot_record(browser, monkeypatch):
    colab(monkeypatch, lambda script: browser(script, "--deny-permission-prompts"))
    with pytest.raises(RuntimeError, match="could not record: NotAllowedError: Permission denied"):
        notebook.record(0.5, sample_rate=RATE)
