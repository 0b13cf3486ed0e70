"""Writes the canonical head as Keras files: tests/data/formats/keras_* and hdf5_*.

Needs tensorflow-cpu 2.21.0, keras 3.15.1, tf_keras 2.21.0 and h5py 3.14.0, in an environment of
its own::

    python scripts/formats/keras_files.py
"""

import json
import os
import tempfile
import zipfile

os.environ["KERAS_BACKEND"] = "tensorflow"

import h5py
import keras
import numpy as np
import tf_keras
from stored_head import (
    BIAS,
    CLASSES,
    DIMENSION,
    FOLDER,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    WEIGHT,
)

HIDDEN = [HIDDEN_WEIGHT.T, HIDDEN_BIAS]
HEAD = [WEIGHT.T, BIAS]
INPUTS = HIDDEN_WEIGHT.shape[1]


def functional(library):
    """Two dense layers, with what people put behind the last: dropout and an activation."""
    layers = library.layers
    inputs = library.Input((INPUTS,))
    hidden = layers.Dense(DIMENSION, activation="relu", name="hidden")
    head = layers.Dense(N_CLASSES, name="predictions")
    x = layers.Dropout(0.5)(hidden(inputs))
    model = library.Model(inputs, layers.Activation("softmax")(head(x)))
    hidden.set_weights(HIDDEN)
    head.set_weights(HEAD)
    return model


def nested(library):
    """A network without its classifier inside another that adds one: transfer learning."""
    layers = library.layers
    inputs = library.Input((INPUTS,))
    hidden = layers.Dense(DIMENSION, activation="relu", name="hidden")
    base = library.Model(inputs, layers.Reshape((1, 1, DIMENSION))(hidden(inputs)), name="base")
    head = library.Sequential([layers.Flatten(), layers.Dense(N_CLASSES)], name="top")
    model = library.Sequential([base, head, layers.Softmax()])
    model.build((None, INPUTS))
    hidden.set_weights(HIDDEN)
    head.layers[-1].set_weights(HEAD)
    return model


def convolutional():
    """A classifier of 1 x 1 convolutions, as MobileNet has it, and its like for texts."""
    layers = keras.layers
    inputs = keras.Input((4, 4, INPUTS))
    hidden = layers.Conv2D(DIMENSION, 1, activation="relu", name="conv_hidden")
    head = layers.Conv2D(N_CLASSES, 1, name="conv_preds")
    x = layers.GlobalAveragePooling2D(keepdims=True)(hidden(inputs))
    x = layers.Reshape((N_CLASSES,))(head(layers.Dropout(0.1)(x)))
    model = keras.Model(inputs, layers.Activation("softmax")(x))
    hidden.set_weights([HIDDEN[0][None, None], HIDDEN[1]])
    head.set_weights([HEAD[0][None, None], HEAD[1]])
    return model


def wrapped():
    """A label for each token: an embedding table, and dense layers within TimeDistributed."""
    layers = keras.layers
    table = layers.Embedding(N_CLASSES, INPUTS, name="tokens")
    hidden = layers.TimeDistributed(layers.Dense(DIMENSION, activation="tanh", name="hidden"))
    head = layers.TimeDistributed(layers.Dense(N_CLASSES, activation="softmax"), name="tags")
    inputs = keras.Input((5,))
    model = keras.Model(inputs, head(hidden(table(inputs))))
    hidden.set_weights(HIDDEN)
    head.set_weights(HEAD)
    return model


@keras.saving.register_keras_serializable()
class Own(keras.Model):
    """A class of somebody's own: its config lists no layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = keras.layers.Dense(DIMENSION)
        self.classifier = keras.layers.Dense(N_CLASSES)

    def call(self, inputs):
        return self.classifier(self.hidden(inputs))


def own():
    model = Own()
    model(np.zeros((1, INPUTS), np.float32))
    model.hidden.set_weights(HIDDEN)
    model.classifier.set_weights(HEAD)
    return model


def trained(model):
    """The model with an optimizer whose state has the shapes of its weights; nothing is learnt."""
    model.compile("adam", "categorical_crossentropy")
    model.optimizer.learning_rate = 0.0
    model.fit(np.zeros((1, INPUTS)), np.eye(N_CLASSES)[:1], verbose=0)
    return model


def write_keras_3():
    model = trained(functional(keras))
    model.save(FOLDER / "keras_functional.h5")
    with h5py.File(FOLDER / "keras_functional.h5", "a") as file:
        file.attrs["class_names"] = json.dumps(CLASSES)
    model.save(FOLDER / "keras_functional.keras")
    model.save_weights(FOLDER / "keras_functional.weights.h5")
    nested(keras).save(FOLDER / "keras_nested.h5")
    with tempfile.TemporaryDirectory() as folder:
        nested(keras).save(f"{folder}/nested.keras")
        packed_again(f"{folder}/nested.keras", FOLDER / "keras_deflated.keras")
    convolutional().save(FOLDER / "keras_convolution.keras")
    wrapped().save(FOLDER / "keras_wrapped.keras")
    own().save(FOLDER / "keras_own.keras")
    keras.config.set_dtype_policy("bfloat16")
    functional(keras).save(FOLDER / "keras_bfloat16.keras")
    keras.config.set_dtype_policy("float32")


def write_keras_2():
    tf_keras.backend.clear_session()
    model = functional(tf_keras)
    model.save(FOLDER / "keras_2.h5")
    model.save_weights(FOLDER / "keras_2_weights.h5")
    nested(tf_keras).save(FOLDER / "keras_2_nested.h5")


def packed_again(source, target):
    """An archive as other tools pack it: compressed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))


def write_hdf5():
    """The newer structures of HDF5, which Keras' h5py does not write unless it is told to."""
    with h5py.File(
        FOLDER / "hdf5_newer.h5", "w", libver="latest", track_order=True, userblock_size=512
    ) as file:
        for number in range(60):  # more than a header holds: a heap, and a tree of two levels
            file.create_group(f"layer{number}")
        file["head/kernel"], file["head/bias"] = HEAD[0].astype(">f8"), HEAD[1]
        file["head"].attrs["long"] = "long " * 200
        for number in range(12):
            file["head"].attrs[f"note {number}"] = [f"{number}", "ü"]
        names = [*(f"layer{number}" for number in range(60)), "head"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:50], names[50:]
        file["head"].attrs["weight_names"] = ["kernel", "bias"]
        file["alias"] = h5py.SoftLink("/head/kernel")
    with h5py.File(FOLDER / "hdf5_external_link.h5", "w", libver="latest") as file:
        file["fc.weight"] = h5py.ExternalLink("other.h5", "/fc.weight")
    with h5py.File(FOLDER / "hdf5_external_storage.h5", "w", libver="latest") as file:
        file.create_dataset("fc.weight", (2, 2), "f4", external=[("other.bin", 0, 16)])
    with h5py.File(FOLDER / "hdf5_virtual.h5", "w", libver="latest") as file:
        layout = h5py.VirtualLayout((2, 2), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "fc.weight", (2, 2))
        file.create_virtual_dataset("fc.weight", layout)
    with h5py.File(FOLDER / "hdf5_chunks.h5", "w", libver="latest") as file:
        file.create_dataset("fc.weight", data=WEIGHT, chunks=(2, 8), compression="gzip")


write_keras_3()
write_keras_2()
write_hdf5()
