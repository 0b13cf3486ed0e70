"""What the usual libraries are asked to do: the straightforward way to the same results.

scikit-learn clusters, networkx spans the clusters, NLTK says how deep two classes meet. NLTK
needs WordNet's database files (Debian: wordnet-base), found through WORDNET_DIR.
"""

from __future__ import annotations

import io
import os
import warnings
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
from sklearn.cluster import AffinityPropagation
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import cosine_similarity

SEED = 42


def similarities(templates: np.ndarray) -> np.ndarray:
    """Cosines of all pairs, min-max over all cells, ones on the diagonal."""
    cosine = cosine_similarity(templates.astype(np.float64))
    values = (cosine - cosine.min()) / (cosine.max() - cosine.min())
    np.fill_diagonal(values, 1.0)
    return values


def affinity(
    values: np.ndarray, iterations: int = 200, random_state: int | np.random.RandomState = SEED
) -> AffinityPropagation:
    model = AffinityPropagation(
        affinity="precomputed", random_state=random_state, max_iter=iterations
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(values)


def forest(values: np.ndarray, assignment: np.ndarray) -> list[tuple[int, int]]:
    """A maximum spanning tree of each cluster's part of the complete graph."""
    graph = nx.from_numpy_array(values)
    return [
        (min(edge), max(edge))
        for members in clusters(assignment)
        for edge in nx.maximum_spanning_tree(graph.subgraph(members)).edges
    ]


def lean_forest(values: np.ndarray, assignment: np.ndarray) -> list[tuple[int, int]]:
    """The same with a small graph for each cluster, as one writes it who knows what graphs cost."""
    edges = []
    for members in clusters(assignment):
        graph = nx.from_numpy_array(values[np.ix_(members, members)])
        edges += [(members[i], members[j]) for i, j in nx.maximum_spanning_tree(graph).edges]
    return [(min(edge), max(edge)) for edge in edges]


def clusters(assignment: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(assignment == k).tolist() for k in np.unique(assignment)]


def straightforward(templates: np.ndarray, ids: tuple[str, ...]) -> float:
    """Similarity Depth, from templates on."""
    values = similarities(templates)
    found = affinity(values)
    classes = synsets(ids)
    edges = forest(values, found.labels_)
    return float(np.mean([subsumer_depth(classes[i], classes[j]) for i, j in edges]))


def synsets(ids: tuple[str, ...]) -> list:
    wordnet = nltk_wordnet()
    return [wordnet.synset_from_pos_and_offset("n", int(name[1:])) for name in ids]


def subsumer_depth(a, b) -> int:
    shared = a.lowest_common_hypernyms(b, simulate_root=False, use_min_depth=True)
    return (a if a in shared else shared[0]).max_depth() + 1


def wordnet_folder() -> Path | None:
    """Where WordNet's database files are."""
    folder = Path(os.environ.get("WORDNET_DIR", "/usr/share/wordnet"))
    return folder if (folder / "data.noun").exists() else None


@cache
def nltk_wordnet():
    import nltk.data
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    class Nouns(WordNetCorpusReader):
        # NLTK wants the names of the lexicographers' 45 files, which Debian's package lacks and
        # nothing here reads.
        def open(self, name):
            names = "".join(f"{i:02d} file{i} 0\n" for i in range(45))
            return io.StringIO(names) if name == "lexnames" else super().open(name)

        # A map between releases of WordNet, which needs a second copy of it.
        def map_wn(self, version="wordnet"):
            return None

    folder = str(wordnet_folder())
    nltk.data.path.append(folder)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The multilingual functions are not available")
        return Nouns(nltk.data.FileSystemPathPointer(folder), None)
