"""Writes the canonical head as Flax msgpack files: tests/data/formats/flax_*.msgpack.

Needs flax 0.12.8 and jax 0.10.2 (with optax, which flax brings), in an environment of its own::

    python scripts/formats/flax_files.py
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen, nnx, serialization
from flax.training.train_state import TrainState
from stored_head import (
    BIAS,
    DIMENSION,
    FOLDER,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    WEIGHT,
)


class Network(linen.Module):
    """Two dense layers, or two 1 x 1 convolutions."""

    layer: type = linen.Dense
    sizes: tuple = ()

    @linen.compact
    def __call__(self, x):
        x = linen.relu(self.layer(DIMENSION, *self.sizes, name="hidden")(x))
        return self.layer(N_CLASSES, *self.sizes, name="head")(x)


def parameters(network, example):
    """Parameters as the network makes them, with the canonical numbers in place of random ones."""
    made = network.init(jax.random.key(0), example)["params"]
    canonical = {
        "hidden": {"kernel": HIDDEN_WEIGHT.T, "bias": HIDDEN_BIAS},
        "head": {"kernel": WEIGHT.T, "bias": BIAS},
    }
    return jax.tree.map(lambda own, new: jnp.asarray(new).reshape(own.shape), made, canonical)


class Modules(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(0)
        self.hidden = nnx.Linear(12, DIMENSION, rngs=rngs)
        self.head = nnx.Linear(DIMENSION, N_CLASSES, rngs=rngs)
        self.hidden.kernel.value, self.hidden.bias.value = HIDDEN_WEIGHT.T, HIDDEN_BIAS
        self.head.kernel.value, self.head.bias.value = WEIGHT.T, BIAS


def main():
    dense, convolutional = Network(), Network(linen.Conv, ((1, 1),))
    params = parameters(dense, np.ones((1, 12), np.float32))
    kernels = parameters(convolutional, np.ones((1, 4, 4, 12), np.float32))
    state = TrainState.create(apply_fn=dense.apply, params=params, tx=optax.adam(1e-3))
    pure = nnx.to_pure_dict(nnx.state(Modules()))
    files = {
        "params": serialization.to_bytes({"params": params}),
        "bfloat16": serialization.to_bytes(jax.tree.map(lambda x: x.astype(jnp.bfloat16), params)),
        "convolution": serialization.to_bytes({"params": kernels, "batch_stats": {}}),
        "train_state": serialization.to_bytes(state),
        "nnx": serialization.msgpack_serialize(jax.tree.map(np.asarray, pure)),
    }
    serialization.MAX_CHUNK_SIZE = 50  # bytes: arrays of 12 numbers and more are cut
    files["chunked"] = serialization.to_bytes({"params": params})
    for name, data in files.items():
        (FOLDER / f"flax_{name}.msgpack").write_bytes(data)


if __name__ == "__main__":
    main()
