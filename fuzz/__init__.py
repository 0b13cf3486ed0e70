"""Feeds damaged and hostile files to every reader: `make fuzz`, or ``python -m fuzz``.

::

    run.py          a run: which inputs, for how long, and what came of them
    samples.py      the inputs: seeds from tests/data, the corpus, and mutations of them
    seeds.py        small files of the forms of which tests/data holds none
    mutations/      one module a structure: bytes and a seeded choice -> damaged bytes
    dice.py         the seeded choices, and the strange values among them
    worker.py       a child process that reads the inputs; child.py is what runs in it
    exercise.py     what is done with an input, and what must hold afterwards
    guard.py        hears what the interpreter is asked to do meanwhile: run, import, write, connect
    findings.py     what went wrong, told once each and written to fuzz/found
    corpus/         every input that ever failed; each run begins with them
"""
