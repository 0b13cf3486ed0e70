"""What a pickle's names become: two texts, a stand-in, or, for what only runs code, an error.

A name is never looked up, so safety does not hang on this list: `UnsafeFile` is a diagnosis, for
the user who is about to load the same file elsewhere. It is made

- where a name is one of `RUNS_CODE` (``posix.system``);
- where an attribute on its way is a module of that kind (`MODULES_WITHIN`:
  ``torch.serialization.os``), leads from any object into the interpreter (`LEADS_OUT`:
  ``object.__subclasses__``), or is only ever wanted of such a module (`ONLY_OF_THOSE`).

``getattr`` is a name with one part more. Pickles of bound methods (Ultralytics, fastai) and of
Python 3.11's enumerations are full of it, so it is allowed: of a `Global` it gives the longer
`Global`, checked anew, and of anything else a stand-in. ``operator.attrgetter`` and
``methodcaller`` are the same in two steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from semdepth.errors import DamagedFile, UnsafeFile

LONGEST_NAME = 2000

# Names whose use, in a pickle, is to run code or to reach files and networks.
RUNS_CODE = re.compile(
    r"""
    ( os | posix | nt | subprocess | _posixsubprocess | pty | sys | shutil | tempfile
    | importlib | imp | runpy | zipimport | pkgutil | pydoc | ctypes | _ctypes
    | pickle | _pickle | cPickle | marshal | codeop | pdb | bdb | timeit | cProfile
    | multiprocessing | _thread | asyncio | atexit | pip | distutils | ensurepip | idlelib | lib2to3
    | socket | ssl | http | httplib | urllib | urllib2 | requests | aiohttp | ftplib | smtplib
    | telnetlib | webbrowser | _osx_support | _aix_support
    | torch\.hub | torch\.utils\.(cpp_extension|collect_env|bottleneck) | torch\.distributed\.run
    ) \. .*
    |
    ( io | _io ) \. ( open | open_code | FileIO )
    |
    ( builtins | __builtin__ ) \.
    ( eval | exec | execfile | compile | open | file | input | raw_input
    | setattr | delattr | __import__ | reload | globals | locals | vars
    | breakpoint | apply | exit | quit | help
    )
    |
    # These modules share their names with folders of people's own code.
    code \. ( interact | compile_command | Interactive\w+ ) | profile \. ( run | runctx | Profile )
    | commands \. ( getoutput | getstatusoutput | getstatus ) | trace \. Trace
    | site \. ( main | addsitedir | addpackage | execusercustomize | execsitecustomize )
    | venv \. ( create | main | EnvBuilder ) | doctest \. debug\w* | cgitb \. lookup
    | logging \. config \. \w+ | threading \. (Thread | Timer) | platform \. popen
    | uuid \. _ ( popen | get_command_stdout ) | types \. FunctionType
    |
    # Loaders that run a further pickle or script, and the shells of large libraries.
    torch \. ( load | serialization\.load | jit\.load | ops\.load_library | classes\.load_library )
    | ( joblib | dill | cloudpickle ) \. ( .*\. )? loads?
    | numpy \. ( load | .*\. ( runstring | load | exec_command | system ) )
    | pandas \. ( .*\. )? ( read_pickle | eval )
    """,
    re.VERBOSE | re.DOTALL,
)
MODULES_WITHIN = frozenset(
    "os posix nt subprocess pty sys shutil importlib runpy ctypes pickle _pickle marshal pip "
    "builtins __builtins__ posixpath ntpath".split()
)
LEADS_OUT = re.compile(
    r"__(class|base|bases|mro|subclasses|globals|builtins|dict|getattribute|import|loader|spec"
    r"|code|closure|self|func|wrapped|reduce|reduce_ex)__"
    r"|(f|gi|cr|tb|func)_(globals|locals|builtins|back|frame|code)|mro"
)
ONLY_OF_THOSE = re.compile(
    r"system|popen\d?|Popen|check_output|check_call|exec[lv]p?e?|(posix_)?spawn\w*|fork(pty)?"
    r"|import_module|exec_module|load_module|load_dynamic|run_(path|module)|runstring"
    r"|write_(text|bytes)"
)
# Functions that give an attribute of what they are given: at once, or of what comes next.
GETTERS = {("builtins", "getattr"), ("__builtin__", "getattr")}
GETTERS_OF_NEXT = {
    (module, name)
    for module in ("operator", "_operator")
    for name in ("attrgetter", "methodcaller")
}
# How pickles older than bytes themselves write them.
MAKE_BYTES = {("_codecs", "encode")} | {
    (module, name) for module in ("builtins", "__builtin__") for name in ("bytes", "bytearray")
}


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle mentions; it is never looked up."""

    module: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        return self.module, self.name


class StandIn:
    """What stands where an unknown object would: it keeps its parts and does nothing."""

    __slots__ = ("arguments", "entries", "made_by", "state")

    def __init__(self, made_by: object = None, arguments: tuple = ()):
        self.made_by = made_by
        self.arguments = arguments
        self.state: object = None
        self.entries: dict = {}


def checked(module: str, name: str) -> Global:
    """The name as two texts; UnsafeFile where its only use is to run code.

    DamagedFile for a name that is longer than any is: attributes of attributes of ...
    """
    if len(module) + len(name) > LONGEST_NAME:
        raise DamagedFile(f"a pickle with a name of {len(module) + len(name)} letters")
    first, *attributes = name.split(".")
    if RUNS_CODE.fullmatch(f"{module}.{name}") or _reaches_out(first, *attributes):
        _refuse(f"{module}.{name}")
    if any(map(ONLY_OF_THOSE.fullmatch, attributes)):
        _refuse(f"{module}.{name}")
    return Global(module, name)


def called(function: object, arguments: object) -> object:
    """What a call to a name without a meaning in the reader's table leaves behind."""
    arguments = arguments if isinstance(arguments, tuple) else ()
    if isinstance(function, Global) and function.key in MAKE_BYTES:
        data = _bytes(*arguments[:1])
        return StandIn(function, arguments) if data is None else data
    if isinstance(function, Global) and function.key in GETTERS:
        return _attribute(*arguments[:2]) if len(arguments) > 1 else StandIn(function)
    if isinstance(function, Global) and function.key in GETTERS_OF_NEXT:
        for name in arguments:
            _attribute(None, name)
    if isinstance(function, StandIn) and arguments and _gets_of_next(function):
        return _attribute(arguments[0], function.arguments[0])
    return StandIn(function, arguments)


def _bytes(value: object = b"") -> bytes | None:
    # Up to protocol 2 bytes are written as the text that latin-1 makes of them.
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else None


def _gets_of_next(function: StandIn) -> bool:
    made_by = function.made_by
    return isinstance(made_by, Global) and made_by.key in GETTERS_OF_NEXT and function.arguments


def _attribute(target: object, name: object) -> object:
    """The attribute `name` of `target`: a longer name, or a stand-in."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return StandIn()
    if isinstance(target, Global):
        return checked(target.module, f"{target.name}.{name}")
    parts = name.split(".")
    if _reaches_out(*parts) or any(map(ONLY_OF_THOSE.fullmatch, parts)):
        _refuse(f"attribute {name}")
    return StandIn()


def _reaches_out(*parts: str) -> bool:
    return any(part in MODULES_WITHIN or LEADS_OUT.fullmatch(part) for part in parts)


def _refuse(asked: str) -> None:
    # repr escapes line ends and the like, so that the message stays one line.
    shown = repr(asked[:80])[1:-1]
    raise UnsafeFile(
        f"a pickle that asks to run {shown} while it is loaded; nothing was run; do not load "
        "this file elsewhere, get the weights as safetensors from a source that you trust"
    )
