"""The class graph that is written for other programs: what its nodes and edges carry."""

from __future__ import annotations

from dataclasses import dataclass

from semdepth.analysis import Analysis
from semdepth.errors import OptionError
from semdepth.graph import SimilarityGraph
from semdepth.writing.tables import meetings

LAYERS = ("perceived", "confused", "both")

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ClassGraph:
    """Classes and the edges between them, with plain values; what is unknown is left out.

    ``about`` describes the whole; ``nodes`` stand in class order, so that a class's position is
    its id; ``edges`` are keyed by two positions, the smaller first. There is one edge a pair at
    most: programs that find two add up their weights.
    """

    about: dict[str, object]
    nodes: list[dict[str, object]]
    edges: dict[Pair, dict[str, object]]


def class_graph(analysis: Analysis, layer: str = "both") -> ClassGraph:
    """The forest of perceived similarities, that of confusions, or both in one graph.

    An edge's ``weight`` is the similarity of its templates; where only the layer of confusions
    is asked for, it is the similarity by confusion.
    """
    if layer not in LAYERS:
        raise OptionError(f"expected a layer out of {', '.join(LAYERS)}, found {layer!r}")
    if layer == "confused" and analysis.mistakes is None:
        raise OptionError(
            "expected an analysis with predictions for the layer of confusions, found one "
            "without; analyse the model with predictions"
        )
    return ClassGraph(_about(analysis, layer), _nodes(analysis), _edges(analysis, layer))


def _about(analysis: Analysis, layer: str) -> dict[str, object]:
    return _known(
        title=analysis.subject.title,
        layer=layer,
        clusterer=analysis.graph.clustering.clusterer.name,
        taxonomy=analysis.taxonomy,
        similarity_depth=analysis.depth.mean,
        accuracy=None if analysis.mistakes is None else analysis.mistakes.confusion.accuracy,
    )


def _nodes(analysis: Analysis) -> list[dict[str, object]]:
    names = {
        cluster.number: "noise" if cluster.is_noise else cluster.subsumer_name
        for cluster in analysis.clusters
    }
    return [
        _known(
            label=placed.label,
            concept=placed.concept,
            concept_id=placed.id,
            cluster=placed.cluster,
            cluster_name=names[placed.cluster],
            depth=placed.depth,
            **seen,
        )
        for placed, seen in zip(analysis.classes, _recognised(analysis), strict=True)
    ]


def _recognised(analysis: Analysis) -> list[dict[str, object]]:
    """What predictions tell of each class."""
    if analysis.mistakes is None:
        return [{}] * len(analysis.classes)
    confusion = analysis.mistakes.confusion
    samples = confusion.counts.sum(axis=1).tolist()
    columns = zip(
        confusion.per_class_accuracy.tolist(),
        # Of a normalised matrix the rows tell no numbers of samples.
        samples if confusion.counted else [None] * len(samples),
        analysis.mistakes.graph.membership.tolist(),
        strict=True,
    )
    return [
        {"accuracy": accuracy, "samples": count, "confusion_cluster": cluster}
        for accuracy, count, cluster in columns
    ]


def _edges(analysis: Analysis, layer: str) -> dict[Pair, dict[str, object]]:
    mistakes = analysis.mistakes
    perceived = _weights(analysis.graph)
    confused = {} if mistakes is None else _weights(mistakes.graph)
    met = meetings(analysis.depth) | ({} if mistakes is None else meetings(mistakes.depth))
    labels, similarities = analysis.graph.labels, _similarities(analysis)
    judged = _judged(analysis)
    wanted = {"perceived": perceived, "confused": confused, "both": perceived | confused}[layer]
    edges = {}
    for i, j in sorted(wanted):
        pair = i, j
        similarity = perceived[pair] if pair in perceived else similarities(pair)
        subsumer_id, subsumer, depth, wu_palmer = met.get(pair, (None,) * 4)
        edges[pair] = _known(
            weight=confused[pair] if layer == "confused" else similarity,
            layer=_layer(pair in perceived, pair in confused),
            class_a=labels[i],
            class_b=labels[j],
            similarity=similarity,
            confusion=confused.get(pair),
            depth=depth,
            subsumer=subsumer,
            subsumer_id=subsumer_id,
            wu_palmer=wu_palmer,
            **judged(pair),
        )
    return edges


def _layer(perceived: bool, confused: bool) -> str:
    return "both" if perceived and confused else "perceived" if perceived else "confused"


def _weights(graph: SimilarityGraph) -> dict[Pair, float]:
    return dict(zip(map(tuple, graph.edges.tolist()), graph.weights.tolist(), strict=True))


def _similarities(analysis: Analysis):
    """How alike the templates of any two classes are, as far as the analysis knows."""
    if analysis.similarity is not None:
        return lambda pair: float(analysis.similarity.values[pair])
    if analysis.mistakes is None:
        return lambda pair: None
    verdicts = analysis.mistakes.verdicts
    return dict(
        zip(map(tuple, verdicts.pairs.tolist()), verdicts.similarity.tolist(), strict=True)
    ).get


def _judged(analysis: Analysis):
    """How often two classes were taken for each other, and the verdict on them."""
    if analysis.mistakes is None:
        return lambda pair: {}
    counts, verdicts = analysis.mistakes.confusion.counts, analysis.mistakes.verdicts
    verdict = dict(
        zip(map(tuple, verdicts.pairs.tolist()), verdicts.verdicts.tolist(), strict=True)
    )
    return lambda pair: {
        "a_taken_for_b": counts[pair].item(),
        "b_taken_for_a": counts[pair[::-1]].item(),
        "verdict": verdict.get(pair),
    }


def _known(**values: object) -> dict[str, object]:
    """The values that are known: neither None nor NaN, the one value unequal to itself."""
    return {key: value for key, value in values.items() if value is not None and value == value}
