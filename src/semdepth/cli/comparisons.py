"""What a comparison of many models looks like in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.table import Table
from rich.text import Text

from semdepth.association import Association
from semdepth.cli.terminal import make_table, printable, stdout_console
from semdepth.comparison import SCORE_NAMES, Comparison


def print_comparison(comparison: Comparison, top: int) -> None:
    """The models by each clusterer, how stable their ranking is, and which of them differ."""
    console = stdout_console()
    for clusterer in comparison.clusterers:
        console.print(_models_table(comparison, clusterer))
    for part in _findings(comparison, top):
        console.print(part)


def _models_table(comparison: Comparison, clusterer: str) -> Table:
    rows = sorted(comparison.by(clusterer), key=lambda row: -np.nan_to_num(row.sd, nan=-np.inf))
    measured = ("accuracy", "explained", "lift") if comparison.has_predictions else ()
    table = make_table(
        *("model", "SD", "95% interval", "chance", "normalised", "p", "clusters", "taxonomy"),
        *measured,
        title=f"\n{clusterer}: {_counted(comparison.models)}, {len(comparison.labels):,} classes",
    )
    for row in rows:
        cells = (
            f"{row.sd:.2f}",
            f"{row.sd_low:.2f} to {row.sd_high:.2f}",
            f"{row.sd_chance:.2f}",
            f"{row.sd_normalised:.3f}",
            f"{row.sd_p:.3g}",
            str(row.clusters),
            f"{row.taxonomy_alignment:.3f}",
            *(
                (
                    f"{row.accuracy:.3f}",
                    f"{row.explained:.3f}",
                    f"{row.explained / row.explained_chance:.0f}x",
                )
                if measured
                else ()
            ),
        )
        table.add_row(printable(row.model), *("-" if "nan" in cell else cell for cell in cells))
    return table


def _counted(models: tuple[str, ...]) -> str:
    return "1 model" if len(models) == 1 else f"{len(models):,} models"


def _findings(comparison: Comparison, top: int) -> Iterator[Table | Text]:
    """How stable the ranking is, which models differ, and what goes with what."""
    found = comparison.stability
    if found is not None and not np.isnan(found.concordance):
        yield Text(
            f"\nRanking by Similarity Depth: Kendall's W {found.concordance:.2f} over "
            f"{len(found.clusterers)} clusterers; {found.agreement:.0%} of the pairs of models "
            "are ordered alike by all"
        )
    if comparison.tests:
        yield from _tests(comparison, top)
    for one in comparison.associations:
        if not one.reason:
            yield Text(f"{one.group}: {_sentence(one)}")


def _tests(comparison: Comparison, top: int) -> Iterator[Table | Text]:
    first = [test for test in comparison.tests if test.clusterer == comparison.clusterers[0]]
    differ = [test for test in first if test.adjusted_p < 0.05]
    pairs = "pair of models differs" if len(first) == 1 else "pairs of models differ"
    yield Text(
        f"\n{len(differ)} of {len(first)} {pairs} in Similarity Depth "
        f"({comparison.clusterers[0]}; p < .05 after Holm's adjustment)"
    )
    if not differ or not top:
        return
    table = make_table("model", "other model", "difference", "95% interval", "p adjusted")
    for test in sorted(differ, key=lambda test: -abs(test.difference.difference))[:top]:
        low, high = test.difference.interval
        table.add_row(
            printable(test.first),
            printable(test.second),
            f"{test.difference.difference:+.2f}",
            f"{low:+.2f} to {high:+.2f}",
            f"{test.adjusted_p:.3g}",
        )
    yield table


def _sentence(one: Association) -> str:
    low, high = one.interval
    at = f" at equal {one.given}" if one.given else ""
    return (
        f"{SCORE_NAMES[one.scores[0]]} with {SCORE_NAMES[one.scores[1]]}{at}: Spearman "
        f"{one.correlation:+.2f} [{low:+.2f}, {high:+.2f}], p = {one.p_value:.3g}, n = {one.n}"
    )
