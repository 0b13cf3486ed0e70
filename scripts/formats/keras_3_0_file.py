"""Writes the canonical head as Keras 3.0 stored it: tests/data/formats/keras_3_0.keras.

The first releases of Keras 3 number the layers of a file by their class and write down no names,
so that only the config tells which is which. Needs keras 3.0.5, dm-tree, tensorflow-cpu 2.21.0 and
h5py 3.14.0, in an environment of its own::

    KERAS_BACKEND=tensorflow python scripts/formats/keras_3_0_file.py
"""

import keras
import numpy as np
from stored_head import (
    BIAS,
    DIMENSION,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    ROOT,
    WEIGHT,
)

layers = keras.layers
# Stored as time_distributed, dense and dense_1: neither the order nor the names of the layers.
hidden = layers.TimeDistributed(layers.Dense(DIMENSION), name="hidden")
middle = layers.Dense(DIMENSION, name="middle")
head = layers.Dense(N_CLASSES, name="predictions")
inputs = keras.Input((5, HIDDEN_WEIGHT.shape[1]))
model = keras.Model(inputs, head(middle(layers.GlobalAveragePooling1D()(hidden(inputs)))))
hidden.set_weights([HIDDEN_WEIGHT.T, HIDDEN_BIAS])
middle.set_weights([np.eye(DIMENSION), np.zeros(DIMENSION)])
head.set_weights([WEIGHT.T, BIAS])
model.save(ROOT / "tests" / "data" / "formats" / "keras_3_0.keras")
