"""Damages texts: lines and cells that move, cycles of names, nesting, encodings, entities."""

from __future__ import annotations

import re

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

WORD = re.compile(rb"[\w.:#/-]+")
STRANGE = (
    b"(" * 50_000,
    b"[" * 50_000,
    b"{" * 50_000,
    b"- " * 20_000,
    b"a:\n" + b" " * 5_000 + b"b:",
    b"a;" * 5_000,
    b">" * 3_000,
    b'"',
    b"'",
    b'""""',
    b"\\",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\r",
    b"\r\n\r\n",
    b"\xe2\x80\xa8",
    b"\x1b[31m",
    b"&a [*a, *a]",
    b"*a",
    b"!!python/object/apply:os.system [touch SENTINEL]",
    b"<<: *a",
    b"? ",
    b"%YAML 9.9",
    b"1e999",
    b"nan",
    b"-1",
    b"9" * 6_000,
    b"9999999999999999999",
    b",",
    b"\t",
    b";",
    b"=1+1",
    b"x" * 70_000,
)
ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY b "'
    + b"x" * 50
    + b'">'
    + b"".join(b'<!ENTITY %c "%b">' % (99 + k, b"&%c;" % (98 + k) * 10) for k in range(9))
    + b"]><rdf:RDF>&k;</rdf:RDF>",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><rdf:RDF>&b;'
    b"</rdf:RDF>",
    b'<!DOCTYPE rdf:RDF SYSTEM "http://127.0.0.1:9/x.dtd"><rdf:RDF/>',
    b"<rdf:RDF>" + b"<a>" * 30_000,
)


def change_lines(data: bytes, dice: Dice) -> bytes:
    """Lines dropped, doubled, exchanged, or repeated thousands of times."""
    lines = data.split(b"\n")
    one, other = dice.place(lines), dice.place(lines)
    what = dice.randrange(4)
    if what == 0 and len(lines) > 1:
        del lines[one]
    elif what == 1:
        lines.insert(one, lines[other])
    elif what == 2:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one:one] = [lines[other]] * dice.choice((2, 3_000))
    return b"\n".join(lines)


def exchange_words(data: bytes, dice: Dice) -> bytes:
    """A word that stands for another: cycles, repeated names, parents that are not there."""
    words = [match.span() for match in WORD.finditer(data[:100_000])]
    if not words:
        raise NotThatStructure
    start, stop = dice.choice(words)
    first, last = dice.choice(words)
    return data[:start] + data[first:last] + data[stop:]


def strange_word(data: bytes, dice: Dice) -> bytes:
    """Something deep, long, quoted, or no text, in the place of a word or between."""
    words = [match.span() for match in WORD.finditer(data[:100_000])] or [(0, 0)]
    start, stop = dice.choice(words)
    word = dice.choice((*STRANGE, dice.text().encode("utf-8", "replace")))
    return data[: dice.choice((start, stop))] + word + data[stop:]


def indent(data: bytes, dice: Dice) -> bytes:
    """Lines further in or out, by spaces or tabs."""
    lines = data.split(b"\n")
    for _ in range(dice.choice((1, 2, 10))):
        at = dice.place(lines)
        space = dice.choice((b" ", b"  ", b"\t", b" " * 500, b"\xc2\xa0"))
        lines[at] = lines[at].lstrip() if dice.one_in(2) else space + lines[at]
    return b"\n".join(lines)


def deepen(data: bytes, dice: Dice) -> bytes:
    """Each line below the one before, without end."""
    rows = dice.choice((100, 3_000))
    mark = dice.choice((b" ", b"\t", b"  "))
    stairs = b"\n".join(mark * k + b"n%d" % k for k in range(min(rows, 1_000)))
    chain = b"\n".join(b"n%d,n%d" % (k, k + 1) for k in range(rows))
    return data + b"\n" + dice.choice((stairs, chain, chain + b"\nn%d,n0" % rows))


def encode_otherwise(data: bytes, dice: Dice) -> bytes:
    """UTF-16, Latin-1, with a mark of byte order, or with other ends of lines."""
    text = data.decode("utf-8", "replace")
    what = dice.randrange(5)
    if what == 0:
        return text.encode("utf-16")
    if what == 1:
        return b"\xef\xbb\xbf" + data
    if what == 2:
        return data.replace(b"\n", b"\r")
    if what == 3:
        return data.replace(b",", dice.choice((b";", b"\t", b" ", b"|")))
    return text.encode("latin-1", "replace").replace(b"a", b"\xe4")


def entities(data: bytes, dice: Dice) -> bytes:
    """XML that expands without end or asks for other files."""
    return dice.choice(ENTITIES) + (data if dice.one_in(2) else b"")


MUTATORS = (
    change_lines,
    change_lines,
    exchange_words,
    exchange_words,
    strange_word,
    strange_word,
    indent,
    deepen,
    encode_otherwise,
    entities,
)
