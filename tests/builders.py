"""What several test files build: small graphs and counts, names that are hard to draw."""

import numpy as np

from semdepth.analysis import analyze
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

# A path through all seven classes: depths 3, 2, 3, 1, 2, 2, so SD is 13 / 6 = 2.17.
PATH = {
    (POODLE, BOXER): 0.9,
    (BOXER, SIAMESE): 0.8,
    (SIAMESE, PERSIAN): 0.7,
    (PERSIAN, CAR): 0.6,
    (CAR, BUS): 0.5,
    (BUS, BIKE): 0.4,
}
# The poodle leaves the boxer (depth 3) for the bike (depth 1): 11 / 6 = 1.83.
OTHER_PATH = {**PATH, (POODLE, BOXER): 0.1, (POODLE, BIKE): 0.95}


def matrix_with(labels, cells):
    """Structural similarities that are 0 but for these cells."""
    values = np.eye(len(labels))
    for (i, j), value in cells.items():
        values[i, j] = values[j, i] = value
    return SimilarityMatrix("structural", labels, values)


def analysed(pets, cells, title="model", **options):
    """An analysis of all classes in one cluster, whose graph is the greatest tree of the cells."""
    options = {"clusterer": Whole(), "permutations": 20, **options}
    return analyze(matrix_with(pets.labels, cells), placement=pets, title=title, **options)


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
