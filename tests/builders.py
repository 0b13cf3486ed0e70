"""What several test files build: small graphs and counts, names that are hard to draw."""

import numpy as np

from semdepth.clustering import Clustering, Whole
from semdepth.confusion import ConfusionMatrix
from semdepth.graph import spanning_forest
from semdepth.similarity import SimilarityMatrix

# Positions in the fixture pets. Of its 21 pairs the two of dogs and of cats meet at depth 3,
# the four of a dog and a cat and the three of vehicles at depth 2, and twelve at the root, 1.
POODLE, BOXER, SIAMESE, PERSIAN, CAR, BUS, BIKE = range(7)

ODD_NAMES = (
    "from $5 to $x^2",
    "a_b & <c> \"d\" 'e' \\alpha",
    "تفاحة حمراء",
    "苹果",
    "🐶 hound",
    "{curly} %s #1",
)


def matrix_with(labels, cells):
    """Structural similarities that are 0 but for these cells."""
    values = np.eye(len(labels))
    for (i, j), value in cells.items():
        values[i, j] = values[j, i] = value
    return SimilarityMatrix("structural", labels, values)


def forest(labels, edges, clusters):
    """A graph with exactly these edges within these clusters."""
    assert all(clusters[i] == clusters[j] for i, j in edges)
    matrix = matrix_with(labels, dict.fromkeys(edges, 0.5))
    made = spanning_forest(matrix, Clustering(Whole(), np.array(clusters)))
    assert len(made.edges) == len(edges)
    return made


def counted(labels, cells, *, recognised=90):
    """Confusions: so many of each class recognised, and these cells of errors."""
    counts = recognised * np.eye(len(labels), dtype=np.int64)
    for (i, j), times in cells.items():
        counts[i, j] = times
    return ConfusionMatrix(labels, counts)


def fails(result, *words):
    """One line on standard error with these words, nothing on standard output, exit code 1."""
    code, out, err = result
    assert code == 1
    assert out == ""
    assert err.count("\n") == 1, err
    for word in words:
        assert word in err
    return True
