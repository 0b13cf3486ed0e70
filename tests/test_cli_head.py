"""``semdepth head``: the candidates, what speaks for each, and why one was taken or none."""

import json

import numpy as np
import pytest

from builders import fails


@pytest.fixture
def stored(tmp_path):
    def save(**shapes):
        path = tmp_path / "model.npz"
        np.savez(path, **{f"{name}.weight": np.zeros(s, "f4") for name, s in shapes.items()})
        return path

    return save


def as_json(result):
    code, out, err = result
    return code, json.loads(out), err


def test_every_candidate_has_its_score_and_reason(semdepth, stored):
    path = stored(hidden=(16, 32), fc=(10, 16))
    code, told, _ = as_json(semdepth("head", path, "--format", "json"))
    assert code == 0
    assert told["chosen"] == "fc.weight"
    first, second = told["candidates"]
    assert (first["name"], first["chosen"], first["excluded"]) == ("fc.weight", True, False)
    assert (second["name"], second["chosen"]) == ("hidden.weight", False)
    assert first["score"] > second["score"]
    assert told["reason"] == first["reason"]
    assert "usual name 'fc'" in first["reason"]

    header, *rows = semdepth("head", path)[1].splitlines()
    assert header.split() == ["tensor", "classes", "dimension", "score", "why"]
    assert rows[0].split()[:5] == ["*", "fc.weight", "10", "16", str(first["score"])]


def test_when_it_asks_it_lists_what_there_is_to_choose_from(semdepth, stored):
    path = stored(head=(10, 16), head_dist=(10, 16))
    code, told, err = as_json(semdepth("head", path, "--format", "json"))
    assert code == 1
    assert told["chosen"] is None
    assert told["reason"] in err
    assert "--head NAME" in err
    names = [c["name"] for c in told["candidates"]]
    assert names == ["head.weight", "head_dist.weight", "head+head_dist"]
    assert not any(c["chosen"] for c in told["candidates"])

    code, out, err = semdepth("head", path)
    assert code == 1
    assert "head_dist.weight" in out
    assert "*" not in out
    assert told["reason"] in err


def test_what_may_not_be_taken_unasked_is_listed_too(semdepth, stored):
    path = stored(aux_classifier=(10, 16))
    code, told, err = as_json(semdepth("head", path, "--format", "json"))
    assert code == 1
    (candidate,) = told["candidates"]
    assert candidate["excluded"]
    assert "an auxiliary head" in candidate["reason"]
    assert told["reason"] in err


def test_the_user_names_the_head(semdepth, stored):
    path = stored(head=(10, 16), head_dist=(10, 16), embed=(30, 16))
    _, told, _ = as_json(semdepth("head", path, "--head", "head_dist", "--format", "json"))
    assert (told["chosen"], told["reason"]) == ("head_dist.weight", "named by the user")
    _, told, _ = as_json(semdepth("head", path, "--head", "embed", "--format", "json"))
    assert told["candidates"][0]["name"] == "embed.weight"
    assert [c["chosen"] for c in told["candidates"]] == [True, False, False, False]
    assert fails(semdepth("head", path, "--head", "tail"), "'tail'", "head.weight")
