"""Small well-formed files of the forms of which tests/data holds none; the fuzzer damages them."""

from __future__ import annotations

import io
import json

import numpy as np

CLASSES = ("tench", "goldfish", "hen", "ostrich", "jay", "robin")
WEIGHT = np.arange(48, dtype=np.float32).reshape(6, 8) / 64
BIAS = np.arange(6, dtype=np.float32) / 64
HIDDEN = np.ones((8, 4), np.float32)


def safetensors_file(tensors: dict[str, np.ndarray]) -> bytes:
    """A safetensors file of float32 tensors."""
    header, numbers = {"__metadata__": {"format": "pt"}}, b""
    for name, array in tensors.items():
        offsets = [len(numbers), len(numbers) + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        numbers += array.tobytes()
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + numbers


def npy_file(array: np.ndarray) -> bytes:
    """A numpy array in a file of its own."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz_file(**arrays: np.ndarray) -> bytes:
    """Several numpy arrays in an archive."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


HEAD = {"layer1.weight": HIDDEN, "fc.weight": WEIGHT, "fc.bias": BIAS}
NORMED = {
    "fc.parametrizations.weight.original0": np.ones((6, 1), np.float32),
    "fc.parametrizations.weight.original1": WEIGHT,
    "old.weight_g": np.ones((8, 1), np.float32),
    "old.weight_v": HIDDEN,
    "sn.weight_orig": WEIGHT,
    "sn.weight_u": np.ones(6, np.float32),
    "sn.weight_v": np.ones(8, np.float32),
}
CONFIG = json.dumps({"id2label": {str(k): name for k, name in enumerate(CLASSES)}}).encode()
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
INDEX = json.dumps(
    {
        "metadata": {"total_size": 344},
        "weight_map": {"layer1.weight": SHARDS[0], "fc.weight": SHARDS[1], "fc.bias": SHARDS[1]},
    }
).encode()

CHECKPOINTS: dict[str, dict[str, dict[str, bytes]]] = {
    "safetensors": {
        "head": {"input.safetensors": safetensors_file(HEAD)},
        "normed": {"input.safetensors": safetensors_file(NORMED)},
    },
    "numpy": {
        "npy": {"input.npy": npy_file(WEIGHT)},
        "fortran": {"input.npy": npy_file(np.asfortranarray(WEIGHT.astype(">f8")))},
        "npz": {"input.npz": npz_file(weight=WEIGHT, bias=BIAS, classes=np.array(CLASSES))},
        "bytes": {"input.npz": npz_file(weight=WEIGHT.T, labels=np.array(CLASSES, "S"))},
    },
    "huggingface": {
        "one": {"config.json": CONFIG, "model.safetensors": safetensors_file(HEAD)},
        "shards": {
            "config.json": CONFIG,
            "model.safetensors.index.json": INDEX,
            SHARDS[0]: safetensors_file({"layer1.weight": HIDDEN}),
            SHARDS[1]: safetensors_file({"fc.weight": WEIGHT, "fc.bias": BIAS}),
        },
    },
}

TREE = (
    ("animal", ""),
    ("bird", "animal"),
    ("fish", "animal"),
    ("hen", "bird"),
    ("jay", "bird"),
    ("robin", "bird"),
    ("ostrich", "bird"),
    ("tench", "fish"),
    ("goldfish", "fish"),
)
RDF = (
    '<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY e "http://e.org/#">]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" '
    'xmlns:owl="http://www.w3.org/2002/07/owl#">'
    + "".join(
        f'<owl:Class rdf:about="&e;{name}"><rdfs:label>{name}</rdfs:label>'
        f'<rdfs:subClassOf rdf:resource="&e;{parent}"/></owl:Class>'
        for name, parent in TREE
        if parent
    )
    + "</rdf:RDF>"
)
TURTLE = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <http://e.org/> .\n"
TURTLE += "".join(
    f':{name} a skos:Concept ; skos:prefLabel "{name}"@en'
    + (f" ; skos:broader :{parent} .\n" if parent else " .\n")
    for name, parent in TREE
)
OBO = "format-version: 1.2\n" + "".join(
    f"\n[Term]\nid: T:{name}\nname: {name}\n" + (f"is_a: T:{parent} ! up\n" if parent else "")
    for name, parent in TREE
)
TAXONOMIES = {
    "links.csv": "child,parent\n" + "".join(f"{name},{parent}\n" for name, parent in TREE),
    "edges.tsv": "".join(f"{name}\t{parent}\n" for name, parent in TREE if parent),
    "ids.csv": 'id;parent id;name\n1;;animal\n2;1;"bird"\n3;2;hen\n4;2;jay\n',
    "ranks.csv": "species,family,order\nhen,bird,animal\njay,bird,animal\ntench,fish,animal\n",
    "indented.txt": "animal\n  bird\n    hen\n    jay\n  fish\n    tench\n    goldfish\n",
    "nested.json": '{"animal": {"bird": {"hen": null, "jay": {}}, "fish": ["tench", "goldfish"]}}',
    "records.json": '{"name": "animal", "children": [{"name": "bird", "children": '
    '[{"name": "hen", "value": 7}, {"name": "jay"}]}, {"name": "fish"}]}',
    "nested.yaml": "animal:\n  bird:\n  - hen\n  - jay # a comment\n  fish: [tench, 'goldfish']\n",
    "paths.txt": "animal > bird > hen\nanimal > bird > jay\nanimal > fish > tench\n",
    "tree.nwk": "((hen:0.5,'jay'[a comment],robin:1e-2)bird,(tench,goldfish)fish)animal;\n",
    "terms.obo": OBO,
    "skos.ttl": TURTLE,
    "triples.nt": "".join(
        f"<e:{name}> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <e:{parent}> .\n"
        for name, parent in TREE
        if parent
    ),
    "owl.rdf": RDF,
}

TRUE = np.array([0, 1, 2, 3, 4, 5, 0, 1])
PREDICTED = np.array([0, 1, 2, 3, 5, 4, 1, 1])
SCORES = np.eye(6, dtype=np.float32)[PREDICTED]
COUNTS = np.zeros((6, 6), np.int64)
np.add.at(COUNTS, (TRUE, PREDICTED), 1)
ROWS = [(CLASSES[t], CLASSES[p]) for t, p in zip(TRUE, PREDICTED, strict=True)]
PREDICTIONS = {
    "names.csv": ("y_true,y_pred\n" + "".join(f"{t},{p}\n" for t, p in ROWS)).encode(),
    "indices.tsv": b"label\tprediction\n0\t0\n1\t1\n5\t4\n3\t3\n",
    "top.csv": b'target,pred_1,pred_2\ntench,"[hen, jay]",jay\nhen,hen,jay\n',
    "rows.jsonl": b"".join(
        json.dumps({"y_true": t, "y_pred": p}).encode() + b"\n" for t, p in ROWS
    ),
    "pairs.npz": npz_file(y_true=TRUE, y_pred=PREDICTED),
    "scores.npz": npz_file(logits=SCORES, labels=TRUE, classes=np.array(CLASSES)),
    "pairs.npy": npy_file(np.stack([TRUE, PREDICTED], axis=1)),
}
CONFUSIONS = {
    "matrix.csv": "\n".join(
        [
            ",".join(["", *CLASSES]),
            *(
                f"{c},{','.join(map(str, row))}"
                for c, row in zip(CLASSES, COUNTS.tolist(), strict=True)
            ),
        ]
    ).encode(),
    "plain.tsv": "\n".join("\t".join(map(str, row)) for row in COUNTS.tolist()).encode(),
    "matrix.npy": npy_file(COUNTS),
    "matrix.npz": npz_file(confusion=COUNTS / 8, classes=np.array(CLASSES)),
}
