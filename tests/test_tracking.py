"""A run followed through its checkpoints: what each is beside the others, phases, relations."""

import json
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from builders import BIKE, BOXER, BUS, CAR, PERSIAN, POODLE, SIAMESE, forest
from semdepth.chance import depth_chance
from semdepth.comparison import ComparedModel, FailedModel
from semdepth.confusion import count_confusions
from semdepth.depth import similarity_depth
from semdepth.errors import LabelError, OptionError, ReadError, WriteError
from semdepth.head import ClassifierHead
from semdepth.scores import GraphScores, ModelScores, common_ground, score_model
from semdepth.similarity import structural_similarity
from semdepth.tracking import Step, Track, find_phases, track_scores

DOGS, CATS, CARS, BIKES = (POODLE, BOXER), (SIAMESE, PERSIAN), (CAR, BUS), (CAR, BIKE)
MIXED = (POODLE, SIAMESE)


def clusters_of(edges, n=7):
    """The components of a forest."""
    clusters = list(range(n))
    for i, j in edges:
        clusters = [clusters[i] if one == clusters[j] else one for one in clusters]
    return clusters


@pytest.fixture
def model(pets):
    """``model("first", edges)``: a checkpoint whose forest has exactly these edges."""

    def make(title, edges, ranks=(1, 0, -1)):
        graph = forest(pets.labels, sorted(edges), clusters_of(edges))
        depth = similarity_depth(graph, pets)
        scores = GraphScores(graph, depth, depth_chance(depth, pets, permutations=5))
        ranks = np.array(ranks) / np.linalg.norm(ranks)
        return ModelScores(title, pets.labels, "fc", 4, 0.0, ranks, (scores,))

    return make


@pytest.fixture
def run(model):
    """Five checkpoints: dogs stay, cats go and come back, cars go, bikes come, one is a guest."""
    forests = (
        [DOGS, CATS, CARS],
        [DOGS, CATS, CARS],
        [DOGS, CARS, MIXED],
        [DOGS, CATS, CARS],
        [DOGS, CATS, BIKES],
    )
    return [model(f"checkpoint {at}", edges) for at, edges in enumerate(forests, start=1)]


def test_each_checkpoint_beside_the_one_before_and_the_last(run):
    steps = track_scores(run).steps
    assert [step.epoch for step in steps] == [1, 2, 3, 4, 5]
    assert [step.edges for step in steps] == [3] * 5
    # Of the four edges that either of two forests has, two are in both.
    assert np.isnan(steps[0].edges_kept)
    assert [step.edges_kept for step in steps[1:]] == [1, 2 / 4, 2 / 4, 2 / 4]
    assert [step.turnover for step in steps[1:]] == [0, 1 / 2, 1 / 2, 1 / 2]
    assert [step.edges_as_last for step in steps] == [2 / 4, 2 / 4, 1 / 5, 2 / 4, 1]
    groups = [clusters_of(edges) for edges in ([DOGS, CATS, CARS], [DOGS, CARS, MIXED])]
    expected = sklearn.metrics.adjusted_rand_score(*groups)
    assert steps[2].clusters_kept == pytest.approx(expected)
    assert steps[1].clusters_kept == 1


def test_which_relations_formed_when(run, pets):
    found = track_scores(run)
    told = {(one.first, one.second): one for one in (*found.relations, *found.lost)}
    assert list(told) == [
        ("poodle", "boxer"),
        ("siamese", "persian"),
        ("car", "bike"),
        ("car", "bus"),
    ]
    assert [(one.since, one.appeared, one.gone, one.checkpoints) for one in told.values()] == [
        (1, 1, None, 5),
        (4, 1, None, 4),
        (5, 5, None, 1),
        (1, 1, 5, 4),
    ]
    assert len(found.relations) == 3
    assert {(one.depth, one.subsumer_name) for one in told.values()} == {
        (3, "dog"),
        (3, "cat"),
        (2, "vehicle"),
    }
    assert {one.similarity for one in told.values()} == {0.5}


def test_a_relation_is_told_as_lost_from_half_of_the_checkpoints_on(model):
    # In two of four: half. In one of four: a guest.
    forests = [DOGS, CATS], [DOGS, MIXED], [CARS], [CARS]
    found = track_scores([model(str(at), edges) for at, edges in enumerate(forests)])
    assert [(one.first, one.second, one.gone) for one in found.lost] == [("poodle", "boxer", 3)]


def test_a_checkpoint_that_failed_keeps_its_place(run):
    broken = FailedModel("checkpoint 3", "expected a file, found none")
    found = track_scores([*run[:2], broken, *run[3:]], epochs=[0, 1, 2, 3, 4.5])
    failed = found.steps[2]
    assert (failed.epoch, failed.title, failed.scores) == (2, "checkpoint 3", None)
    assert failed.error == "expected a file, found none"
    assert [step.epoch for step in found.scored] == [0, 1, 3, 4.5]
    # The next one stands beside the nearest that did not fail, whose forest is the same.
    assert found.steps[3].edges_kept == 1
    # Without the third checkpoint the cats were never gone.
    cats = next(one for one in found.relations if one.first == "siamese")
    assert (cats.since, cats.checkpoints) == (0, 4)
    assert "5 checkpoints of 7 classes" in repr(found)
    assert "1 failed" in repr(found)


def test_a_constant_run(model):
    found = track_scores([model(str(at), [DOGS, CATS]) for at in range(5)])
    assert [step.turnover for step in found.steps[1:]] == [0] * 4
    assert {one.since for one in found.relations} == {1}
    assert found.lost == ()
    surge, refinement, stabilisation = found.phases
    assert surge.start is None
    assert "rises by 0.000" in surge.reason
    assert refinement.start is None
    assert (stabilisation.start, stabilisation.end) == (1, 5)


def test_a_single_checkpoint_and_one_without_edges(model):
    alone = track_scores([model("alone", [DOGS])])
    assert np.isnan(alone.steps[0].edges_kept)
    assert alone.steps[0].edges_as_last == 1
    assert all("needed to tell, there are 1" in phase.reason for phase in alone.phases)
    assert alone.associations == ()

    empty = track_scores([model("none", []), model("none", []), model("dogs", [DOGS])])
    assert np.isnan(empty.steps[0].scores.sd)
    assert np.isnan(empty.steps[1].edges_kept)
    assert [step.edges_as_last for step in empty.steps] == [0, 0, 1]
    assert Track.from_dict(json.loads(json.dumps(empty.to_dict(), allow_nan=False))).to_dict() == (
        empty.to_dict()
    )


def test_what_does_not_fit_is_an_error(run, model):
    with pytest.raises(OptionError, match="for each of 5 checkpoints, found 2"):
        track_scores(run, epochs=[1, 2])
    with pytest.raises(OptionError, match="ascending numbers, found 1, 3, 2, 4, 5"):
        track_scores(run, epochs=[1, 3, 2, 4, 5])
    with pytest.raises(OptionError, match="ascending"):
        track_scores(run, epochs=[1, 2, 3, 4, float("inf")])
    with pytest.raises(OptionError, match=r"found 1 that failed: a\.pth: broken"):
        track_scores([FailedModel("a.pth", "broken")])
    with pytest.raises(OptionError, match="found 0 that failed"):
        track_scores([])
    with pytest.raises(OptionError, match="louvain"):
        track_scores(run, clusterer="louvain")
    other = replace(run[1], labels=(*run[1].labels[:-1], "tram"))
    with pytest.raises(LabelError, match="'bike' beside 'tram'"):
        track_scores([run[0], other])


# Phases, by the rule of find_phases.


def steps(depths, turnovers):
    row = ComparedModel("m", "affinity", *(0,) * 12)
    return [
        Step(epoch, str(epoch), replace(row, sd_normalised=depth), edges_kept=1 - turnover)
        for epoch, (depth, turnover) in enumerate(zip(depths, turnovers, strict=True))
    ]


def spans(found):
    return [(phase.start, phase.end) for phase in found]


@pytest.mark.parametrize(
    ("depths", "turnovers", "expected"),
    [
        # .8 of the way from 0 to .5 is .4, reached at 2; the last step above 1/3 ends at 4.
        ([0, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5], [0, 0.9, 0.8, 0.5, 0.4, 1 / 3, 0.1], "024 46"),
        # The way begins where the run does: .8 of that from .2 to .7 is .6.
        ([0.2, 0.59, 0.6, 0.7, 0.7], [0, 0.9, 0.9, 0.1, 0.1], "02- 24"),
        # The maximum counts, though the depth falls after it.
        ([0, 0.5, 0.3, 0.2, 0.2], [0, 0.9, 0.5, 0.1, 0.1], "012 24"),
        # No calm at the end: refinement lasts.
        ([0, 0.5, 0.5, 0.5, 0.5], [0, 0.9, 0.5, 0.1, 0.4], "014 --"),
        # One calm step is not enough.
        ([0, 0.5, 0.5, 0.5, 0.5], [0, 0.9, 0.5, 0.4, 0.1], "014 --"),
        # A forest that stays the same cannot settle before the surge ends.
        ([0, 0.1, 0.2, 0.3, 0.4, 0.4], [0, 0.1, 0.1, 0.1, 0.1, 0.1], "04- 45"),
        # A surge to the very end.
        ([0, 0.1, 0.2, 0.3, 0.5], [0, 0.9, 0.9, 0.9, 0.9], "04- --"),
        # Less than .1 is no surge.
        ([0.5, 0.55, 0.59, 0.5, 0.5], [0, 0.9, 0.5, 0.1, 0.1], "--02 24"),
        ([0.5, 0.55, 0.6, 0.6, 0.6], [0, 0.9, 0.5, 0.1, 0.1], "02- 24"),
    ],
)
def test_phases(depths, turnovers, expected):
    surge, refinement, stabilisation = find_phases(steps(depths, turnovers))
    assert [phase.name for phase in (surge, refinement, stabilisation)] == [
        "surge",
        "refinement",
        "stabilisation",
    ]
    read = {
        "024 46": [(0, 2), (2, 4), (4, 6)],
        "02- 24": [(0, 2), (None, None), (2, 4)],
        "012 24": [(0, 1), (1, 2), (2, 4)],
        "014 --": [(0, 1), (1, 4), (None, None)],
        "04- 45": [(0, 4), (None, None), (4, 5)],
        "04- --": [(0, 4), (None, None), (None, None)],
        "--02 24": [(None, None), (0, 2), (2, 4)],
    }
    assert spans((surge, refinement, stabilisation)) == read[expected]
    for phase in (surge, refinement, stabilisation):
        assert bool(phase.reason) == (phase.start is None)


def test_three_checkpoints_are_too_few_to_tell():
    found = find_phases(steps([0, 0.4, 0.5], [0, 0.9, 0.1]))
    assert spans(found) == [(None, None)] * 3
    assert found[0].reason.startswith("4 checkpoints")


def test_checkpoints_without_a_depth_do_not_tell_phases():
    given = steps([0, 0.4, 0.5, 0.5, float("nan")], [0, 0.9, 0.1, 0.1, 0.1])
    assert spans(find_phases(given)) == [(0, 1), (None, None), (1, 3)]
    assert find_phases(given[1:])[0].start is None


# From real scores, against scipy and scikit-learn.


@pytest.fixture(scope="module")
def scored(pets):
    """Seven checkpoints that drift from noise to a structure, with predictions, and their heads."""
    random = np.random.default_rng(5)
    n = len(pets.labels)
    target, start = random.normal(size=(2, n, 6))
    target[BOXER] = target[POODLE] + 0.1 * random.normal(size=6)
    target[PERSIAN] = target[SIAMESE] + 0.1 * random.normal(size=6)
    target[BUS] = target[CAR] + 0.1 * random.normal(size=6)
    ground, models, heads = common_ground(pets), [], []
    for at, share in enumerate(np.linspace(0, 1, 7)):
        noise = 0.15 * random.normal(size=(n, 6))
        head = ClassifierHead(pets.labels, share * target + (1 - share) * start + noise, "fc")
        true = np.repeat(np.arange(n), 30)
        right = random.random(len(true)) < 0.2 + 0.1 * at
        seen = count_confusions(
            pets.labels, true, np.where(right, true, random.integers(n, size=len(true)))
        )
        models.append(
            score_model(head, ground, confusion=seen, permutations=20, title=f"epoch {at}")
        )
        heads.append(head)
    return models, heads


@pytest.fixture(scope="module")
def drift(scored):
    """Their track."""
    return track_scores(scored[0], epochs=range(7), title="drift", notes=["a note"])


@pytest.fixture(scope="module")
def gappy(scored):
    """The same where one checkpoint failed."""
    models, _ = scored
    broken = FailedModel("epoch 3", "expected, found; way out")
    return track_scores([*models[:3], broken, *models[4:]], epochs=range(7), title="drift")


def test_similarities_are_compared_by_rank(scored, drift):
    models, heads = scored
    found = drift
    above = np.triu_indices(7, k=1)
    cells = [structural_similarity(head).values[above] for head in heads]
    for at, (before, ours) in enumerate(pairwise(cells), start=1):
        step = found.steps[at]
        kept, as_last = (scipy.stats.spearmanr(ours, o).statistic for o in (before, cells[-1]))
        assert step.similarities_kept == pytest.approx(kept, abs=1e-6)
        assert step.similarities_as_last == pytest.approx(as_last, abs=1e-6)
    assert found.steps[0].scores.accuracy == models[0].accuracy
    assert found.has_predictions


def test_associations_are_over_the_trained_epochs(scored, drift):
    models, _ = scored
    found = drift
    rows = [step.scores for step in found.steps[1:]]
    plain = {(a.scores, a.given): a for a in found.associations}
    for score in ("accuracy", "explained", "causing", "explained_extended"):
        sd, other = ([getattr(row, name) for row in rows] for name in ("sd", score))
        one = plain[("sd", score), ""]
        assert one.n == 6
        if not one.reason:
            assert one.correlation == pytest.approx(scipy.stats.spearmanr(sd, other).statistic)
    changed = plain[("sd change", "explained change"), ""]
    assert changed.n == 5
    expected = scipy.stats.spearmanr(
        np.diff([row.sd for row in rows]), np.diff([row.explained for row in rows])
    )
    assert changed.correlation == pytest.approx(expected.statistic)
    assert (("sd", "explained"), "accuracy") in plain
    # Counted from 1, the first checkpoint is a trained one too.
    assert {a.n for a in track_scores(models[:5]).associations} == {5, 4}
    # With too few trained ones there is nothing to tell.
    assert track_scores(models[:5], epochs=range(5)).associations == ()


def test_a_track_is_read_back_as_it_was_written(drift):
    made = drift
    document = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    again = Track.from_dict(document)
    assert again.to_dict() == made.to_dict()
    assert repr(again) == repr(made)
    assert again._repr_html_().startswith("<code>Track(")
    assert again.notes[0] == "a note"
    with pytest.raises(ReadError, match="found none"):
        Track.from_dict({"schema": "semdepth/analysis"})
    with pytest.raises(ReadError, match="version 1 of semdepth/track, found 2"):
        Track.from_dict({**document, "schema_version": 2})


def test_the_folder_has_the_run_as_tables_and_figures(scored, gappy, tmp_path):
    import csv

    import pyarrow.parquet

    from semdepth.writing.tracks import ENTRIES, write_track

    (models, _), track = scored, gappy
    written = write_track(track, tmp_path / "out", parquet=True)
    assert sorted(path.name for path in written) == sorted(ENTRIES)

    with (tmp_path / "out" / "track.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["checkpoint"] for row in rows] == [f"epoch {at}" for at in range(7)]
    assert float(rows[1]["sd"]) == models[1].graphs[0].depth.mean
    assert float(rows[1]["turnover"]) == 1 - track.steps[1].edges_kept
    assert rows[0]["turnover"] == ""
    assert (rows[3]["sd"], rows[3]["error"]) == ("", "expected, found; way out")
    # An empty cell is a null, and a whole number stays one.
    table = pyarrow.parquet.read_table(tmp_path / "out" / "track.parquet").to_pylist()
    assert table[3]["sd"] is None
    assert table[1]["clusters"] == models[1].graphs[0].graph.n_clusters
    relations = pyarrow.parquet.read_table(tmp_path / "out" / "relations.parquet")
    assert relations.num_rows == len(track.relations) + len(track.lost)

    # An earlier track is replaced, with what it had more; any other folder is left alone.
    again = write_track(track, tmp_path / "out", figures=False)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "relations.csv",
        "track.csv",
        "track.json",
    ]
    assert len(again) == 3
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "track.csv").write_text("mine")
    with pytest.raises(WriteError, match="of other origin"):
        write_track(track, tmp_path / "other", figures=False)
    assert (tmp_path / "other" / "track.csv").read_text() == "mine"
    (tmp_path / "other" / "track.csv").unlink()
    (tmp_path / "other" / "track.json").write_text('{"schema": "music/track"}')
    with pytest.raises(WriteError, match="of other origin"):
        write_track(track, tmp_path / "other", figures=False)
    with pytest.raises(OptionError, match="pdf"):
        write_track(track, tmp_path / "new", formats=["pdf"])


# Figures.


def test_the_figure_shows_the_run(gappy):
    from semdepth.writing.figures import plot_relations, plot_track, render

    track = gappy
    drawn = plot_track(track)
    assert len(drawn.figure.axes) == 4
    sd = next(
        line for line in drawn.lines if len(line.get_xdata()) == 6 and line.get_marker() == "o"
    )
    assert list(sd.get_xdata()) == [0, 1, 2, 4, 5, 6]
    assert np.array_equal(sd.get_ydata(), track.column("sd"))
    text = render(drawn, "svg").decode()
    assert "drift: perceived similarity in training" in text
    assert "1 failed" in text
    for phase in track.phases:
        assert (phase.name in text) == (phase.start is not None)
    assert render(drawn, "svg") == render(plot_track(track), "svg")

    bars = plot_relations(track)
    assert sum(patch.get_height() for patch in bars.containers for patch in patch) == len(
        track.relations
    )


def test_figures_of_little_runs(model):
    from matplotlib.figure import Figure

    from semdepth.writing.figures import plot_relations, plot_track, render

    for made in (
        [model("alone", [DOGS])],
        [model("none", []), model("none", [])],
        [model("none", []), model("dogs", [DOGS])],
    ):
        track = track_scores(made)
        # Without predictions: depth, turnover, clusters.
        assert len(plot_track(track).figure.axes) == 3
        assert render(plot_track(track))
        assert render(plot_relations(track))
    # Given Axes are divided, and stay within their place.
    figure = Figure(figsize=(8, 6))
    ax = figure.add_subplot(2, 1, 2)
    place = ax.get_position()
    assert plot_track(track, ax=ax) is ax
    for one in figure.axes:
        assert one.get_position().y0 >= place.y0 - 1e-9
        assert one.get_position().y1 <= place.y1 + 1e-9


def test_names_at_the_ends_of_lines_do_not_overlap():
    from semdepth.writing.figures.track import spread

    random = np.random.default_rng(0)
    for _ in range(200):
        wanted = (random.random(4) * 100).tolist()
        found = spread(wanted, 10, 100)
        assert all(abs(a - b) >= 10 - 1e-9 for a, b in combinations(found, 2))
        assert min(found) >= 0
        assert max(found) <= 100
        order = np.argsort(wanted)
        assert (np.diff(np.array(found)[order]) > 0).all()
    assert spread([10, 90], 10, 100) == [10, 90]
