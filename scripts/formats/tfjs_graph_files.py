"""Writes the canonical head as TensorFlow.js graph models: tests/data/formats/tfjs_graph*.

Needs tensorflow-cpu 2.21.0, tf_keras 2.21.0, tensorflowjs 4.22.0 and tensorflow_hub 0.16.1, in an
environment of its own. The converter imports two libraries that it does not use here; where they
are not installed, empty modules stand in for them::

    TF_USE_LEGACY_KERAS=1 python scripts/formats/tfjs_graph_files.py
"""

import sys
import tempfile
import types

import tensorflow as tf
import tf_keras
from stored_head import (
    BIAS,
    DIMENSION,
    FOLDER,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    WEIGHT,
)

sys.modules.setdefault("tensorflow_decision_forests", types.ModuleType("forests"))
unused = types.ModuleType("tensorflowjs.converters.jax_conversion")
unused.convert_jax = None
sys.modules.setdefault("tensorflowjs.converters.jax_conversion", unused)

from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter  # noqa: E402

INPUTS = HIDDEN_WEIGHT.shape[1]


def dense():
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [
            tf_keras.Input((INPUTS,)),
            layers.Dense(DIMENSION, activation="relu"),
            layers.Dense(N_CLASSES, activation="softmax"),
        ]
    )
    model.set_weights([HIDDEN_WEIGHT.T, HIDDEN_BIAS, WEIGHT.T, BIAS])
    return model


def convolutional():
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [
            tf_keras.Input((4, 4, INPUTS)),
            layers.Conv2D(DIMENSION, 1, activation="relu6"),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Conv2D(N_CLASSES, 1),
            layers.Flatten(),
            layers.Activation("sigmoid"),
        ]
    )
    model.set_weights([HIDDEN_WEIGHT.T[None, None], HIDDEN_BIAS, WEIGHT.T[None, None], BIAS])
    return model


def transposed():
    """A network of one's own that multiplies with the templates as rows, and adds the bias."""

    class Network(tf.Module):
        def __init__(self):
            self.hidden = tf.Variable(HIDDEN_WEIGHT)
            self.weight, self.bias = tf.Variable(WEIGHT), tf.Variable(BIAS)

        @tf.function(input_signature=[tf.TensorSpec((None, INPUTS), tf.float32)])
        def __call__(self, x):
            x = tf.tanh(tf.matmul(x, self.hidden, transpose_b=True) + HIDDEN_BIAS)
            return tf.matmul(x, self.weight, transpose_b=True) + self.bias

    return Network()


def write(model, name, **options):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(model, folder)
        converter.convert_tf_saved_model(folder, str(FOLDER / name), **options)


write(dense(), "tfjs_graph")
write(convolutional(), "tfjs_graph_convolution")
write(transposed(), "tfjs_graph_transposed")
write(dense(), "tfjs_graph_float16", quantization_dtype_map={"float16": "*"})
write(dense(), "tfjs_graph_uint8", quantization_dtype_map={"uint8": "*"})
