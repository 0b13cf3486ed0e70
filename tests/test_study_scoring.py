"""Many models scored over the classes they share; failures, resumption, alignment of classes."""

from pathlib import Path

import numpy as np
import pytest

from semdepth import AffinityPropagation, Louvain, analyze, read_head, read_predictions
from semdepth.errors import LabelError, OptionError
from semdepth.labels import LabelSet
from semdepth.study.cache import ResultCache
from semdepth.study.comparing import compare
from semdepth.study.scoring import Method, score_models
from semdepth.study.sources import find_models

PETS = ("dog", "cat", "car", "bus", "oak", "rose", "hammer", "saw")
METHOD = Method(permutations=20)


def save_head(path, seed=0, classes=PETS, order=None):
    """A head whose row for a class depends on the class and the seed alone, not on its place."""
    rows = np.array(
        [np.random.default_rng([seed, *name.encode()]).normal(size=5) for name in classes]
    )
    np.savez(path, weight=rows, classes=np.array(classes))
    return path


def save_predictions(path, classes=PETS, seed=0, unseen=()):
    random = np.random.default_rng(seed)
    lines = ["y_true,y_pred"]
    for name in classes:
        if name not in unseen:
            wrong = random.choice([one for one in classes if one not in unseen], size=6)
            lines += [f"{name},{name}"] * 6 + [f"{name},{other}" for other in wrong]
    path.write_text("\n".join(lines) + "\n")
    return path


def scored(paths, method=METHOD, **options):
    return score_models(find_models([str(path) for path in paths]), method, jobs=1, **options)


def test_each_model_scores_as_its_analysis(tmp_path):
    head = save_head(tmp_path / "a.npz")
    said = save_predictions(tmp_path / "a.csv")
    found = compare([head], predictions=[said], method=METHOD, jobs=1)
    own = read_head(head)
    confusion = read_predictions(said, LabelSet(own.labels, own.ids, "it"))
    whole = analyze(own, confusion=confusion, permutations=20)
    assert found.rows[0].sd == whole.depth.mean
    assert found.rows[0].sd_p == whole.chance.p_value
    assert found.rows[0].explained == whole.mistakes.direct.found.confusions_explained
    assert found.rows[0].accuracy == confusion.accuracy


def test_other_orders_are_aligned_by_name(tmp_path):
    paths = [
        save_head(tmp_path / "a.npz", 1),
        save_head(tmp_path / "b.npz", 1, PETS[::-1]),
    ]
    first, second = scored(paths).models
    assert second.labels == first.labels == PETS
    assert second.ranks @ first.ranks == pytest.approx(1)
    assert second.graphs[0].depth.mean == first.graphs[0].depth.mean


def test_other_class_sets_are_compared_on_the_shared_ones_and_it_is_said(tmp_path):
    paths = [
        save_head(tmp_path / "wide.npz"),
        save_head(tmp_path / "narrow.npz", 1, ("saw", "hammer", "oak", "dog", "cat")),
    ]
    found = scored(paths)
    assert found.models[0].labels == ("dog", "cat", "oak", "hammer", "saw")
    assert found.notes == ("compared on the 5 classes that all have; 'wide.npz' has more",)
    alone = analyze(
        read_head(paths[0], classes=LabelSet(found.models[0].labels, (None,) * 5, "five"))
    )
    assert found.models[0].graphs[0].depth.mean == alone.depth.mean


def test_ids_align_classes_of_other_names(tmp_path):
    names = tmp_path / "ids.txt"
    names.write_text("n02084071\nn02121620\nn02958343\nn12651611\n")
    words = tmp_path / "words.txt"
    words.write_text("hound\tn02084071\nmotor\tn02958343\nkitten\tn02121620\nplant\tn12651611\n")
    random = np.random.default_rng(0).normal(size=(4, 6))
    np.savez(tmp_path / "a.npz", weight=random)
    np.savez(tmp_path / "b.npz", weight=random[[0, 2, 1, 3]])
    by_ids = scored([tmp_path / "a.npz"], Method(permutations=5, labels=str(names))).models[0]
    head = read_head(tmp_path / "b.npz", labels=words)
    np.savez(tmp_path / "b2.npz", weight=random[[0, 2, 1, 3]], classes=np.array(head.ids))
    np.savez(tmp_path / "a2.npz", weight=random, classes=np.array(by_ids.labels))
    found = scored([tmp_path / "a2.npz", tmp_path / "b2.npz"])
    assert found.models[1].ranks @ found.models[0].ranks == pytest.approx(1)


def test_nothing_shared_is_an_error(tmp_path):
    paths = [
        save_head(tmp_path / "a.npz", classes=("dog", "cat")),
        save_head(tmp_path / "b.npz", classes=("car", "bus")),
    ]
    with pytest.raises(LabelError, match="found 0 shared by all 2"):
        scored(paths)


def test_a_corrupt_checkpoint_among_fifty_is_a_row_with_its_error(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for number in range(50):
        save_head(folder / f"epoch_{number}.npz", number)
    broken = folder / "epoch_17.npz"
    broken.write_bytes(broken.read_bytes()[:200])
    found = compare([folder], method=METHOD, jobs=1)
    assert len(found.models) == 49
    assert [one.model for one in found.failed] == ["epoch_17.npz"]
    assert "expected" in found.failed[0].error
    assert found.models[:3] == ("epoch_0.npz", "epoch_1.npz", "epoch_2.npz")


def test_predictions_that_do_not_fit_fail_their_model_alone(tmp_path):
    paths = [save_head(tmp_path / f"{name}.npz", seed) for seed, name in enumerate("ab")]
    wrong = tmp_path / "b.csv"
    wrong.write_text("y_true,y_pred\nunicorn,dog\n")
    found = compare(paths, predictions=[None, wrong], method=METHOD, jobs=1)
    assert found.models == ("a.npz",)
    assert "unicorn" in found.failed[0].error


def test_one_file_of_predictions_a_model(tmp_path):
    path = save_head(tmp_path / "a.npz")
    with pytest.raises(OptionError, match=r"as models \(1\), found 2"):
        compare([path], predictions=["a.csv", "b.csv"])


def test_classes_without_samples_are_left_out_of_all(tmp_path):
    paths = [save_head(tmp_path / f"{name}.npz", seed) for seed, name in enumerate("ab")]
    said = save_predictions(tmp_path / "a.csv", unseen=("oak",))
    settings = {"predictions": [said, None], "jobs": 1}
    failing = compare(paths, method=METHOD, **settings)
    assert "found none of 'oak'" in failing.failed[0].error
    found = compare(paths, method=Method(permutations=20, unseen="leave_out"), **settings)
    assert found.labels == tuple(name for name in PETS if name != "oak")
    assert not found.failed


def test_what_was_scored_is_not_scored_again(tmp_path, monkeypatch):
    from semdepth.study import scoring

    times = []
    plain = scoring.score_model
    monkeypatch.setattr(
        scoring, "score_model", lambda *a, **k: times.append(k["title"]) or plain(*a, **k)
    )
    cache = ResultCache(tmp_path / "cache")
    paths = [save_head(tmp_path / f"{name}.npz", seed) for seed, name in enumerate("abc")]
    first = scored(paths[:2], cache=cache)
    again = scored(paths, cache=cache)
    assert times == ["a.npz", "b.npz", "c.npz"]
    assert again.models[0].to_dict() == first.models[0].to_dict()
    assert np.array_equal(again.models[0].ranks, first.models[0].ranks)
    # Other content under the same name, other parameters and other shared classes count.
    save_head(paths[0], 9)
    scored(paths[:2], cache=cache)
    scored(paths[:1], Method(clusterers=(Louvain(),), permutations=20), cache=cache)
    scored(paths[:1], Method(permutations=21), cache=cache)
    assert times[3:] == ["a.npz", "a.npz", "a.npz"]
    # The same content under another name does not.
    save_head(tmp_path / "copy.npz", 1)
    found = scored([tmp_path / "copy.npz"], cache=cache)
    assert len(times) == 6
    assert found.models[0].title == "copy.npz"


def test_an_own_taxonomy_that_was_edited_counts(tmp_path):
    tree = tmp_path / "tree.txt"
    tree.write_text("".join(["things\n", *(f" {name}\n" for name in PETS)]))
    cache = ResultCache(tmp_path / "cache")
    path = save_head(tmp_path / "a.npz")
    method = Method(permutations=5, taxonomy=str(tree))
    flat = scored([path], method, cache=cache).models[0].graphs[0].depth.mean
    assert flat == 1
    others = (f" {name}\n" for name in PETS[2:])
    tree.write_text("".join(["things\n animals\n  dog\n  cat\n", *others]))
    deeper = scored([path], method, cache=cache).models[0].graphs[0].chance
    # One pair of 28 meets at depth 2 now.
    assert deeper.null_mean == 1 + 1 / 28
    assert cache.size()[0] == 2


def test_processes_score_as_one_does(tmp_path):
    paths = [save_head(tmp_path / f"{name}.npz", seed) for seed, name in enumerate("abcd")]
    method = Method(permutations=20, clusterers=(AffinityPropagation(), Louvain()))
    sources = find_models([str(path) for path in paths])
    here = score_models(sources, method, jobs=1)
    there = score_models(sources, method, jobs=2)
    assert [one.to_dict() for one in there.models] == [one.to_dict() for one in here.models]
    assert all(
        np.array_equal(a.ranks, b.ranks) for a, b in zip(here.models, there.models, strict=True)
    )


def test_workers_that_stand_elsewhere_find_what_is_named_from_here(tmp_path, monkeypatch):
    # The processes of the first study are kept for the second, and stay in its folder.
    for start, folder in enumerate(("first", "second")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        for seed in range(2):
            random = np.random.default_rng([start, seed])
            np.savez(f"{seed}.npz", weight=random.normal(size=(8, 5)))
        Path("names.txt").write_text("\n".join(PETS) + "\n", encoding="utf-8")
        sources = find_models(["0.npz", "1.npz"])
        method = Method(permutations=5, labels="names.txt")
        here, there = (score_models(sources, method, jobs=jobs) for jobs in (1, 2))
        assert not there.failed
        assert [one.to_dict() for one in there.models] == [one.to_dict() for one in here.models]


def test_a_list_that_is_known_by_name_is_not_read_from_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cifar-10", "wordnet"):
        Path(name).mkdir()
    np.savez("a.npz", weight=np.random.default_rng(0).normal(size=(10, 5)))
    found = score_models(find_models(["a.npz"]), Method(permutations=5, labels="cifar-10"), jobs=1)
    assert found.models[0].labels[0] == "airplane"
