"""Writes the canonical head as PaddlePaddle and plain pickle files: tests/data/formats/paddle_*.

Needs paddlepaddle 3.3.1 and scikit-learn, in an environment of their own::

    python scripts/formats/paddle_files.py

paddle_plain.pkl, paddle_numpy1.pkl and paddle_sklearn.pkl are Python's own pickles of arrays.
"""

import pickle

import numpy as np
import paddle
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


class Network(paddle.nn.Layer):
    def __init__(self, convolution=False):
        super().__init__()
        self.hidden = paddle.nn.Linear(12, DIMENSION)
        make = paddle.nn.Conv2D if convolution else paddle.nn.Linear
        self.head = make(DIMENSION, N_CLASSES, *([1] if convolution else []))
        weight = WEIGHT[:, :, None, None] if convolution else WEIGHT.T
        self.hidden.weight.set_value(HIDDEN_WEIGHT.T)
        self.hidden.bias.set_value(HIDDEN_BIAS)
        self.head.weight.set_value(weight)
        self.head.bias.set_value(BIAS)

    def forward(self, x):
        return self.head(paddle.nn.functional.relu(self.hidden(x)))


def logistic_regression():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()
    random = np.random.default_rng(0)
    samples = random.standard_normal((60, DIMENSION))
    model.fit(samples, np.array(CLASSES)[np.arange(60) % N_CLASSES])
    order = np.argsort(CLASSES)
    model.coef_, model.intercept_ = WEIGHT[order].astype(float), BIAS[order].astype(float)
    return model


def main():
    dense = Network()
    state = dense.state_dict()
    optimizer = paddle.optimizer.Adam(parameters=dense.parameters())
    dense(paddle.ones([2, 12])).sum().backward()
    optimizer.step()
    dense = Network()  # as it was before the step
    state = dense.state_dict()
    paddle.save(state, str(FOLDER / "paddle_state.pdparams"))
    paddle.save(state, str(FOLDER / "paddle_protocol2.pdparams"), protocol=2)
    paddle.save(Network(convolution=True).state_dict(), str(FOLDER / "paddle_conv.pdparams"))
    half = {name: value.astype("bfloat16") for name, value in state.items()}
    paddle.save(half, str(FOLDER / "paddle_bfloat16.pdparams"))
    paddle.save(optimizer.state_dict(), str(FOLDER / "paddle_adam.pdopt"))
    # A training checkpoint: not a state dict, so tensors are pickled one by one.
    training = {"epoch": 3, "model": state, "class_names": list(CLASSES)}
    paddle.save(training, str(FOLDER / "paddle_training.pdparams"))
    plain = {"weight": WEIGHT, "bias": BIAS, "classes": np.array(CLASSES)}
    (FOLDER / "paddle_plain.pkl").write_bytes(pickle.dumps(plain, 5))
    (FOLDER / "paddle_sklearn.pkl").write_bytes(pickle.dumps(logistic_regression()))


if __name__ == "__main__":
    main()
