import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from spectrotools.data.failures import Failed, sentence
from spectrotools.data.workers import share_out, suitable_count
from tests.data.worker_jobs import job, nothing
from tests.report.commands import environment


def test_every_item_has_its_outcome_and_a_death_is_one_items_affair():
    left, asked = ("leave", 7), ("tell", "TF_NUM_INTRAOP_THREADS")
    items = [("square", 3), left, ("refuse", "no"), ("err", "oops"), ("square", 4), asked]
    outcomes = dict(share_out(job, items, 2, nothing))
    assert (outcomes["square", 3], outcomes["square", 4]) == (9, 16)
    died = "the process that measured it ended with code 7; memory may have run out."
    assert outcomes[left] == Failed(died)
    assert outcomes["refuse", "no"] == Failed("no")
    wrong = "something is wrong inside spectrotools: TypeError('oops')."
    assert outcomes["err", "oops"] == Failed(wrong)
    process, threads = outcomes[asked]
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
        counts = [suitable_count(items) for items in (0, 15, 32, 1000)]
        assert counts == [1, 1, min(2, cores), min(8, cores)]
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert suitable_count(1000) == 1


def test_whoever_has_enough_stops_the_processes():
    start = time.monotonic()
    outcomes = share_out(job, [("tell", ""), ("sleep", 1000)], 2, nothing)
    next(outcomes)
    assert len(multiprocessing.active_children()) == 2
    outcomes.close()
    assert multiprocessing.active_children() == []
    assert time.monotonic() - start < 100


def test_processes_leave_with_the_first_one_though_it_be_killed():
    code = (
        "from spectrotools.data.workers import share_out\n"
        "from tests.data.worker_jobs import job, nothing\n"
        "if __name__ == '__main__':\n"
        "    for _, outcome in share_out(job, [('tell', ''), ('sleep', 1000)], 2, nothing):\n"
        "        print(outcome[0], flush=True)\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert first.stdout.readline().strip().isdecimal()
    first.kill()
    first.communicate(timeout=100)  # which ends when the last one has closed the output


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
