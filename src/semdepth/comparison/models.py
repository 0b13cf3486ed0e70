"""One model under one clusterer, as a row of numbers; or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from semdepth.scores import GraphScores, ModelScores

# The scores in words; those of changes are what :mod:`semdepth.tracking` compares of two epochs.
SCORE_NAMES = {
    "sd": "Similarity Depth",
    "accuracy": "accuracy",
    "explained": "confusions explained",
    "causing": "similarities causing confusion",
    "explained_extended": "confusions explained (extended)",
    "causing_extended": "similarities causing confusion (extended)",
    "taxonomy_alignment": "alignment with the taxonomy",
    "forecast_precision": "precision of the forecast",
    "severity_depth": "depth of the mistakes",
    "sd change": "its change",
    "explained change": "the change of confusions explained",
    "accuracy change": "change of accuracy",
}

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One model under one clusterer, a row of the table; NaN where a number is undefined.

    ``sd_*`` is Similarity Depth with its interval, chance, p-value, ceiling and normalised value;
    ``causing`` and ``explained`` are the two ratios of compliance, direct and extended, each with
    chance and p-value; ``forecast_precision`` is that among as many most alike pairs as are often
    confused; ``severity_depth`` the mean LCS depth of the mistakes. Those from ``accuracy`` on
    need predictions.
    """

    model: str
    clusterer: str
    clusters: int
    noise_share: float
    converged: bool
    sd: float
    sd_low: float
    sd_high: float
    sd_chance: float
    sd_p: float
    sd_ceiling: float
    sd_normalised: float
    wu_palmer: float
    taxonomy_alignment: float
    accuracy: float = _NAN
    causing: float = _NAN
    causing_chance: float = _NAN
    causing_p: float = _NAN
    explained: float = _NAN
    explained_chance: float = _NAN
    explained_p: float = _NAN
    causing_extended: float = _NAN
    causing_extended_chance: float = _NAN
    causing_extended_p: float = _NAN
    explained_extended: float = _NAN
    explained_extended_chance: float = _NAN
    explained_extended_p: float = _NAN
    forecast_precision: float = _NAN
    forecast_chance: float = _NAN
    average_precision: float = _NAN
    nearest_is_most_confused: float = _NAN
    severity_depth: float = _NAN


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model that could not be compared, and the error that says why."""

    model: str
    error: str


def compared_model(model: ModelScores, graph: GraphScores) -> ComparedModel:
    """A model's row under the clusterer of ``graph``, one of its graphs."""
    chance, clustering = graph.chance, graph.graph.clustering
    return ComparedModel(
        model=model.title,
        clusterer=graph.clusterer,
        clusters=graph.graph.n_clusters,
        noise_share=clustering.noise_share,
        converged=clustering.converged,
        sd=graph.depth.mean,
        sd_low=chance.interval[0],
        sd_high=chance.interval[1],
        sd_chance=chance.null_mean,
        sd_p=chance.p_value,
        sd_ceiling=chance.ceiling,
        sd_normalised=chance.normalised,
        wu_palmer=graph.depth.mean_wu_palmer,
        taxonomy_alignment=model.taxonomy_alignment,
        **_of_mistakes(model, graph),
    )


def _of_mistakes(model: ModelScores, graph: GraphScores) -> dict[str, float]:
    if model.forecast is None:
        return {}
    of_ratios = {}
    judgements = (("", graph.direct), ("_extended", graph.extended))
    for suffix, judged in judgements if graph.direct is not None else ():
        for ratio in ("causing", "explained"):
            chance = getattr(judged, ratio)
            of_ratios[ratio + suffix] = chance.observed
            of_ratios[f"{ratio}{suffix}_chance"] = chance.null_mean
            of_ratios[f"{ratio}{suffix}_p"] = chance.p_value
    return {
        **of_ratios,
        "accuracy": model.accuracy,
        "forecast_precision": model.forecast.at_confused.precision,
        "forecast_chance": model.forecast.at_confused.chance,
        "average_precision": model.forecast.average_precision,
        "nearest_is_most_confused": model.forecast.nearest_is_most_confused,
        "severity_depth": model.severity.depth,
    }
