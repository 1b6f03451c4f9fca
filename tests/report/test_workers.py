import os
import signal
import subprocess
import sys
import time

import pytest

from spectrotools.report.failures import Failed, sentence
from spectrotools.report.workers import share_out, suitable_count
from tests.report.commands import environment
from tests.report.worker_jobs import job, nothing


def test_every_item_has_its_outcome_and_a_death_is_one_items_affair():
    killed, left = ("die", signal.SIGKILL), ("leave", 7)
    items = [("square", 3), killed, ("refuse", "no"), ("err", "oops"), left, ("square", 4)]
    outcomes = dict(share_out(job, [*items, ("tell", "TF_NUM_INTRAOP_THREADS")], 2, nothing))
    assert (outcomes["square", 3], outcomes["square", 4]) == (9, 16)
    died = "the process that measured it {}; memory may have run out."
    assert outcomes[killed] == Failed(died.format("was killed by signal 9"))
    assert outcomes[left] == Failed(died.format("ended with code 7"))
    assert outcomes["refuse", "no"] == Failed("no")
    wrong = "something is wrong inside spectrotools: TypeError('oops')."
    assert outcomes["err", "oops"] == Failed(wrong)
    process, threads = outcomes["tell", "TF_NUM_INTRAOP_THREADS"]
    assert process != os.getpid()
    assert threads == "1"


def test_one_job_is_this_process_and_hides_no_fault_of_our_own():
    outcomes = dict(share_out(job, [("tell", ""), ("refuse", "no")], 1, None))
    assert outcomes["tell", ""][0] == os.getpid()
    assert outcomes["refuse", "no"] == Failed("no")
    with pytest.raises(TypeError, match="oops"):
        list(share_out(job, [("err", "oops")], 1, None))


def test_few_items_are_not_worth_many_processes(monkeypatch):
    for cores in (1, 2, 100):
        monkeypatch.setattr(
            os, "sched_getaffinity", lambda _, n=cores: set(range(n)), raising=False
        )
        counts = [suitable_count(items) for items in (0, 3, 8, 1000)]
        assert counts == [1, 1, min(2, cores), min(8, cores)]
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert suitable_count(1000) == 1


def test_whoever_has_enough_stops_the_processes():
    start = time.monotonic()
    outcomes = share_out(job, [("tell", ""), ("sleep", 1000)], 2, nothing)
    _, (process, _) = next(outcomes)
    outcomes.close()
    assert time.monotonic() - start < 100
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_processes_leave_with_the_first_one_though_it_be_killed():
    code = (
        "from spectrotools.report.workers import share_out\n"
        "from tests.report.worker_jobs import job, nothing\n"
        "if __name__ == '__main__':\n"
        "    for _, outcome in share_out(job, [('tell', ''), ('sleep', 1000)], 2, nothing):\n"
        "        print(outcome[0], flush=True)\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, text=True
    )
    worker = int(first.stdout.readline())
    first.kill()
    first.wait()
    first.stdout.close()
    deadline = time.monotonic() + 30
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(worker)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as file:  # an orphan may have nobody to reap it
        return file.read().split(")")[1].split()[0] != "Z"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file", "a.wav"), "a.wav: No such file."),
        (OSError(28, "No space left"), "standard output: No space left."),
        (ValueError("two\n  lines"), "two lines"),
        (MemoryError(), "MemoryError."),
    ],
)
def test_an_error_is_one_sentence(error, said):
    assert sentence(error) == said
