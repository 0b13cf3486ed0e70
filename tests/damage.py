"""What the tests of damaged checkpoints ask of a file: everything, and only typed errors back."""

from semdepth import read_head
from semdepth.errors import SemdepthError
from semdepth.reading.checkpoints import list_tensors


def refusal(call):
    """What a call is refused with; any other error than a typed one is a failure."""
    try:
        call()
    except SemdepthError as error:
        return str(error)
    return ""


def everything(path):
    """All that a file can be asked for; only typed errors of one line may come of it."""
    found = []
    messages = [refusal(lambda: found.extend(list_tensors(path)))]
    for tensor in found:
        messages.append(refusal(lambda tensor=tensor: check_shape(tensor)))
    messages.append(refusal(lambda: read_head(path)))
    assert not any("\n" in message for message in messages)


def check_shape(tensor):
    assert tensor.load().shape == tensor.shape
