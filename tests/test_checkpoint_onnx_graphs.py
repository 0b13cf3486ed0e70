"""ONNX graphs: the head in every form that exporters and quantisers give it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from canonical_head import BIAS, CLASSES, HIDDEN_BIAS, HIDDEN_WEIGHT, SCALE, WEIGHT
from onnx_models import GEMM, HEAD, HIDDEN, SAME, constant, node, save, stored
from semdepth.errors import DamagedFile
from semdepth.head import OutputLayer
from semdepth.labels import label_set_of_names
from semdepth.reading.checkpoints import onnx as reader
from semdepth.reading.checkpoints import open_checkpoint
from semdepth.reading.checkpoints.onnx import functions
from semdepth.reading.heads import read_head

NAMES = label_set_of_names(CLASSES, "the test")


# The head in every form that its inputs or its place in the file may have.
STORED = {
    **HEAD,
    "WT": np.ascontiguousarray(WEIGHT.T),
    "W3": np.ascontiguousarray(WEIGHT.T)[None],
    "WC": WEIGHT[:, :, None, None],
    "W4": WEIGHT[None, None],
    "BR": BIAS[None],
    "BC": BIAS[None, :, None, None],
    "two": np.float32(2),
    "shape": np.array([0, 6]),
    "matrix": np.array([6, 8]),
    "eps": np.float32(1e-6),
}
# name: (nodes from `hidden` to `scores`, the weight, the bias)
HEADS = {
    "Gemm, transposed": ([GEMM, SAME], "W", "B"),
    "Gemm": ([node("Gemm(hidden, WT, B) -> scores")], "WT", "B"),
    "Gemm, bias (1, n)": ([node("Gemm(hidden, WT, BR) -> scores")], "WT", "BR"),
    "Gemm without bias": ([node("Gemm(hidden, WT) -> scores")], "WT", None),
    "Gemm, then a bias": ([node("Gemm(hidden, WT) -> x"), node("Add(x, B) -> scores")], "WT", "B"),
    "MatMul": ([node("MatMul(hidden, WT) -> x"), node("Add(x, B) -> scores")], "WT", "B"),
    "bias first": ([node("MatMul(hidden, WT) -> x"), node("Add(BR, x) -> scores")], "WT", "BR"),
    "batched weight": ([node("MatMul(hidden, W3) -> x"), node("Add(x, B) -> scores")], "W3", "B"),
    "weight on the left": (
        [node("Transpose(hidden) -> t"), node("MatMul(W, t) -> x"), node("Transpose(x) -> scores")],
        "W",
        None,
    ),
    "Gemm, weight on the left": (
        [node("Gemm(WT, hidden) -> x", transA=1, transB=1), node("Transpose(x) -> scores")],
        "WT",
        None,
    ),
    "transposed initialiser": (
        [node("Transpose(W) -> t"), node("MatMul(hidden, t) -> x"), node("Add(x, B) -> scores")],
        "W",
        "B",
    ),
    "cast and transposed, twice": (
        [
            node("Transpose(WT) -> t", perm=[1, 0]),
            node("Cast(t) -> c", to=1),
            node("Transpose(c) -> u"),
            node("Gemm(hidden, u, B) -> scores"),
        ],
        "WT",
        "B",
    ),
    "reshaped weight": (
        [node("Reshape(W4, matrix) -> t"), node("Gemm(hidden, t, B) -> scores", transB=1)],
        "W4",
        "B",
    ),
    "constants": (
        [
            constant("KW", WEIGHT),
            constant("KB", BIAS),
            node("Gemm(hidden, KW, KB) -> x", transB=1),
            node("Softmax(x) -> scores"),
        ],
        "KW",
        "KB",
    ),
    "1 x 1 convolution": (
        [
            node("Unsqueeze(hidden, axes) -> map"),
            node("Conv(map, WC, B) -> c"),
            node("Relu(c) -> r"),
            node("GlobalAveragePool(r) -> p"),
            node("Flatten(p) -> f"),
            node("Softmax(f) -> scores"),
        ],
        "WC",
        "B",
    ),
    "convolution, then a bias": (
        [
            node("Unsqueeze(hidden, axes) -> map"),
            node("Conv(map, WC) -> c"),
            node("Add(c, BC) -> scores"),
        ],
        "WC",
        "BC",
    ),
    "a pooled convolution, then a bias": (
        [
            node("Unsqueeze(hidden, axes) -> map"),
            node("Conv(map, WC) -> c"),
            node("GlobalAveragePool(c) -> p"),
            node("Flatten(p) -> f"),
            node("Add(f, B) -> scores"),
        ],
        "WC",
        "B",
    ),
    "one number for all classes": (
        [node("Gemm(hidden, WT) -> x"), node("Add(x, two) -> scores")],
        "WT",
        None,
    ),
    "temperature": ([GEMM, node("Div(logits, two) -> t"), node("Softmax(t) -> scores")], "W", "B"),
    "temperature before a constant": (
        [node("Gemm(hidden, WT) -> x"), node("Mul(x, two) -> t"), node("Add(t, B) -> scores")],
        "WT",
        None,
    ),
    "prior behind the bias": (
        [node("MatMul(hidden, WT) -> x"), node("Add(x, B) -> y"), node("Add(y, BR) -> scores")],
        "WT",
        "B",
    ),
    "shapes": (
        [
            GEMM,
            node("Unsqueeze(logits, zero) -> u"),
            node("Squeeze(u, zero) -> s"),
            node("Reshape(s, shape) -> r"),
            node("Dropout(r) -> d"),
            node("Sigmoid(d) -> scores"),
        ],
        "W",
        "B",
    ),
    "log-softmax and clip": (
        [GEMM, node("LogSoftmax(logits) -> l"), node("Clip(l, low) -> scores")],
        "W",
        "B",
    ),
    "the best class": ([GEMM, node("ArgMax(logits) -> scores", axis=1)], "W", "B"),
    "the best classes": ([GEMM, node("TopK(logits, k) -> v, scores")], "W", "B"),
    "a looked-up label": (
        [GEMM, node("ArgMax(logits) -> best", axis=1), node("Gather(B, best) -> scores")],
        "W",
        "B",
    ),
    "softmax written out": (
        [
            GEMM,
            node("ReduceMax(logits, one) -> m"),
            node("Max(m, low) -> m2"),
            node("Sub(logits, m2) -> s"),
            node("Exp(s) -> e"),
            node("ReduceSum(e, one) -> z"),
            node("Expand(z, ones) -> z2"),
            node("Div(e, z2) -> scores"),
        ],
        "W",
        "B",
    ),
    "log-softmax written out": (
        [
            GEMM,
            node("Exp(logits) -> e"),
            node("ReduceSum(e, one) -> z"),
            node("Log(z) -> l"),
            node("Sub(logits, l) -> scores"),
        ],
        "W",
        "B",
    ),
    "softmax by a reciprocal": (
        [
            GEMM,
            node("Exp(logits) -> e"),
            node("ReduceSum(e, one) -> z"),
            node("Reciprocal(z) -> q"),
            node("Mul(e, q) -> scores"),
        ],
        "W",
        "B",
    ),
    "fused by ONNX Runtime": ([node("ms.FusedGemm(hidden, W, B) -> scores", transB=1)], "W", "B"),
}
PLACES = {
    "axes": np.array([2, 3]),
    "zero": np.array([0]),
    "one": np.array([1]),
    "ones": np.array([1, 6]),
    "low": np.float32(-100),
    "k": np.array([3]),
}


@pytest.mark.parametrize("form", HEADS)
def test_the_head_in_every_form(tmp_path, form):
    nodes, weight, bias = HEADS[form]
    path = save(tmp_path / "model.onnx", [*HIDDEN, *nodes], stored(**STORED, **PLACES))
    assert open_checkpoint(path).output_layers == (OutputLayer(weight, bias, "scores"),)
    head = read_head(path, labels=NAMES)
    assert head.tensor == weight
    np.testing.assert_array_equal(head.templates, WEIGHT)
    if bias is None:
        assert head.bias is None
    else:
        np.testing.assert_array_equal(head.bias, BIAS)


@pytest.mark.parametrize("form", [f for f in HEADS if "ONNX Runtime" not in f])
def test_the_forms_are_graphs_that_run(tmp_path, form):
    """Each gives the head's logits or what follows from them: the forms are not made up."""
    nodes, _, bias = HEADS[form]
    path = save(tmp_path / "model.onnx", [*HIDDEN, *nodes], stored(**STORED, **PLACES))
    features = np.linspace(-1, 1, 36, dtype=np.float32).reshape(3, 12)
    if form in ("shapes", "softmax written out"):
        features = features[:1]
    run = ReferenceEvaluator(onnx.load(path))
    scores = np.asarray(run.run(None, {"features": features})[0]).reshape(len(features), -1)
    logits = np.maximum(features @ HIDDEN_WEIGHT.T + HIDDEN_BIAS, 0) @ WEIGHT.T
    logits = logits + (BIAS if bias else 0)
    if form in ("the best class", "a looked-up label", "the best classes"):
        best = logits.argmax(1)
        first = BIAS[best] if form == "a looked-up label" else best
        np.testing.assert_array_equal(scores[:, 0], first)
    elif form == "prior behind the bias":
        np.testing.assert_allclose(scores, logits + BIAS, rtol=1e-5)
    elif form == "temperature before a constant":
        np.testing.assert_allclose(scores, 2 * logits + BIAS, rtol=1e-5)
    else:  # they keep the order of the classes, ties that ReLU makes apart
        for row, own in zip(scores, logits, strict=True):
            order = np.argsort(own)
            assert (np.diff(row[order]) >= -1e-6).all()


def layers_of(tmp_path, nodes, outputs=("scores",), **options):
    path = tmp_path / "model.onnx"
    save(path, [*HIDDEN, *nodes], stored(**STORED, **PLACES), outputs, **options)
    return [(a.weight, a.output) for a in open_checkpoint(path).output_layers]


def test_a_detector_shows_the_convolutions_of_every_scale(tmp_path):
    """As Ultralytics' detectors end: boxes and classes of each scale side by side, then apart."""
    kernels = {
        f"cv{part}.{scale}": np.ones((n, 8, 1, 1), np.float32)
        for scale in range(3)
        for part, n in ((2, 16), (3, 6))
    }
    nodes = [node("Unsqueeze(hidden, axes) -> map")]
    for scale in range(3):
        nodes += [
            node(f"Conv(map, cv2.{scale}) -> box{scale}"),
            node(f"Conv(map, cv3.{scale}) -> class{scale}"),
            node(f"Concat(box{scale}, class{scale}) -> both{scale}", axis=1),
            node(f"Reshape(both{scale}, shape) -> row{scale}"),
        ]
    nodes += [
        node("Concat(row0, row1, row2) -> all", axis=2),
        node("Split(all, sizes) -> boxes, classes", axis=1),
        node("Sigmoid(classes) -> probabilities"),
        node("Mul(boxes, two) -> scaled"),
        node("Concat(scaled, probabilities) -> scores", axis=1),
    ]
    tensors = stored(**STORED, **PLACES, **kernels, sizes=np.array([16, 6]))
    checkpoint = open_checkpoint(save(tmp_path / "m.onnx", [*HIDDEN, *nodes], tensors))
    assert sorted(a.weight for a in checkpoint.output_layers) == sorted(kernels)


def test_heads_that_are_averaged_are_both_shown(tmp_path):
    second = node("Gemm(hidden, WT, B) -> other")
    nodes = [GEMM, second, node("Add(logits, other) -> s"), node("Div(s, two) -> scores")]
    assert layers_of(tmp_path, nodes) == [("W", "scores"), ("WT", "scores")]


def test_several_outputs_name_each_layer_once(tmp_path):
    nodes = [GEMM, node("Softmax(logits) -> p"), node("Gemm(hidden, WT) -> more")]
    outputs = ("logits", "p", "more")
    assert layers_of(tmp_path, nodes, outputs) == [("W", "logits"), ("WT", "more")]


def test_a_weight_that_two_layers_share(tmp_path):
    """Its columns are a hidden layer's outputs, its rows the last layer's: these count."""
    nodes = [
        node("Gemm(hidden, SQ) -> a"),
        node("Gemm(a, SQ) -> scores", transB=1),
        node("Gemm(scores, SQ) -> aside"),
    ]
    tensors = stored(**STORED, SQ=np.ones((8, 8), np.float32))
    path = save(tmp_path / "model.onnx", [*HIDDEN, *nodes], tensors)
    assert {t.name: t.class_axis for t in reader.list_tensors(path)}["SQ"] == 0


@pytest.mark.parametrize(
    "nodes",
    [
        [GEMM, node("LayerNormalization(logits, B) -> scores")],
        [GEMM, node("BatchNormalization(logits, B, B, B, B) -> scores")],
        # A residual sum: what is added is used on the way, too.
        [node("Gemm(hidden, SQ) -> a"), node("Gemm(a, SQ) -> b"), node("Add(a, b) -> scores")],
        # A gate: x * sigmoid(x).
        [GEMM, node("Sigmoid(logits) -> g"), node("Mul(logits, g) -> scores")],
        # A norm written out: x / sqrt(sum(x²)).
        [GEMM, node("ReduceL2(logits, one) -> z"), node("Div(logits, z) -> scores")],
        # Attention multiplies two computed values.
        [node("Transpose(hidden) -> t"), node("MatMul(hidden, t) -> scores")],
        [node("Shape(hidden) -> scores")],
        [node("Identity(scores) -> scores")],
        [node("Identity(b) -> a"), node("Identity(a) -> b"), node("Add(a, b) -> scores")],
    ],
)
def test_outputs_that_are_no_scores_of_classes(tmp_path, nodes):
    assert layers_of(tmp_path, nodes) == []


def test_class_axes_of_layers_before_the_last(tmp_path):
    path = save(tmp_path / "model.onnx", [*HIDDEN, GEMM, SAME], stored(**STORED))
    axes = {t.name: t.class_axis for t in reader.list_tensors(path)}
    assert axes["HW"] == axes["W"] == axes["WT"] == 0
    nodes = [node("MatMul(features, HT) -> hidden"), node("ConvTranspose(hidden, WC) -> scores")]
    path = save(tmp_path / "model.onnx", nodes, stored(HT=HIDDEN_WEIGHT.T.copy(), WC=STORED["WC"]))
    axes = {t.name: t.class_axis for t in reader.list_tensors(path)}
    assert axes == {"HT": 1, "WC": 1}


@pytest.mark.parametrize("kind", ["FLOAT16", "BFLOAT16", "DOUBLE", "FLOAT8E4M3FN"])
def test_other_floating_types(tmp_path, kind):
    code = getattr(TensorProto, kind)
    dtype = helper.tensor_dtype_to_np_dtype(code)
    tensors = [
        numpy_helper.from_array(WEIGHT.astype(dtype), "W"),
        numpy_helper.from_array(BIAS.astype(dtype), "B"),
    ]
    nodes = [
        node("Cast(features) -> f", to=code),
        node("Gemm(f, W, B) -> x", transB=1),
        node("Cast(x) -> scores", to=1),
    ]
    head = read_head(save(tmp_path / "model.onnx", nodes, tensors), labels=NAMES)
    # All but the last hold the canonical numbers exactly.
    np.testing.assert_array_equal(head.templates, WEIGHT.astype(dtype).astype(np.float64))
    np.testing.assert_array_equal(head.bias, BIAS.astype(dtype).astype(np.float64))


def test_an_old_file_lists_its_initialisers_among_the_inputs(tmp_path):
    value = helper.make_tensor_value_info
    inputs = [value("W", 1, WEIGHT.shape), value("B", 1, BIAS.shape)]
    versions = {"ir_version": 3, "opset_imports": [helper.make_opsetid("", 7)]}
    nodes = [node("Gemm(features, W, B) -> scores", transB=1)]
    path = save(tmp_path / "m.onnx", nodes, stored(W=WEIGHT, B=BIAS), inputs=inputs, **versions)
    head = read_head(path, labels=NAMES)
    np.testing.assert_array_equal(head.templates, WEIGHT)
    np.testing.assert_array_equal(head.bias, BIAS)


# Quantised weights


def quantised(values, dtype, zero_point):
    return (np.round(values / SCALE) + zero_point).astype(dtype)


STEP = np.float32(SCALE)
ROWS = np.full(6, STEP) * np.float32([1, 2, 4, 1, 2, 4])
BY_ROW = np.round(WEIGHT / ROWS[:, None]).astype(np.int8)
INTEGERS = {
    "QW": quantised(WEIGHT, np.int8, 0),
    "QT": quantised(WEIGHT.T, np.uint8, 128),
    "QB": quantised(BIAS, np.int32, 0),
    "RW": BY_ROW,
    "RT": np.ascontiguousarray(BY_ROW.T),
    "step": STEP,
    "rows": ROWS,
    "unit": np.float32(1),
    "z0": np.int8(0),
    "z128": np.uint8(128),
    "zrows": np.zeros(6, np.int8),
}
ACTIVATION = "quantised, unit, z128"
QUANTISE = [*HIDDEN, node("QuantizeLinear(hidden, unit, z128) -> quantised")]
DYNAMIC = [*HIDDEN, node("DynamicQuantizeLinear(hidden) -> q, s, z")]
# name: (nodes, weight, bias, whether scales are by row)
QUANTISED = {
    "per tensor": (
        [
            *HIDDEN,
            node("DequantizeLinear(QW, step, z0) -> w"),
            node("DequantizeLinear(QB, step) -> b"),
            node("Gemm(hidden, w, b) -> scores", transB=1),
        ],
        "QW",
        "QB",
        False,
    ),
    "unsigned, transposed behind": (
        [
            *HIDDEN,
            node("DequantizeLinear(QT, step, z128) -> w"),
            node("Transpose(w) -> t"),
            node("Gemm(hidden, t, B) -> scores", transB=1),
        ],
        "QT",
        "B",
        False,
    ),
    "per row": (
        [
            *HIDDEN,
            node("DequantizeLinear(RW, rows, zrows) -> w", axis=0),
            node("Gemm(hidden, w, B) -> scores", transB=1),
        ],
        "RW",
        "B",
        True,
    ),
    "per column, the default axis": (
        [
            *HIDDEN,
            node("DequantizeLinear(RT, rows) -> w"),
            node("MatMul(hidden, w) -> x"),
            node("Add(x, B) -> scores"),
        ],
        "RT",
        "B",
        True,
    ),
    "QGemm": (
        [*QUANTISE, node(f"ms.QGemm({ACTIVATION}, RW, rows, zrows, QB) -> scores", transB=1)],
        "RW",
        None,
        True,
    ),
    "QGemm per tensor": (
        [*QUANTISE, node(f"ms.QGemm({ACTIVATION}, QT, step, z128, QB) -> scores")],
        "QT",
        "QB",
        False,
    ),
    "QLinearMatMul": (
        [
            *QUANTISE,
            node(f"QLinearMatMul({ACTIVATION}, RT, rows, zrows, unit, z128) -> x"),
            node("ms.QLinearAdd(x, unit, z128, QB, step, z0, unit, z128) -> y"),
            node("DequantizeLinear(y, unit, z128) -> scores"),
        ],
        "RT",
        "QB",
        True,
    ),
    "QLinearConv": (
        [
            *QUANTISE,
            node("Unsqueeze(quantised, axes) -> map"),
            node("QLinearConv(map, unit, z128, QC, step, z0, unit, z128, QB) -> scores"),
        ],
        "QC",
        "QB",
        False,
    ),
    "MatMulInteger": (
        [
            *DYNAMIC,
            node("MatMulInteger(q, RT, z, zrows) -> i"),
            node("Cast(i) -> c", to=1),
            node("Mul(s, rows) -> scales"),
            node("Mul(c, scales) -> x"),
            node("Add(x, B) -> scores"),
        ],
        "RT",
        "B",
        True,
    ),
    "MatMulInteger, one scale": (
        [
            *DYNAMIC,
            node("MatMulInteger(q, QT, z, z128) -> i"),
            node("Cast(i) -> c", to=1),
            node("Mul(step, s) -> scales"),
            node("Mul(scales, c) -> x"),
            node("Add(B, x) -> scores"),
        ],
        "QT",
        "B",
        False,
    ),
    "ms.DynamicQuantizeMatMul": (
        [*HIDDEN, node("ms.DynamicQuantizeMatMul(hidden, RT, rows, zrows, B) -> scores")],
        "RT",
        "B",
        True,
    ),
    "ms.MatMulIntegerToFloat": (
        [*DYNAMIC, node("ms.MatMulIntegerToFloat(q, QT, s, step, z, z128, B) -> scores")],
        "QT",
        "B",
        False,
    ),
}


@pytest.mark.parametrize("form", QUANTISED)
def test_quantised_weights(tmp_path, form):
    nodes, weight, bias, by_row = QUANTISED[form]
    tensors = stored(**STORED, **PLACES, **INTEGERS, QC=INTEGERS["QW"][:, :, None, None])
    path = save(tmp_path / "model.onnx", nodes, tensors)
    head = read_head(path, labels=NAMES)
    expected = BY_ROW * ROWS[:, None] if by_row else WEIGHT
    assert head.tensor == weight
    np.testing.assert_array_equal(head.templates, expected)
    if bias is not None:
        np.testing.assert_array_equal(head.bias, BIAS)
    (shown,) = [t for t in reader.list_tensors(path) if t.name == weight]
    assert shown.dtype == ("quint8" if weight == "QT" else "qint8")
    assert shown.load().dtype == np.float32


@pytest.mark.parametrize("kind", ["INT4", "UINT4", "INT8"])
@pytest.mark.parametrize("blocked", [False, True])
def test_blocks_of_a_row_with_a_scale_each(tmp_path, kind, blocked):
    code = getattr(TensorProto, kind)
    integers = (np.arange(48).reshape(6, 8) * 5 % 16) - (0 if kind == "UINT4" else 8)
    scales = (np.arange(1, 19).reshape(6, 3) if blocked else np.arange(1, 7)).astype(np.float32)
    tensors = [
        helper.make_tensor("Q", code, (6, 8), integers.reshape(-1).tolist()),
        *stored(scales=scales),
    ]
    layout = {"axis": 1, "block_size": 3} if blocked else {"axis": 0}
    nodes = [
        node("DequantizeLinear(Q, scales) -> w", **layout),
        node("Gemm(features, w) -> scores", transB=1),
    ]
    head = read_head(save(tmp_path / "model.onnx", nodes, tensors), labels=NAMES)
    # Indices 0-2 of a row share its first scale, 3-5 the second, 6 and 7 the third.
    spread = scales[:, [0, 0, 0, 1, 1, 1, 2, 2]] if blocked else scales[:, None]
    np.testing.assert_array_equal(head.templates, integers * spread)


def test_scales_that_do_not_fit(tmp_path):
    for scales in (np.ones(5, np.float32), np.ones((6, 2, 2), np.float32)):
        nodes = [
            node("DequantizeLinear(Q, scales) -> w", axis=0, block_size=2**62),
            node("Gemm(features, w) -> scores", transB=1),
        ]
        path = save(tmp_path / "m.onnx", nodes, stored(Q=INTEGERS["QW"], scales=scales))
        with pytest.raises(DamagedFile, match="found scales that do not fit tensor 'Q'"):
            read_head(path, labels=NAMES)


# Functions


def function(name, inputs, outputs, nodes, attributes=(), defaults=()):
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    return helper.make_function(
        "own", name, inputs, outputs, nodes, opsets, list(attributes), list(defaults)
    )


def call(text, **attributes):
    return node(text, domain="own", **attributes)


def test_layers_inside_functions(tmp_path):
    product = node("Gemm(x, w, b) -> y")
    for name in ("transB", "alpha"):
        product.attribute.add(name=name, ref_attr_name=name, type=2)
    linear = function(
        "linear", ["x", "w", "b"], ["y"], [product], ["alpha"], [helper.make_attribute("transB", 1)]
    )
    inner = [call("linear(x, w) -> t"), node("Relu(t) -> r"), constant("c", BIAS)]
    inner += [call("linear(r, v, c) -> y", transB=0)]
    both = function("both", ["x", "w", "v"], ["y"], inner)
    nodes = [call("both(features, HW, WT) -> z"), node("Softmax(z) -> scores")]
    path = save(
        tmp_path / "model.onnx",
        nodes,
        stored(**STORED),
        functions=[linear, both],
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("own", 1)],
    )
    checkpoint = open_checkpoint(path)
    assert checkpoint.output_layers == (OutputLayer("WT", "z:c", "scores"),)
    # The hidden layer's call leaves transB at the function's own 1, the head's call sets it to 0.
    axes = {tensor.name: tensor.class_axis for tensor in checkpoint.tensors}
    assert (axes["HW"], axes["WT"]) == (0, 1)
    head = read_head(path, labels=NAMES)
    np.testing.assert_array_equal(head.templates, WEIGHT)
    np.testing.assert_array_equal(head.bias, BIAS)


def test_functions_that_call_each_other(tmp_path, monkeypatch):
    one, two = (
        function(a, ["x"], ["y"], [call(f"{b}(x) -> m"), call(f"{b}(m) -> y")])
        for a, b in (("one", "two"), ("two", "one"))
    )
    path = save(tmp_path / "model.onnx", [call("one(features) -> scores")], functions=[one, two])
    with pytest.raises(DamagedFile, match=r"calls of the function 'o[nw][eo]' nested|'two' nested"):
        open_checkpoint(path)
    # And those that are only many.
    monkeypatch.setattr(functions, "DEEPEST_CALL", 10**9)
    monkeypatch.setattr(functions, "MOST_NODES", 1000)
    with pytest.raises(DamagedFile, match="nested without end"):
        open_checkpoint(path)
