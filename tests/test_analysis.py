"""analyze(): the whole method in one call, and the value that it returns."""

import dataclasses
import json
import re

import numpy as np
import pytest

from hierarchies import depth_matrix
from semdepth.analysis import Analysis, analyze
from semdepth.clustering import Hdbscan, Whole, clusterer
from semdepth.errors import LabelError, ReadError
from semdepth.head import ClassifierHead
from semdepth.labels import label_set, place
from semdepth.similarity import semantic_similarity
from semdepth.wordnet import lexicon, wordnet_nouns

LABELS = ("dog", "cat", "car", "bus", "oak", "rose", "gizmo 3000")
NOWHERE = tuple(f"gizmo {i}" for i in range(7))


def head(labels=LABELS, seed=0):
    templates = np.random.default_rng(seed).normal(size=(len(labels), 8))
    return ClassifierHead(labels, templates, "fc.weight", names_from="by hand")


def there_and_back(analysis):
    return Analysis.from_dict(json.loads(json.dumps(analysis.to_dict(), allow_nan=False)))


@pytest.fixture(scope="module")
def small():
    return analyze(head(), title="seven classes")


@pytest.fixture(scope="module")
def real(convnext, mini):
    return analyze(convnext, placement=mini, clusterer=Hdbscan(), title="ConvNeXt")


# What it finds


def test_an_analysis_holds_what_the_stages_give(convnext, mini):
    found = analyze(convnext, placement=mini)
    assert found.depth.mean == found.chance.observed == pytest.approx(620 / 85)
    assert found.graph.n_clusters == 15
    assert found.graph.clustering.clusterer == clusterer("affinity", seed=42)
    assert found.similarity is convnext
    assert (found.taxonomy, found.lcs, found.seed) == ("WordNet 3.0", "min_depth", 42)
    assert found.notes == ()


def test_the_seed_goes_to_the_clusterer_and_to_chance(convnext, mini):
    one, two = (analyze(convnext, placement=mini, seed=seed) for seed in (1, 2))
    assert (one.seed, one.graph.clustering.clusterer.seed) == (1, 1)
    assert one.chance.null_sd != two.chance.null_sd


def test_the_subsumers_rule_reaches_every_number(hierarchy, convnext, mini):
    deepest = analyze(convnext, placement=mini, lcs="max_depth")
    default = analyze(convnext, placement=mini)
    pairs = depth_matrix(mini, lcs="max_depth")
    off_diagonal = pairs[~np.eye(100, dtype=bool)]
    assert deepest.chance.null_mean == pytest.approx(off_diagonal.mean())
    assert deepest.chance.null_mean > default.chance.null_mean
    assert deepest.lcs == there_and_back(deepest).lcs == "max_depth"


def test_every_class_says_where_it_stands(small):
    by_label = {placed.label: placed for placed in small.classes}
    assert tuple(by_label) == LABELS
    assert (by_label["dog"].id, by_label["dog"].concept) == ("n02084071", "dog.n.01")
    assert by_label["dog"].placed_by == "likeliest of 7 senses"
    lost = by_label["gizmo 3000"]
    assert (lost.id, lost.concept, lost.depth) == (None, None, None)
    assert [placed.cluster for placed in small.classes] == small.graph.membership.tolist()


def test_the_depth_of_a_class_is_that_of_its_edges(real):
    for placed, own in zip(real.classes, real.depth.by_class(), strict=True):
        assert placed.depth == own


def test_unplaced_and_uncertain_classes_are_reported(small):
    assert small.depth.unplaced == ("gizmo 3000",)
    assert "bus" in small.uncertain
    assert "gizmo 3000" not in small.uncertain


def test_clusters_come_largest_first_with_their_members(convnext, mini):
    found = analyze(convnext, placement=mini)
    sizes = [cluster.size for cluster in found.clusters]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 100
    by_cluster = found.depth.by_cluster()
    for cluster in found.clusters:
        members = [mini.labels[i] for i in found.graph.members(cluster.number)]
        assert list(cluster.members) == members
        assert cluster.depth == by_cluster.get(cluster.number)
        assert not cluster.is_noise


def test_a_cluster_is_named_by_the_concept_above_its_placed_members():
    labels = ("dog", "cat", "gizmo 3000")
    found = analyze(head(labels), clusterer=Whole())
    assert [cluster.subsumer_name for cluster in found.clusters] == ["carnivore.n.01"]


def test_noise_is_marked(real):
    assert [cluster.is_noise for cluster in real.clusters] == [True]
    assert real.graph.clustering.noise_share == 1.0


def test_alike_pairs_come_most_similar_first_and_say_where_they_meet(convnext, mini):
    found = analyze(convnext, placement=mini, n_alike=20)
    similarities = [pair.similarity for pair in found.alike]
    upper = convnext.values[np.triu_indices(100, 1)]
    assert similarities == sorted(upper, reverse=True)[:20]
    nouns = wordnet_nouns()
    for pair in found.alike:
        i, j = (mini.labels.index(label) for label in (pair.first, pair.second))
        met = nouns.lowest_common_subsumer(mini.concepts[i], mini.concepts[j])
        assert (pair.subsumer, pair.depth) == (nouns.ids[met], nouns.depth(met))
        assert pair.subsumer_name == nouns.names[met]
        assert pair.same_cluster == (found.graph.membership[i] == found.graph.membership[j])


def test_alike_pairs_of_unplaced_classes_meet_nowhere(small):
    lost = [pair for pair in small.alike if "gizmo 3000" in (pair.first, pair.second)]
    assert len(lost) == 6
    assert {(pair.subsumer, pair.subsumer_name, pair.depth) for pair in lost} == {(None,) * 3}


def test_no_alike_pairs_may_be_asked_for():
    assert analyze(head(), n_alike=0).alike == ()


def test_shares_by_depth_are_of_all_pairs_of_placed_classes(real, mini):
    pairs = depth_matrix(mini)[np.triu_indices(100, 1)]
    shares = [np.mean(pairs == depth) for depth in range(pairs.max() + 1)]
    assert real.depths_of_all_pairs.tolist() == pytest.approx(shares)


def test_a_run_that_did_not_converge_is_noted(convnext, mini):
    found = analyze(convnext, placement=mini, clusterer=clusterer("affinity", max_iterations=10))
    assert found.notes == (
        "affinity propagation did not converge in 10 iterations at damping 0.5; "
        "its last state is used",
    )
    assert found.to_dict()["notes"] == list(found.notes)


def test_a_heads_ids_place_its_classes():
    known = label_set("cifar-10")
    templates = np.random.default_rng(0).normal(size=(10, 4))
    names = tuple(f"class {i}" for i in range(10))
    found = analyze(ClassifierHead(names, templates, "fc", ids=known.ids))
    assert tuple(placed.id for placed in found.classes) == known.ids


def test_a_taxonomys_own_matrix_can_be_analysed(mini):
    found = analyze(semantic_similarity(mini, "path"), placement=mini)
    assert found.subject.title == "semantic similarities"
    assert found.graph.kind == "semantic"
    # The reference's 8.90, whose noise moves it by about 0.06 where values tie.
    assert found.depth.mean == pytest.approx(8.90, abs=0.065)


# Classes without a concept


def test_without_any_placed_class_depth_is_undefined_and_the_rest_still_there():
    found = analyze(head(NOWHERE))
    assert np.isnan(found.depth.mean)
    assert found.depth.unplaced == NOWHERE
    assert re.fullmatch(r"all \d edges touch a class without a concept", found.depth.reason)
    assert found.notes == (found.depth.reason,)
    assert [cluster.subsumer_name for cluster in found.clusters] == [None] * len(found.clusters)
    assert len(found.alike) == 7 * 6 / 2
    assert repr(found) == f"Analysis('fc.weight': depth undefined, {found.depth.reason})"
    assert there_and_back(found).to_dict() == found.to_dict()


def test_with_one_placed_class_depth_is_undefined():
    found = analyze(head(("dog", *NOWHERE[1:])))
    assert "without a concept" in found.depth.reason
    assert found.to_dict()["similarity_depth"] is None
    assert there_and_back(found).to_dict() == found.to_dict()


def test_a_placement_of_other_classes_is_an_error(convnext):
    with pytest.raises(LabelError):
        analyze(convnext, placement=place(["dog", "cat"]))


# The value


def test_an_analysis_comes_back_from_strict_json(small, real):
    for analysis in (small, real):
        again = there_and_back(analysis)
        assert again.to_dict() == analysis.to_dict()
        assert repr(again) == repr(analysis)
        assert again.similarity is None
        assert again.subject == analysis.subject
        assert again.clusters == analysis.clusters
        assert again.alike == analysis.alike
        assert again.classes == analysis.classes


@pytest.mark.parametrize("name", ["affinity", "louvain", "optics", "hdbscan", "whole"])
def test_every_clusterers_analysis_comes_back(name, convnext, mini):
    found = analyze(convnext, placement=mini, clusterer=clusterer(name), noise="singletons")
    assert there_and_back(found).to_dict() == found.to_dict()
    assert found.to_dict()["parameters"]["name"] == name
    assert found.to_dict()["parameters"]["noise"] == "singletons"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, r"expected an analysis written by semdepth \(semdepth/analysis\), found none"),
        ([], "found none"),
        ({"schema": "other/thing", "schema_version": 1}, "found none"),
        (
            {"schema": "semdepth/analysis", "schema_version": 99},
            "expected version 1 of semdepth/analysis, found 99; analyse the model again",
        ),
    ],
)
def test_another_schema_is_an_error(data, message):
    with pytest.raises(ReadError, match=message):
        Analysis.from_dict(data)


def test_repr_is_one_short_line(convnext, mini):
    text = repr(analyze(convnext, placement=mini, title="ConvNeXt"))
    pattern = (
        r"Analysis\('ConvNeXt': Similarity Depth 7\.29 \[\d\.\d\d, \d\.\d\d\], chance 5\.03, "
        r"ceiling 9\.21, 15 clusters of 100 classes\)"
    )
    assert re.fullmatch(pattern, text)


def test_names_go_into_html_escaped():
    title = "<script>alert('&')</script>"
    page = analyze(head(), title=title)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in page


def test_names_are_kept_whatever_characters_they_have():
    names = ('a"b', "c\\d", "<e>", "f\ng", "naïve 🐕", "\u202eh", "i\tj", "dog", "cat")
    found = there_and_back(analyze(head(names)))
    assert tuple(placed.label for placed in found.classes) == names


def test_progress_tells_each_stage():
    told = []
    analyze(head(), progress=lambda *step: told.append(step))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["similarity", "clusters (affinity)", "depth and chance"]
    assert all(0 <= done <= total for _, done, total in told)


# Immutability


def values_in(value, path="analysis"):
    """Every dataclass and array in a value, however deep, with the way to it."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif dataclasses.is_dataclass(value):
        yield path, value
        for field in dataclasses.fields(value):
            yield from values_in(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from values_in(item, f"{path}[{i}]")
    else:
        assert not isinstance(value, list | dict | set), f"{path} can be changed"


@pytest.mark.parametrize("fresh", [True, False])
def test_nothing_in_an_analysis_can_be_changed(real, fresh):
    for path, value in values_in(real if fresh else there_and_back(real)):
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable, path
        else:
            assert type(value).__dataclass_params__.frozen, path


def test_the_lexicons_repr_is_short():
    assert len(repr(lexicon())) < 200


def test_nothing_in_the_lexicon_can_be_changed():
    assert not lexicon().senses.flags.writeable
    assert not lexicon().sense_offsets.flags.writeable
