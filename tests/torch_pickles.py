"""Writes the pickles and files of torch.save without torch, well-formed or not."""

import io
import pickle
import zipfile

LEGACY_LEAD = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]


def write(path, data):
    path.write_bytes(data)
    return path


def write_torch_zip(path, description, storages=(), byte_order=b"little", **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr("archive/data.pkl", description)
        archive.writestr("archive/byteorder", byte_order)
        for key, data in enumerate(storages):
            archive.writestr(f"archive/data/{key}", data)
    return path


def write_legacy(path, description, keys=(), data=b""):
    lead = b"".join(pickle.dumps(part, 2) for part in LEGACY_LEAD)
    return write(path, lead + description + pickle.dumps(list(keys), 2) + data)


class Storage:
    """Pickled as PyTorch pickles a storage."""

    def __init__(self, key="0", count=20, kind="FloatStorage"):
        self.identity = ("storage", TorchName(kind), key, "cpu", count)


class TorchName:
    def __init__(self, name, module="torch"):
        self.name, self.module = name, module


class TorchPickler(pickle._Pickler):
    """Writes what torch.save would, without torch."""

    def persistent_id(self, value):
        return value.identity if isinstance(value, Storage) else None

    def save_torch_name(self, value):
        self.write(f"c{value.module}\n{value.name}\n".encode())

    dispatch = pickle._Pickler.dispatch | {TorchName: save_torch_name}


class View:
    """Pickled as PyTorch pickles a tensor."""

    def __init__(self, storage, offset=0, shape=(5, 4), strides=(4, 1)):
        self.arguments = (storage, offset, shape, strides, False, {})


def save_view(self, view):
    self.save_torch_name(TorchName("_rebuild_tensor_v2", "torch._utils"))
    self.save(view.arguments)
    self.write(pickle.REDUCE)


TorchPickler.dispatch[View] = save_view


def torch_pickle(content):
    buffer = io.BytesIO()
    TorchPickler(buffer, 2).dump(content)
    return buffer.getvalue()


class Runs:
    """Runs `function(argument)` when a plain loader opens it."""

    def __init__(self, function, argument):
        self.call = function, (argument,)

    def __reduce__(self):
        return self.call
