"""Heads made of several tensors: what the network computes, from templates and bias alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import fails
from canonical_head import CLASSES
from semdepth.errors import AmbiguousHead, HeadError, LabelError, NoHead
from semdepth.head import OutputLayer, StoredTensor, find_head, load_templates, rank_heads
from semdepth.reading.checkpoints import open_checkpoint
from semdepth.reading.heads import read_head

RANDOM = np.random.default_rng(7)
K, D = 5, 8
EPSILON = 1e-5


def normal(*shape):
    return RANDOM.normal(size=shape).astype("f4")


def linear(name, n=K, d=D):
    return {f"{name}.weight": normal(n, d), f"{name}.bias": normal(n)}


def convolution(name, n, d, size=1):
    return {f"{name}.weight": normal(n, d, size, size), f"{name}.bias": normal(n)}


def batch_norm(name, d=D, affine=True):
    stored = {f"{name}.running_mean": normal(d), f"{name}.running_var": normal(d) ** 2 + 0.1}
    return {**stored, f"{name}.weight": normal(d), f"{name}.bias": normal(d)} if affine else stored


def tensors(arrays):
    def stored(name, values):
        return StoredTensor(name, values.shape, values.dtype.name, lambda: values)

    return [stored(name, values) for name, values in arrays.items()]


def head_of(arrays, name=None, **options):
    """Templates and bias in float64, and the reason."""
    candidate = find_head(tensors(arrays), name=name, **options)
    templates, bias = load_templates(candidate)
    assert templates.shape == (candidate.n_classes, candidate.dimension)
    bias = np.zeros(len(templates)) if bias is None else bias.astype("f8")
    return templates.astype("f8"), bias, candidate.reason


def composed_names(arrays, **options):
    stored = set(arrays)
    ranked = rank_heads(tensors(arrays), **options)
    return [candidate.tensor.name for candidate in ranked if candidate.tensor.name not in stored]


# What the layers compute, by themselves


def answer(arrays, name, features):
    weight = arrays[f"{name}.weight"].astype("f8")
    weight = weight.reshape(len(weight), -1)
    return features @ weight.T + arrays.get(f"{name}.bias", np.zeros(len(weight))).astype("f8")


def normalised(arrays, name, features):
    mean, variance = (arrays[f"{name}.running_{own}"].astype("f8") for own in ("mean", "var"))
    answers = (features - mean) / np.sqrt(variance + EPSILON)
    if f"{name}.weight" in arrays:
        answers = answers * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]
    return answers


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


# Distilled pairs


BODY = {"blocks.0.mlp.fc1.weight": normal(32, D)}
TOKENS = {
    "deit, timm": ("dist_token", (1, 1, D)),
    "pit, timm": ("cls_token", (1, 2, D)),
    "deit, Transformers": ("deit.embeddings.distillation_token", (1, 1, D)),
}


@pytest.mark.parametrize(("token", "shape"), TOKENS.values(), ids=TOKENS)
def test_on_tokens_of_their_own_a_template_has_the_rows_of_both(token, shape):
    arrays = {token: normal(*shape), **BODY, **linear("head"), **linear("head_dist")}
    x, x_dist = normal(3, D), normal(3, D)
    expected = (answer(arrays, "head", x) + answer(arrays, "head_dist", x_dist)) / 2
    templates, bias, reason = head_of(arrays, "head+head_dist")
    close(np.concatenate([x, x_dist], 1) @ templates.T + bias, expected)
    assert "made of head.weight and head_dist.weight" in reason
    assert "a token of its own" in reason


PAIRS = {
    "EfficientFormer": ("head", "head_dist", "head+head_dist"),
    "SwiftFormer, Transformers": ("head", "dist_head", "head+dist_head"),
    "RepViT without its norm": ("head.head.l", "head.head_dist.l", "head.head+head_dist"),
    "Transformers": (
        "cls_classifier",
        "distillation_classifier",
        "cls_classifier+distillation_classifier",
    ),
    "LeViT, Transformers": (
        "classifier.linear",
        "classifier_distill.linear",
        "classifier+classifier_distill",
    ),
}


@pytest.mark.parametrize(("first", "second", "name"), PAIRS.values(), ids=PAIRS)
def test_on_the_same_features_a_template_is_the_mean_of_both_rows(first, second, name):
    arrays = {**BODY, **linear(first), **linear(second)}
    x = normal(3, D)
    templates, bias, reason = head_of(arrays, name)
    close(x @ templates.T + bias, (answer(arrays, first, x) + answer(arrays, second, x)) / 2)
    assert "they read the same features" in reason


def test_of_two_heads_alone_the_rows_stay_side_by_side_which_is_right_in_both_cases():
    arrays = {**linear("head"), **linear("head_dist")}
    x = normal(3, D)
    templates, bias, reason = head_of(arrays, "head+head_dist")
    expected = (answer(arrays, "head", x) + answer(arrays, "head_dist", x)) / 2
    close(np.concatenate([x, x], 1) @ templates.T + bias, expected)
    assert "does not tell" in reason


def test_a_bias_that_one_of_the_two_lacks_is_zero():
    arrays = {**BODY, **linear("head"), **linear("head_dist")}
    del arrays["head.bias"]
    x = normal(3, D)
    templates, bias, _ = head_of(arrays, "head+head_dist")
    expected = (answer(arrays, "head", x) + answer(arrays, "head_dist", x)) / 2
    close(x @ templates.T + bias, expected)
    del arrays["head_dist.bias"]
    assert find_head(tensors(arrays), name="head+head_dist").bias is None


def test_half_precision_stays_half_precision():
    arrays = {**BODY, "head.weight": normal(K, D), "head_dist.weight": normal(K, D)}
    arrays = {name: values.astype("f2") for name, values in arrays.items()}
    templates, _ = load_templates(find_head(tensors(arrays), name="head+head_dist"))
    assert templates.dtype == "f2"


def test_heads_of_two_shapes_make_no_pair():
    assert composed_names({**BODY, **linear("head"), **linear("head_dist", K + 1)}) == []


def test_the_wrappers_around_a_network_may_be_left_out_of_the_name():
    arrays = {**BODY, **linear("head"), **linear("head_dist")}
    wrapped = {f"state_dict.module.{name}": values for name, values in arrays.items()}
    name = "state_dict.module.head+head_dist"
    assert composed_names(wrapped) == [name]
    for short in ("head+head_dist", "module.head+head_dist", name):
        assert find_head(tensors(wrapped), name=short).tensor.name == name


def test_an_averaged_copy_makes_no_pair_beside_the_trained_one():
    arrays = {**BODY, **linear("head"), **linear("head_dist")}
    copy = {f"model_ema.{name}": values for name, values in arrays.items()}
    assert composed_names({**arrays, **copy}) == ["head+head_dist"]
    assert composed_names(copy) == ["model_ema.head+head_dist"]


# Two branches


def test_crossvit_averages_its_branches():
    arrays = {
        **{"norm.0.weight": normal(4), "norm.0.bias": normal(4)},
        **{"norm.1.weight": normal(6), "norm.1.bias": normal(6)},
        **linear("head.0", K, 4),
        **linear("head.1", K, 6),
    }
    small, large = normal(3, 4), normal(3, 6)
    templates, bias, _ = head_of(arrays, "head.0+1")
    expected = (answer(arrays, "head.0", small) + answer(arrays, "head.1", large)) / 2
    close(np.concatenate([small, large], 1) @ templates.T + bias, expected)
    # Two layers of a row of layers are no pair.
    assert composed_names({**linear("head.0", K, 4), **linear("head.1", K, 6)}) == []


def test_lraspp_adds_its_branches():
    low, high = "classifier.low_classifier", "classifier.high_classifier"
    arrays = {**convolution(low, K, 4), **convolution(high, K, 6)}
    x_low, x_high = normal(3, 4), normal(3, 6)
    templates, bias, _ = head_of(arrays, "low_classifier+high_classifier")
    expected = answer(arrays, low, x_low) + answer(arrays, high, x_high)
    close(np.concatenate([x_low, x_high], 1) @ templates.T + bias, expected)


# BatchNorm before the classifier


NORMED = {
    "LeViT, timm": ("head.bn", "head.linear"),
    "LeViT, its authors; RepViT, SHViT": ("head.bn", "head.l"),
    "LeViT, Transformers": ("classifier.batch_norm", "classifier.linear"),
    "a linear probe of MAE": ("head.0", "head.1"),
}


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(("norm", "layer"), NORMED.values(), ids=NORMED)
def test_a_norm_right_before_the_classifier_is_folded_into_it(norm, layer, affine):
    arrays = {**BODY, **batch_norm(norm, affine=affine), **linear(layer)}
    x = normal(3, D)
    expected = answer(arrays, layer, normalised(arrays, norm, x))
    templates, bias, reason = head_of(arrays)
    close(x @ templates.T + bias, expected)
    assert reason.endswith(f"BatchNorm {norm} folded into it")
    templates, bias, reason = head_of(arrays, layer)
    close(x @ templates.T + bias, expected)
    assert reason == f"named by the user; BatchNorm {norm} folded into it"


def test_a_folded_classifier_without_a_bias_gets_one():
    arrays = {**BODY, **batch_norm("head.bn"), "head.l.weight": normal(K, D)}
    x = normal(3, D)
    for ends in ((), [OutputLayer("head.l.weight", None, "logits")]):
        templates, bias, _ = head_of(arrays, output_layers=ends)
        close(x @ templates.T + bias, answer(arrays, "head.l", normalised(arrays, "head.bn", x)))


def test_a_distilled_pair_behind_norms():
    arrays = {**BODY, **batch_norm("head.bn"), **linear("head.linear")}
    arrays |= {**batch_norm("head_dist.bn"), **linear("head_dist.linear")}
    x = normal(3, D)
    both = [
        answer(arrays, f"{head}.linear", normalised(arrays, f"{head}.bn", x))
        for head in ("head", "head_dist")
    ]
    templates, bias, _ = head_of(arrays, "head+head_dist")
    close(x @ templates.T + bias, (both[0] + both[1]) / 2)
    templates, bias, _ = head_of(arrays, "head_dist.linear")
    close(x @ templates.T + bias, both[1])


NOT_FOLDED = {
    "an activation may stand between": ("classifier.0", "classifier.2"),
    "a norm behind a layer as wide as long": ("blocks.0.attn.proj.bn", "blocks.0.attn.proj.linear"),
    "a norm called otherwise": ("head.norm", "head.fc"),
}


@pytest.mark.parametrize(("norm", "layer"), NOT_FOLDED.values(), ids=NOT_FOLDED)
def test_a_norm_that_may_stand_elsewhere_is_not_folded(norm, layer):
    arrays = {**batch_norm(norm), **linear(layer, D, D)}
    templates, bias, reason = head_of(arrays, layer)
    assert np.array_equal(templates, arrays[f"{layer}.weight"])
    assert np.array_equal(bias, arrays[f"{layer}.bias"])
    assert reason == "named by the user"


def test_a_norm_of_another_width_is_not_folded():
    arrays = {**batch_norm("head.bn", D + 1), **linear("head.l")}
    assert np.array_equal(head_of(arrays, "head.l")[0], arrays["head.l.weight"])


# Detectors


def anchor_logits(arrays, name, patch, anchors):
    """(anchors, rows of each) that a classifier's convolution gives for one patch of features."""
    return answer(arrays, name, patch.ravel()).reshape(anchors, -1)


def test_the_scales_of_yolo_stand_side_by_side():
    arrays = {}
    for scale, d in enumerate((4, 6, 8)):
        arrays |= convolution(f"model.model.22.cv2.{scale}.2", 64, 3)
        arrays |= convolution(f"model.model.22.cv3.{scale}.2", K, d)
    x = [normal(d) for d in (4, 6, 8)]
    expected = sum(answer(arrays, f"model.model.22.cv3.{i}.2", x[i]) for i in range(3))
    for name in ("cv3", "22.cv3", "model.22.cv3", "model.model.22.cv3"):
        templates, bias, reason = head_of(arrays, name)
        assert templates.shape == (K, 18)
        close(np.concatenate(x) @ templates.T + bias, expected)
    assert "(3 scales): for each class its row in each scale, side by side" in reason
    first = arrays["model.model.22.cv3.0.2.weight"][:, :, 0, 0]
    assert np.array_equal(templates[:, :4], first)
    # Each scale is a matrix of its own.
    assert np.array_equal(head_of(arrays, "model.22.cv3.0.2")[0], first)
    assert composed_names(arrays) == ["model.model.22.cv3"]


def test_ten_scales_keep_their_order():
    arrays = {}
    for scale in (10, 2, *range(2), *range(3, 10)):
        arrays |= convolution(f"head.cls_preds.{scale}", K, 2)
    templates = head_of(arrays, "cls_preds")[0]
    weights = [arrays[f"head.cls_preds.{scale}.weight"][:, :, 0, 0] for scale in range(11)]
    assert np.array_equal(templates, np.concatenate(weights, 1))


def test_yolov10_says_which_of_its_two_sets_answers():
    arrays = {}
    for head in ("cv3", "one2one_cv3"):
        for scale in range(3):
            arrays |= convolution(f"model.23.{head}.{scale}.2", K, 4)
    assert (
        "used in training only, the network answers with model.23.one2one_cv3"
        in (head_of(arrays, "cv3")[2])
    )
    assert "training" not in head_of(arrays, "one2one_cv3")[2]


def yolo(rows, widths=(4, 6), anchors=None):
    arrays = {} if anchors is None else {"model.24.anchors": normal(len(widths), anchors, 2)}
    for scale, d in enumerate(widths):
        arrays |= convolution(f"model.24.m.{scale}", rows, d)
    return arrays


@pytest.mark.parametrize("masks", [0, 3], ids=["boxes", "with masks"])
def test_yolov5_keeps_the_class_rows_of_every_anchor(masks):
    arrays = yolo(3 * (5 + K + masks), anchors=3)
    if masks:
        arrays |= convolution("model.24.proto.cv3.conv", masks, 4)
    templates, bias, _ = head_of(arrays, "model.24.m")
    assert templates.shape == (K, 3 * (4 + 6))
    x = normal(4)
    scores = anchor_logits(arrays, "model.24.m.0", x, 3)[:, 5 : 5 + K]
    offsets = arrays["model.24.m.0.bias"].reshape(3, -1)[:, 5 : 5 + K]
    close((templates[:, :12].reshape(K, 3, 4) @ x).T + offsets, scores)
    both = sum(arrays[f"model.24.m.{i}.bias"].reshape(3, -1)[:, 5 : 5 + K].sum(0) for i in (0, 1))
    close(bias, both)
    # A scale by its number, and all its rows by the stored name.
    assert head_of(arrays, "model.24.m.1")[0].shape == (K, 18)
    assert head_of(arrays, "model.24.m.1.weight")[0].shape == (3 * (5 + K + masks), 6)


def test_without_its_anchors_yolov5_needs_the_number_of_classes():
    arrays = yolo(3 * (5 + K))
    assert head_of(arrays, "m", classes=K)[0].shape == (K, 30)
    (told,) = [c for c in rank_heads(tensors(arrays)) if c.tensor.name == "model.24.m"]
    assert "30 rows = anchors x (5 + classes), which the file does not tell" in told.reason
    with pytest.raises(HeadError, match="give their names with --labels"):
        told.tensor.load()
    with pytest.raises(HeadError) as error:
        head_of(arrays, "m")
    assert str(error.value) == (
        "expected how many classes model.24.m has, found 30 rows = anchors x (5 + classes), which "
        "the file does not tell; give their names with --labels (in Python: labels=), or "
        "--classes in `semdepth head`"
    )
    with pytest.raises(HeadError, match="which 80 classes do not fit"):
        head_of(arrays, "m", classes=80)


def test_what_yolov7_adds_and_multiplies_is_in_the_templates():
    arrays = yolo(3 * (5 + K), anchors=3)
    for scale, d in enumerate((4, 6)):
        arrays[f"model.24.ia.{scale}.implicit"] = normal(1, d, 1, 1)
        arrays[f"model.24.im.{scale}.implicit"] = normal(1, 30, 1, 1)
    x = normal(6)
    templates, bias, _ = head_of(arrays, "model.24.m.1")
    added = answer(arrays, "model.24.m.1", x + arrays["model.24.ia.1.implicit"].ravel())
    answers = added * arrays["model.24.im.1.implicit"].ravel()
    close(np.tile(x, 3) @ templates.T + bias, answers.reshape(3, -1)[:, 5:].sum(0))


DENSE = {
    "RetinaNet": (
        "head.classification_head.cls_logits",
        "head.regression_head.bbox_reg",
        "cls_logits",
    ),
    "FCOS": ("head.classification_head.cls_logits", "head.regression_head.bbox_reg", "cls_logits"),
    "RetinaNet, Detectron2": ("head.cls_score", "head.bbox_pred", "head.cls_score"),
    "RetinaNet, MMDetection": ("bbox_head.retina_cls", "bbox_head.retina_reg", "retina_cls"),
    "EfficientDet": (
        "model.class_net.predict.conv_pw",
        "model.box_net.predict.conv_pw",
        "class_net.predict",
    ),
}


@pytest.mark.parametrize(("kind", "parts"), DENSE.items(), ids=DENSE)
def test_the_anchors_of_a_class_stand_side_by_side(kind, parts):
    layer, boxes, name = parts
    anchors, size = {"FCOS": (1, 3), "EfficientDet": (9, 1)}.get(kind, (9, 3))
    arrays = {
        **convolution(layer, anchors * K, D, size),
        **convolution(boxes, anchors * 4, D, size),
    }
    templates, bias, _ = head_of(arrays, name)
    patch = normal(D, size, size)
    each = templates.reshape(K, anchors, -1) @ patch.ravel()
    offsets = arrays[f"{layer}.bias"].reshape(anchors, K)
    close(each.T + offsets, anchor_logits(arrays, layer, patch, anchors))
    close(bias, offsets.sum(0))


SSD = {
    "SSD": ("head.classification_head.module_list.{}", "head.regression_head.module_list.{}", 3),
    "SSDlite": (
        "head.classification_head.module_list.{}.1",
        "head.regression_head.module_list.{}.1",
        1,
    ),
}


@pytest.mark.parametrize(("layer", "boxes", "size"), SSD.values(), ids=SSD)
def test_ssd_has_its_own_number_of_anchors_in_each_scale(layer, boxes, size):
    arrays, all_anchors, widths = {}, (4, 6, 6), (2, 3, 4)
    for scale, (anchors, d) in enumerate(zip(all_anchors, widths, strict=True)):
        arrays |= convolution(layer.format(scale), anchors * K, d, size)
        arrays |= convolution(boxes.format(scale), anchors * 4, d, size)
    container = "head.classification_head.module_list"
    templates, bias, reason = head_of(arrays, container)
    assert "its rows for 4 to 6 anchors in each scale" in reason
    start, total = 0, np.zeros(K)
    for scale, (anchors, d) in enumerate(zip(all_anchors, widths, strict=True)):
        patch = normal(d, size, size)
        own = templates[:, start : start + anchors * patch.size]
        offsets = arrays[f"{layer.format(scale)}.bias"].reshape(anchors, K)
        each = (own.reshape(K, anchors, -1) @ patch.ravel()).T + offsets
        close(each, anchor_logits(arrays, layer.format(scale), patch, anchors))
        assert np.array_equal(head_of(arrays, f"{container}.{scale}")[0], own)
        start, total = start + own.shape[1], total + offsets.sum(0)
    assert start == templates.shape[1]
    close(bias, total)


def test_ssd_of_mmdetection_has_background_behind_the_classes():
    arrays = {}
    for scale in (0, 1):
        arrays |= convolution(f"bbox_head.cls_convs.{scale}.0", 4 * (K + 1), D, 3)
        arrays |= convolution(f"bbox_head.reg_convs.{scale}.0", 4 * 4, D, 3)
    templates, _, _ = head_of(arrays, "cls_convs.0")
    rows = arrays["bbox_head.cls_convs.0.0.weight"].reshape(4, K + 1, -1)
    assert np.array_equal(templates, rows[:, :K].transpose(1, 0, 2).reshape(K, -1))


def test_tensorflow_counts_classes_on_the_last_axis_and_background_first():
    arrays = {
        "BoxPredictor_0/ClassPredictor/weights": normal(1, 1, D, 3 * (K + 1)),
        "BoxPredictor_0/ClassPredictor/biases": normal(3 * (K + 1)),
        "BoxPredictor_0/BoxEncodingPredictor/weights": normal(1, 1, D, 12),
    }
    stored = [
        StoredTensor(name, a.shape, "float32", lambda a=a: a, max(a.ndim - 1, 0))
        for name, a in arrays.items()
    ]
    templates, bias = load_templates(find_head(stored, name="BoxPredictor_0"))
    x = normal(D)
    expected = x @ arrays["BoxPredictor_0/ClassPredictor/weights"][0, 0]
    expected += arrays["BoxPredictor_0/ClassPredictor/biases"]
    close(np.tile(x, 3) @ templates.T + bias, expected.reshape(3, K + 1).sum(0))


def test_without_the_layer_of_boxes_the_number_of_classes_tells_the_anchors():
    arrays = convolution("head.classification_head.cls_logits", 9 * K, 2, 3)
    assert head_of(arrays, "cls_logits", classes=K)[0].shape == (K, 9 * 18)
    # One class fewer: the rows of a background class are there too.
    assert head_of(arrays, "cls_logits", classes=K - 1)[0].shape == (K, 9 * 18)
    with pytest.raises(HeadError, match="found 45 rows = anchors x classes"):
        head_of(arrays, "cls_logits")


def test_what_looks_for_any_object_is_no_classifier():
    arrays = {
        **convolution("rpn.head.cls_logits", 15, D),
        **convolution("rpn.head.bbox_pred", 60, D),
    }
    assert composed_names(arrays) == []


def test_a_detector_of_one_class_has_no_templates_to_compare():
    arrays = {
        **convolution("head.classification_head.cls_logits", 9, D, 3),
        **convolution("head.regression_head.bbox_reg", 36, D, 3),
    }
    assert composed_names(arrays) == []


def test_other_layers_called_like_those_of_yolov5_are_none():
    assert composed_names({**convolution("neck.m.0", 8, D), **convolution("neck.m.1", 9, D)}) == []


# The row behind the classes


BEHIND = {
    "DETR, Transformers": "class_labels_classifier",
    "YOLOS": "class_labels_classifier.layers.2",
    "DETR, its authors": "class_embed",
    "Mask2Former": "class_predictor",
    "Faster R-CNN, MMDetection": "roi_head.bbox_head.fc_cls",
}


@pytest.mark.parametrize("name", BEHIND.values(), ids=BEHIND)
def test_the_row_of_no_object_is_the_last(name):
    arrays = linear(name, K + 1)
    templates, bias, reason = head_of(arrays, classes=K)
    assert np.array_equal(templates, arrays[f"{name}.weight"][:K])
    assert np.array_equal(bias, arrays[f"{name}.bias"][:K])
    assert 'the last row, "no object" or background, left out' in reason
    for classes in (None, K + 1):
        assert head_of(arrays, classes=classes)[0].shape == (K + 1, D)


def test_background_stands_first_in_torchvision_and_last_in_detectron2():
    arrays = linear("roi_heads.box_predictor.cls_score", K + 1)
    assert head_of(arrays, classes=K)[0].shape == (K + 1, D)
    arrays |= convolution("proposal_generator.rpn_head.conv", 4, D, 3)
    templates = head_of(arrays, classes=K)[0]
    assert np.array_equal(templates, arrays["roi_heads.box_predictor.cls_score.weight"][:K])


# Multi-label, margin and zero-shot heads


def test_groups_of_classes_of_ml_decoder():
    n, groups, size = 7, 4, 2
    arrays = {
        "head.duplicate_pooling": normal(groups, D, size),
        "head.duplicate_pooling_bias": normal(n),
    }
    h = normal(groups, D)
    expected = np.concatenate([h[g] @ arrays["head.duplicate_pooling"][g] for g in range(groups)])
    templates, bias, _ = head_of(arrays, "duplicate_pooling")
    assert templates.shape == (n, D)
    found = [h[c // size] @ templates[c] + bias[c] for c in range(n)]
    close(found, expected[:n] + arrays["head.duplicate_pooling_bias"])


def test_query2label_has_a_row_for_each_query():
    arrays = {"fc.W": normal(1, K, D), "fc.b": normal(1, K)}
    h = normal(K, D)
    templates, bias, _ = head_of(arrays, "fc.W")
    close((templates * h).sum(1) + bias, (arrays["fc.W"] * h).sum(-1)[0] + arrays["fc.b"][0])


def test_sub_centers_become_the_mean_of_their_directions():
    arrays = {"conv.weight": normal(4, 3, 3, 3), "arc_margin.weight": normal(3 * K, D)}
    centers = arrays["arc_margin.weight"].reshape(K, 3, D).astype("f8")
    directions = centers / np.linalg.norm(centers, axis=2, keepdims=True)
    templates, _, reason = head_of(arrays, "arc_margin.centers", classes=K)
    close(templates, directions.mean(1))
    assert "its 3 sub-centers" in reason
    # The rows as they are stored, and none without the number of classes.
    assert head_of(arrays, "arc_margin", classes=K)[0].shape == (3 * K, D)
    assert composed_names(arrays) == []
    assert composed_names(arrays, classes=3 * K) == []


@pytest.mark.parametrize("name", ["zeroshot_weights", "text_features", "arcface.kernel"])
def test_columns_are_the_classes_where_their_number_says_so(name):
    arrays = {"visual.proj": normal(D, 16), name: normal(D, K)}
    templates, _, reason = head_of(arrays, name, classes=K)
    assert np.array_equal(templates, arrays[name].T)
    assert reason == f"named by the user; its {K} columns are the classes"
    assert head_of(arrays, name)[0].shape == (D, K)
    assert head_of({name: normal(K, D)}, name, classes=K)[0].shape == (K, D)


def test_a_matrix_alone_in_its_file_is_turned_by_the_number_of_classes():
    arrays = {"weight": normal(D, K)}
    assert np.array_equal(head_of(arrays, classes=K)[0], arrays["weight"].T)
    # Another layer of the network may have as many inputs as there are classes.
    assert head_of({**arrays, "conv.weight": normal(4, 3, 3, 3)}, "weight", classes=K)[0].shape == (
        D,
        K,
    )


def test_a_matrix_behind_a_norm_lies_as_the_norm_says():
    arrays = {**batch_norm("head.bn", K), "head.l.weight": normal(D, K)}
    assert head_of(arrays, "head.l", classes=K)[0].shape == (D, K)


# Chosen by name, never unasked


UNASKED = {
    "distilled pair": {**BODY, **linear("head"), **linear("head_dist")},
    "YOLO": {f"22.cv3.{i}.2.weight": normal(K, 4, 1, 1) for i in range(3)},
    "RetinaNet": convolution("head.classification_head.cls_logits", 9 * K, 2, 3),
    "LRASPP": {
        **convolution("classifier.low_classifier", K, 4),
        **convolution("classifier.high_classifier", K, 6),
    },
    "Query2Label": {"fc.W": normal(1, K, D), "fc.b": normal(1, K)},
}


@pytest.mark.parametrize("arrays", UNASKED.values(), ids=UNASKED)
def test_a_composed_head_is_never_chosen_unasked(arrays):
    for classes in (None, K):
        with pytest.raises((AmbiguousHead, NoHead)):
            find_head(tensors(arrays), classes=classes, keeps_order=True)
        ranked = rank_heads(tensors(arrays), classes=classes)
        composed = [c for c in ranked if c.reason.startswith(("made of", "a detector's"))]
        assert composed
        assert all(c.excluded for c in composed)


def test_beside_a_clear_answer_it_changes_nothing():
    arrays = {**linear("fc", 1000), **UNASKED["YOLO"]}
    found = find_head(tensors(arrays))
    assert found.tensor.name == "fc.weight"
    assert rank_heads(tensors(arrays))[0].tensor.name == "fc.weight"


def test_the_question_names_what_the_rivals_make_together():
    with pytest.raises(AmbiguousHead) as error:
        find_head(tensors(UNASKED["YOLO"]), classes=K)
    assert "22.cv3.0.2.weight (5 x 4)" in str(error.value)
    assert ", and together 22.cv3 (5 x 12); choose with --head NAME" in str(error.value)
    with pytest.raises(NoHead, match=r"cls_logits \(5 x 162\): made of a detector's"):
        find_head(tensors(UNASKED["RetinaNet"]), classes=K)


def test_nothing_is_loaded_before_it_is_asked_for():
    def refuse():
        raise AssertionError("loaded too early")

    for arrays in UNASKED.values():
        stored = [StoredTensor(n, a.shape, "float32", refuse) for n, a in arrays.items()]
        for candidate in rank_heads(stored, classes=K):
            named = find_head(stored, name=candidate.tensor.name, classes=K)
            assert named.tensor.shape == candidate.tensor.shape
            with pytest.raises(AssertionError, match="too early"):
                load_templates(named)


def test_only_the_parts_are_loaded():
    arrays = UNASKED["distilled pair"]
    read = []

    def stored(name, values):
        return StoredTensor(name, values.shape, "float32", lambda: (read.append(name), values)[1])

    table = [stored(name, values) for name, values in arrays.items()]
    load_templates(find_head(table, name="head+head_dist"))
    assert sorted(read) == ["head.bias", "head.weight", "head_dist.bias", "head_dist.weight"]


def test_an_ending_that_two_heads_share_is_asked_about():
    arrays = {
        f"{student}.cv3.{i}.2.weight": normal(K, 4, 1, 1)
        for student in ("teacher", "student")
        for i in range(2)
    }
    with pytest.raises(AmbiguousHead, match=r"found teacher\.cv3, student\.cv3; give a full name"):
        head_of(arrays, "cv3")
    assert head_of(arrays, "student.cv3")[0].shape == (K, 8)


def test_a_misspelt_name_is_told_the_nearest():
    with pytest.raises(HeadError, match=r"the nearest are .*head\+head_dist"):
        head_of(UNASKED["distilled pair"], "head+dist")


def test_a_part_that_changed_in_the_file_is_reported():
    arrays = UNASKED["distilled pair"]
    stored = [
        StoredTensor(n, a.shape, "float32", lambda: np.ones((2, 2))) for n, a in arrays.items()
    ]
    with pytest.raises(HeadError, match=r"expected head\.weight of shape \(5, 8\), found \(2, 2\)"):
        load_templates(find_head(stored, name="head+head_dist"))


PARTS = [
    *("head.weight", "head.bias", "head_dist.weight", "dist_token", "head.0.weight"),
    *("head.1.weight", "norm.0.weight", "norm.1.weight", "head.0.running_mean"),
    *("head.0.running_var", "head.1.bias", "head.0.bias", "22.cv3.0.2.weight", "22.cv3.1.2.weight"),
    *("m.0.weight", "m.1.weight", "m.0.bias", "anchors", "proto.cv3.conv.weight"),
    *("ia.0.implicit", "im.0.implicit", "classification_head.cls_logits.weight"),
    *("regression_head.bbox_reg.weight", "duplicate_pooling", "duplicate_pooling_bias"),
    *("fc.W", "fc.b", "arc.weight", "class_embed.weight", "class_embed.bias", "kernel"),
]
SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 4, 6, 12]), max_size=4).map(tuple)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PARTS), SHAPES), st.sampled_from([None, 0, 1, 2, 3, 6]))
def test_whatever_shapes_a_file_has_only_typed_errors_come(shapes, classes):
    arrays = {name: np.ones(shape, "f4") for name, shape in shapes.items()}
    for candidate in rank_heads(tensors(arrays), classes=classes):
        try:
            named = find_head(tensors(arrays), name=candidate.tensor.name, classes=classes)
            templates, bias = load_templates(named)
        except HeadError:
            continue
        assert templates.shape == (candidate.n_classes, candidate.dimension)
        assert bias is None or bias.shape == templates.shape[:1]


# From a file


NAMES = ("tench", "goldfish", "hen", "cock", "junco")


@pytest.fixture
def save(tmp_path):
    def saved(arrays, classes=NAMES):
        path = tmp_path / "model.npz"
        np.savez(path, **arrays, classes=np.array(classes))
        return path

    return saved


def test_a_detector_is_read_with_its_names(save):
    path = save(UNASKED["YOLO"])
    head = read_head(path, head="cv3")
    assert (head.labels, head.dimension, head.tensor) == (NAMES, 12, "22.cv3")
    assert "'classes' in model.npz" in head.names_from


def test_a_file_of_yolov5_is_read_with_its_names():
    path = Path(__file__).parent / "data" / "formats" / "torch_yolov5.pt"
    (weight, bias) = (
        next(
            t.load() for t in open_checkpoint(path).tensors if t.name == f"model.model.1.m.0.{own}"
        )
        for own in ("weight", "bias")
    )
    head = read_head(path, head="model.1.m.0")
    assert head.labels == CLASSES
    assert np.array_equal(head.templates, weight[5:, :, 0, 0])
    assert np.array_equal(head.bias, bias[5:])


def test_a_background_row_of_a_detector_is_left_out(save):
    arrays = {
        **convolution("head.classification_head.cls_logits", 9 * (K + 1), 2, 3),
        **convolution("head.regression_head.bbox_reg", 36, 2, 3),
    }
    head = read_head(save(arrays), head="cls_logits")
    assert head.labels == NAMES
    rows = arrays["head.classification_head.cls_logits.weight"].reshape(9, K + 1, -1)
    expected = rows.transpose(1, 0, 2).reshape(K + 1, -1)[1:]
    assert np.array_equal(head.templates, expected)
    with pytest.raises(LabelError, match="expected 6 class names"):
        read_head(save(arrays, NAMES[:3]), head="cls_logits")


def test_no_object_behind_the_classes_does_not_shift_their_names(save):
    arrays = linear("class_labels_classifier", K + 1)
    head = read_head(save(arrays))
    assert head.labels == NAMES
    assert np.array_equal(head.templates, arrays["class_labels_classifier.weight"][:K])
    assert head.names_from == "'classes' in model.npz"


def test_the_command_lists_composed_heads_and_takes_them_by_name(semdepth, save):
    path = save(UNASKED["YOLO"])
    code, out, err = semdepth("head", path, "--format", "json")
    assert code == 1
    told = {c["name"]: c for c in json.loads(out)["candidates"]}["22.cv3"]
    assert (told["n_classes"], told["dimension"], told["excluded"]) == (K, 12, True)
    assert told["reason"].startswith("made of a detector's 22.cv3.0.2.weight to ")
    assert "22.cv3" in err

    code, out, _ = semdepth("head", path, "--head", "cv3", "--format", "json")
    told = json.loads(out)
    assert (code, told["chosen"]) == (0, "22.cv3")
    assert [c["name"] for c in told["candidates"] if c["chosen"]] == ["22.cv3"]
    assert len(told["candidates"]) == 4

    code, out, _ = semdepth("analyze", path, "--head", "cv3")
    assert code == 0
    assert "22.cv3 (5 x 12)" in out


def test_a_head_that_lacks_the_number_of_classes_says_how_to_give_it(semdepth, tmp_path):
    path = tmp_path / "yolo.npz"
    np.savez(path, **yolo(3 * (5 + K)))
    result = semdepth("analyze", path, "--head", "model.24.m")
    assert fails(result, "expected how many classes model.24.m has", "--labels")
    names = tmp_path / "names.txt"
    names.write_text("\n".join(NAMES))
    code, out, _ = semdepth("analyze", path, "--head", "model.24.m", "--labels", names)
    assert code == 0
    assert "model.24.m (5 x 30)" in out
