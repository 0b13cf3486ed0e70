"""Everything that can go wrong, as a tree.

::

    SemdepthError
    ├── ReadError              a file that is not what it should be
    │   ├── UnknownFormat      no reader knows it
    │   ├── DamagedFile        its format is known, its bytes are wrong
    │   └── UnsafeFile         loading it would run code; nothing was run
    ├── WriteError             an output that cannot be written
    ├── HeadError              the classifier layer
    │   ├── NoHead             no tensor can be it
    │   └── AmbiguousHead      several could be it
    ├── LabelError             class names: number, repetition, unknown ids
    ├── TaxonomyError          concepts: unknown names, cycles
    ├── ConfusionError         predictions or a confusion matrix that do not fit
    ├── MatrixError            templates or similarities that admit no answer
    ├── ClusteringError        a clusterer that found nothing
    ├── OptionError            an option that does not exist or does not apply
    └── MissingExtra           an optional library that is not installed

A message says what was expected, what was found, and the way out, in one line.
"""


class SemdepthError(Exception):
    """Anything semdepth refuses to do; the message is meant for the user."""


class ReadError(SemdepthError):
    """A file that is not what it should be."""


class UnknownFormat(ReadError):
    """No reader knows this file."""


class DamagedFile(ReadError):
    """The format is known, but the bytes do not hold together."""


class UnsafeFile(ReadError):
    """Loading the file would run code that it brings along; nothing was run."""


class WriteError(SemdepthError):
    """An output that cannot be written."""


class HeadError(SemdepthError):
    """The classifier layer could not be settled."""


class NoHead(HeadError):
    """No stored tensor can be the classifier layer."""


class AmbiguousHead(HeadError):
    """Several stored tensors could be the classifier layer."""


class LabelError(SemdepthError):
    """Class names of the wrong number, repeated, or unknown."""


class TaxonomyError(SemdepthError):
    """A concept that the taxonomy does not have, or a taxonomy that is none."""


class ConfusionError(SemdepthError):
    """Predictions, or a confusion matrix, that do not fit together or the classes."""


class MatrixError(SemdepthError):
    """Templates or similarities for which the method has no answer."""


class ClusteringError(SemdepthError):
    """A clusterer that found no clusters at all."""


class OptionError(SemdepthError):
    """An option that does not exist, or does not apply here."""


class MissingExtra(SemdepthError, ImportError):
    """An optional library that is not installed."""

    def __init__(self, purpose: str, library: str, extra: str):
        super().__init__(
            f"{purpose} needs {library}, which is not installed; "
            f'install it with: pip install "semdepth[{extra}]"'
        )
