"""The fuzzer itself: it reads what it should, tells every kind of finding, and repeats itself."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.exercise import EXERCISES
from fuzz.findings import Findings
from fuzz.mutations import MUTATORS
from fuzz.mutations.pickles import CALLS, instructions
from fuzz.mutations.structures import kind_of
from fuzz.run import Plan, run, summary
from fuzz.samples import Sample, Stock, corpus_samples, seed_samples
from fuzz.worker import Limits, Worker

ROOT = Path(__file__).parents[1]
SMALL = Limits(memory=500, cpu=1.0, patience=20.0)
# Readers with one fault each, and the finding that it has to become.
FAULTS = {
    "untyped error": "raise KeyError('shape')",
    "broken promise": "raise DamagedFile('two' + chr(10) + 'lines')",
    "hang": "while True: pass",
    "memory": "bytearray(700 << 20)",
    "crash": "signal.raise_signal(signal.SIGKILL)",
    "forbidden": "os.system('touch SENTINEL')",
}
CHILD = """
import os, pickle, signal, socket
from fuzz import child, exercise
from semdepth.errors import DamagedFile
{readers}
child.main()
"""


@pytest.fixture
def worker(tmp_path):
    """``worker({name: body})``: a child process in which readers of these names do as told."""
    made = []

    def start(bodies):
        readers = "".join(
            f"\ndef reader(path):\n    {body}\nexercise.EXERCISES[{name!r}] = reader\n"
            for name, body in bodies.items()
        )
        command = (sys.executable, "-c", CHILD.format(readers=readers))
        made.append(Worker(tmp_path, SMALL, command))
        return made[-1]

    yield start
    for each in made:
        each.close()


def sample(format, data=b"\x80\x02}."):
    return Sample(format, "one", {"input.bin": data})


def test_nothing_is_found_in_the_corpus_the_seeds_and_some_mutations(tmp_path):
    tallies, findings = run(Plan(seed=5, inputs=10 * len(EXERCISES)), Limits(), tmp_path / "found")
    assert not len(findings), summary(tallies, findings)
    assert set(tallies) == set(EXERCISES)
    assert all(tally.outcomes.total() >= 11 for tally in tallies.values())
    assert not (tmp_path / "found").exists()


def test_every_kind_of_finding_is_told(worker, tmp_path):
    ask = worker(FAULTS | {"as it should": "raise DamagedFile('one line')"}).ask
    told = {name: ask(sample(name)) for name in FAULTS}
    assert {name: told[name].get("finding") for name in FAULTS} == {name: name for name in FAULTS}
    # By the child's own clock, which knows where it was; the parent's patience is for others.
    assert told["hang"]["told"].startswith("TooSlow")
    assert not (tmp_path / "SENTINEL").exists()
    # The child that died was replaced by one that answers.
    told = ask(sample("as it should"))
    assert told["outcome"] == "DamagedFile"
    assert "finding" not in told


def test_what_planted_code_leaves_behind_is_found(worker, tmp_path):
    # Made from outside, as by code that no audit hook hears.
    (tmp_path / "SENTINEL").write_bytes(b"")
    told = worker({"quiet": "return 'read'"}).ask(sample("quiet"))
    assert told["finding"] == "executed"
    assert not (tmp_path / "SENTINEL").exists()


def test_a_reader_that_runs_pickles_is_stopped_and_told(worker, tmp_path):
    ask = worker({"plain": "pickle.loads(path.read_bytes())"}).ask
    for call in CALLS[:10]:
        told = ask(sample("plain", b"\x80\x02" + call + b"."))
        assert told["finding"] == "forbidden", call
        assert told["told"].startswith("pickle.find_class"), call
    assert not (tmp_path / "SENTINEL").exists()


# What reading must not ask for, and the event by which Python tells of it.
FORBIDDEN = {
    "a file beside": ("(path.parent.parent / 'decoy.bin').read_bytes()", "open"),
    "writing": ("path.write_bytes(b'')", "open"),
    "looking around": ("os.listdir(path.parent.parent)", "os.listdir"),
    "code": ("eval('1')", "compile"),
    "a module": ("import antigravity", "import"),
    "the network": ("socket.socket()", "socket.__new__"),
    "removing": ("path.unlink()", "os.remove"),
}


def test_what_reading_must_not_ask_for_is_forbidden(worker):
    ask = worker({name: body for name, (body, _) in FORBIDDEN.items()}).ask
    for name, (_, event) in FORBIDDEN.items():
        told = ask(sample(name))
        assert told["finding"] == "forbidden", name
        assert told["told"].startswith(f"{event}("), name


def test_findings_are_written_once_each_with_their_smallest_input(tmp_path, worker):
    findings = Findings(tmp_path / "found")
    ask = worker({"pickle": "raise KeyError('shape')"}).ask
    for data in (b"\x80\x02}.", b"\x80\x02.", b"\x80\x02}}}}."):
        findings.add(sample("pickle", data), ask(sample("pickle", data)), "a test")
    (place,) = (tmp_path / "found").iterdir()
    assert findings.times == {place.name: 3}
    assert (place / "input" / "input.bin").read_bytes() == b"\x80\x02."
    text = (place / "finding.txt").read_text()
    assert text.startswith("untyped error: KeyError: 'shape'\npickle, one, a test\n")
    assert "Traceback" in text


DIGEST = """
import hashlib
from fuzz.samples import Stock, seed_samples
stock = Stock(seed_samples())
inputs = repr([sorted(stock.mutation(3, number).files.items()) for number in range(64)])
print(hashlib.sha256(inputs.encode()).hexdigest())
"""


def test_a_seed_makes_the_same_inputs_in_every_process():
    stock = Stock(seed_samples())
    inputs = repr([sorted(stock.mutation(3, number).files.items()) for number in range(64)])
    own = hashlib.sha256(inputs.encode()).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.check_output(
        [sys.executable, "-c", DIGEST], cwd=ROOT, env=environment, text=True
    )
    assert other.strip() == own
    assert stock.mutation(3, 0) != stock.mutation(4, 0)


def test_every_format_has_seeds_and_every_structure_is_among_them():
    samples = seed_samples()
    assert {each.format for each in samples} == set(EXERCISES)
    kinds = {kind_of(name, data) for each in samples for name, data in each.files.items()}
    assert kinds - {"bytes"} == set(MUTATORS)


def test_mutations_leave_much_of_the_structure():
    """Inputs that no longer look like their format say little about its reader."""
    stock = Stock(seed_samples())
    kept = [
        kind_of(name, data) == kind_of(name, original.files[name])
        for number in range(320)
        for each in [stock.mutation(1, number)]
        for original in [s for s in stock.of[each.format] if s.name == each.name]
        for name, data in each.files.items()
        if name in original.files
    ]
    assert sum(kept) / len(kept) > 0.7


def test_pickles_are_taken_apart_by_instruction():
    pieces, tail = instructions(b"\x80\x02}q\x00X\x01\x00\x00\x00aK\x05s.\x80\x02K\x01.rest")
    assert pieces == (
        b"\x80\x02", b"}", b"q\x00", b"X\x01\x00\x00\x00a", b"K\x05", b"s", b".",
        b"\x80\x02", b"K\x01", b".",
    )  # fmt: skip
    assert tail == b"rest"


def test_the_corpus_is_of_known_formats_and_small():
    for each in corpus_samples():
        assert each.format in EXERCISES, each.name
        assert each.size < 100_000, each.name


def test_the_command_tells_what_came_of_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", "--inputs", "4", "--only", "safetensors", "--found",
         str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "safetensors" in done.stdout
    assert done.stdout.rstrip().endswith("nothing found")
