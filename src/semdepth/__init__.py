"""Explains a classifier's mistakes from its weights.

A trained network's last layer holds one row of weights per class, its class template. How alike
two templates are tells how alike the network perceives the two classes.

>>> import semdepth
>>> head = semdepth.read_head("model.pth")                                  # doctest: +SKIP
>>> analysis = semdepth.analyze(head)                                       # doctest: +SKIP
>>> analysis.depth.mean, analysis.chance.null_mean, analysis.chance.ceiling # doctest: +SKIP
"""

from importlib import import_module

# Where each public name lives. Modules are imported when a name is first used, so that
# `import semdepth` and `semdepth --help` cost next to nothing.
_HOMES = {
    "AffinityPropagation": "semdepth.clustering",
    "Analysis": "semdepth.analysis",
    "Chance": "semdepth.chance",
    "ClassifierHead": "semdepth.head",
    "Clustering": "semdepth.clustering",
    "Comparison": "semdepth.comparison",
    "Compliance": "semdepth.compliance",
    "ConfusionMatrix": "semdepth.confusion",
    "Dendrogram": "semdepth.induction",
    "Difference": "semdepth.difference",
    "Hdbscan": "semdepth.clustering",
    "LabelSet": "semdepth.labels",
    "Louvain": "semdepth.clustering",
    "Optics": "semdepth.clustering",
    "Placement": "semdepth.labels",
    "Report": "semdepth.writing.report",
    "SemdepthError": "semdepth.errors",
    "SimilarityDepth": "semdepth.depth",
    "SimilarityGraph": "semdepth.graph",
    "SimilarityMatrix": "semdepth.similarity",
    "Taxonomy": "semdepth.taxonomy",
    "Track": "semdepth.tracking",
    "Tracker": "semdepth.live",
    "Whole": "semdepth.clustering",
    "analyze": "semdepth.analysis",
    "build_graph": "semdepth.graph",
    "compare": "semdepth.study.comparing",
    "count_confusions": "semdepth.confusion",
    "depth_chance": "semdepth.chance",
    "diff": "semdepth.difference",
    "functional_similarity": "semdepth.similarity",
    "graph_compliance": "semdepth.compliance",
    "induce": "semdepth.induction",
    "place": "semdepth.labels",
    "place_in": "semdepth.labels",
    "read_analysis": "semdepth.reading.analyses",
    "read_comparison": "semdepth.reading.comparisons",
    "read_confusion": "semdepth.reading.confusions",
    "read_head": "semdepth.reading.heads",
    "read_labels": "semdepth.reading.labels",
    "read_predictions": "semdepth.reading.confusions",
    "read_run": "semdepth.reading.runs",
    "read_taxonomy": "semdepth.reading.taxonomies",
    "read_word_vectors": "semdepth.reading.word_vectors",
    "resolve": "semdepth.labels",
    "semantic_similarity": "semdepth.similarity",
    "similarity_depth": "semdepth.depth",
    "structural_from_cosine": "semdepth.similarity",
    "structural_similarity": "semdepth.similarity",
    "to_networkx": "semdepth.writing.exports",
    "to_pandas": "semdepth.writing.exports",
    "track": "semdepth.study.following",
    "wordnet_nouns": "semdepth.wordnet",
    "write_analysis": "semdepth.writing.results",
    "write_comparison": "semdepth.writing.comparisons",
    "write_difference": "semdepth.writing.differences",
    "write_graph": "semdepth.writing.exports",
    "write_newick": "semdepth.writing.exports",
    "write_report": "semdepth.writing.report",
    "write_table": "semdepth.writing.exports",
    "write_track": "semdepth.writing.tracks",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'semdepth' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
