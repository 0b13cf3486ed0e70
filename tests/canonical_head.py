"""The one head that is stored in every format: scripts/formats writes it, the tests read it back.

Its numbers are whole multiples of 1/64 below 1, so every float type and an 8-bit quantisation
with the scale 1/64 hold them exactly.
"""

import numpy as np

CLASSES = ("tench", "goldfish", "great white shark", "Löwe", "日本", "a/b & <c>")
N_CLASSES, DIMENSION = len(CLASSES), 8
SCALE = 1 / 64

WEIGHT = ((np.arange(N_CLASSES * DIMENSION) * 37 % 101 - 50) * SCALE).astype(np.float32)
WEIGHT = WEIGHT.reshape(N_CLASSES, DIMENSION)
BIAS = ((np.arange(N_CLASSES) * 5 - 12) * SCALE).astype(np.float32)

# A hidden layer before it, so that every file has a second matrix that is not the head.
HIDDEN_WEIGHT = ((np.arange(DIMENSION * 12) * 29 % 97 - 48) * SCALE).astype(np.float32)
HIDDEN_WEIGHT = HIDDEN_WEIGHT.reshape(DIMENSION, 12)
HIDDEN_BIAS = ((np.arange(DIMENSION) * 3 - 11) * SCALE).astype(np.float32)
