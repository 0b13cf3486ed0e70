"""The classifier layer: found by its name and place in the families of networks people use."""

import json

import numpy as np
import pytest

from semdepth.errors import AmbiguousHead, HeadError, LabelError, NoHead
from semdepth.head import (
    ClassifierHead,
    OutputLayer,
    StoredTensor,
    find_head,
    load_templates,
    rank_heads,
)
from semdepth.head.evidence import MOST_BESIDE
from semdepth.head.layers import Layer


def network(text, dtype="float32"):
    """Tensors from lines such as ``fc 1000x512 +b``: a name, a shape, and a bias of its rows.

    The name is that of a layer; where it ends in a slash, of the tensor itself.
    """
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, shape, *bias = line.split()
        sizes = tuple(map(int, shape.split("x")))
        full = name.removesuffix("/") if name.endswith("/") else f"{name}.weight"
        found.append(tensor(full, sizes, dtype))
        if bias:
            found.append(tensor(f"{name}.bias", sizes[:1], dtype))
    return found


def tensor(name, shape, dtype="float32"):
    return StoredTensor(name, shape, dtype, lambda: np.ones(shape, "f4"))


def chosen(text, **options):
    """The layer found, with and without trust in the order of the tensors."""
    found = {
        find_head(network(text), keeps_order=order, **options).tensor.name
        for order in (True, False)
    }
    assert len(found) == 1
    return found.pop().removesuffix(".weight")


# Names and shapes of the last layers as the libraries write them, with a little of what is before.
RESNET = """
    conv1 64x3x7x7
    bn1 64 +b
    layer1.0.conv1 64x64x1x1
    layer1.0.conv3 256x64x1x1
    layer1.0.downsample.0 256x64x1x1
    layer4.2.conv3 2048x512x1x1
    layer4.2.bn3 2048 +b
"""
VIT_BLOCK = """
    cls_token/ 1x1x768
    pos_embed/ 1x197x768
    patch_embed.proj 768x3x16x16 +b
    blocks.0.attn.qkv 2304x768 +b
    blocks.0.attn.proj 768x768 +b
    blocks.0.mlp.fc1 3072x768 +b
    blocks.0.mlp.fc2 768x3072 +b
    blocks.11.mlp.fc1 3072x768 +b
    blocks.11.mlp.fc2 768x3072 +b
    norm 768 +b
"""
BERT_BLOCK = """
    bert.embeddings.word_embeddings 30522x768
    bert.embeddings.position_embeddings 512x768
    bert.embeddings.token_type_embeddings 2x768
    bert.encoder.layer.0.attention.self.query 768x768 +b
    bert.encoder.layer.0.attention.output.dense 768x768 +b
    bert.encoder.layer.0.intermediate.dense 3072x768 +b
    bert.encoder.layer.0.output.dense 768x3072 +b
    bert.pooler.dense 768x768 +b
"""
FAMILIES = {
    "resnet": (RESNET + "fc 1000x2048 +b", "fc"),
    "resnet, fine-tuned": (RESNET + "fc 37x2048 +b", "fc"),
    "EfficientNet-PyTorch": ("_conv_head 1280x320x1x1 \n _bn1 1280 +b \n _fc 1000x1280 +b", "_fc"),
    "vgg": (
        "features.28 512x512x3x3 +b \n classifier.0 4096x25088 +b \n classifier.3 4096x4096 +b \n"
        "classifier.6 1000x4096 +b",
        "classifier.6",
    ),
    "alexnet": (
        "features.10 256x256x3x3 +b \n classifier.1 4096x9216 +b \n classifier.4 4096x4096 +b \n"
        "classifier.6 1000x4096 +b",
        "classifier.6",
    ),
    "squeezenet": (
        "features.12.squeeze 64x512x1x1 +b \n features.12.expand1x1 256x64x1x1 +b \n"
        "classifier.1 1000x512x1x1 +b",
        "classifier.1",
    ),
    "densenet": (
        "features.conv0 64x3x7x7 \n features.denseblock1.denselayer1.conv1 128x64x1x1 \n"
        "features.transition1.conv 128x256x1x1 \n classifier 1000x1024 +b",
        "classifier",
    ),
    "mobilenet v2": (
        "features.1.conv.1 16x32x1x1 \n features.18.0 1280x320x1x1 \n classifier.1 1000x1280 +b",
        "classifier.1",
    ),
    "mobilenet v3": (
        "features.12.0 576x96x1x1 \n classifier.0 1024x576 +b \n classifier.3 1000x1024 +b",
        "classifier.3",
    ),
    "efficientnet, torchvision": (
        "features.1.0.block.1.fc1 8x32x1x1 +b \n features.1.0.block.1.fc2 32x8x1x1 +b \n"
        "features.2.0.block.2.fc1 4x96x1x1 +b \n features.2.0.block.2.fc2 96x4x1x1 +b \n"
        "features.8.0 1280x320x1x1 \n classifier.1 1000x1280 +b",
        "classifier.1",
    ),
    "efficientnet, timm": (
        "blocks.0.0.se.conv_reduce 8x32x1x1 +b \n conv_head 1280x320x1x1 \n bn2 1280 +b \n"
        "classifier 1000x1280 +b",
        "classifier",
    ),
    "convnext, torchvision": (
        "features.1.0.block.3 384x96 +b \n features.1.0.block.5 96x384 +b \n classifier.0 768 +b \n"
        "classifier.2 1000x768 +b",
        "classifier.2",
    ),
    "convnext, timm": (
        "stages.0.blocks.0.mlp.fc1 384x96 +b \n stages.0.blocks.0.mlp.fc2 96x384 +b \n"
        "head.norm 768 +b \n head.fc 1000x768 +b",
        "head.fc",
    ),
    "vit, torchvision": (
        "class_token/ 1x1x768 \n encoder.pos_embedding/ 1x197x768 \n"
        "encoder.layers.encoder_layer_0.self_attention.in_proj_weight/ 2304x768 \n"
        "encoder.layers.encoder_layer_0.self_attention.out_proj 768x768 +b \n"
        "encoder.layers.encoder_layer_0.mlp.0 3072x768 +b \n"
        "encoder.layers.encoder_layer_0.mlp.3 768x3072 +b \n heads.head 1000x768 +b",
        "heads.head",
    ),
    "vit, timm": (VIT_BLOCK + "head 1000x768 +b", "head"),
    "vit, timm, with pre_logits": (
        VIT_BLOCK + "pre_logits.fc 768x768 +b \n head 21843x768 +b",
        "head",
    ),
    "vit, Transformers": (
        "vit.embeddings.position_embeddings/ 1x197x768 \n"
        "vit.encoder.layer.0.output.dense 768x3072 +b \n vit.layernorm 768 +b \n"
        "classifier 37x768 +b",
        "classifier",
    ),
    "swin": (
        "layers.0.blocks.0.attn.relative_position_bias_table/ 169x3 \n"
        "layers.0.blocks.0.attn.qkv 288x96 +b \n layers.0.downsample.reduction 192x384 \n"
        "layers.0.blocks.0.mlp.fc1 384x96 +b \n layers.0.blocks.0.mlp.fc2 96x384 +b \n"
        "head.fc 1000x768 +b",
        "head.fc",
    ),
    "inception with its auxiliary head": (
        "Mixed_5b.branch1x1.conv 64x192x1x1 \n AuxLogits.conv0.conv 128x768x1x1 \n"
        "AuxLogits.fc 1000x768 +b \n fc 1000x2048 +b",
        "fc",
    ),
    "googlenet with its auxiliary heads": (
        "inception3a.branch1.conv 64x192x1x1 \n aux1.conv.conv 128x512x1x1 \n"
        "aux1.fc1 1024x2048 +b \n aux1.fc2 1000x1024 +b \n aux2.fc1 1024x2048 +b \n"
        "aux2.fc2 1000x1024 +b \n fc 1000x1024 +b",
        "fc",
    ),
    "bert": (BERT_BLOCK + "classifier 3x768 +b", "classifier"),
    "roberta": (
        BERT_BLOCK + "classifier.dense 768x768 +b \n classifier.out_proj 3x768 +b",
        "classifier.out_proj",
    ),
    "distilbert": (
        "distilbert.embeddings.word_embeddings 30522x768 \n"
        "distilbert.transformer.layer.0.ffn.lin1 3072x768 +b \n"
        "distilbert.transformer.layer.0.ffn.lin2 768x3072 +b \n"
        "pre_classifier 768x768 +b \n classifier 2x768 +b",
        "classifier",
    ),
    "gpt-2 for classification": (
        "transformer.wte 50257x768 \n transformer.wpe 1024x768 \n"
        "transformer.h.0.mlp.c_fc 768x3072 +b \n score 5x768",
        "score",
    ),
    "BiT": (
        "stages.0.blocks.0.conv1 64x64x1x1 \n stages.0.blocks.0.conv3 256x64x1x1 \n norm 2048 +b \n"
        "head.fc 1000x2048x1x1 +b",
        "head.fc",
    ),
    "a perceptron": ("fc1 128x784 +b \n fc2 64x128 +b \n fc3 10x64 +b", "fc3"),
    "an unnamed sequence": ("0 128x784 +b \n 2 64x128 +b \n 4 10x64 +b", "4"),
    "as many inputs as classes": ("fc1 512x10 +b \n fc2 256x512 +b \n fc3 10x256 +b", "fc3"),
    "an odd name, but the only fully connected layer": (RESNET + "wrap_up 10x2048 +b", "wrap_up"),
    "a lone matrix": ("whatever 7x30", "whatever"),
    "a wrapped and compiled network": (
        RESNET.replace("    ", "model._orig_mod.module.") + "model._orig_mod.module.fc 100x2048 +b",
        "model._orig_mod.module.fc",
    ),
    "a network within another": (
        RESNET.replace("    ", "backbone.") + "backbone.fc 37x2048 +b",
        "backbone.fc",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FAMILIES.values(), ids=FAMILIES)
def test_the_head_of_well_known_families(text, expected):
    assert chosen(text) == expected
    assert chosen(text, name=expected) == expected


ALL_MATRICES = {name: text for name, (text, expected) in FAMILIES.items()}


@pytest.mark.parametrize("text", ALL_MATRICES.values(), ids=ALL_MATRICES)
def test_every_candidate_has_a_reason_and_the_chosen_one_is_first(text):
    stored = network(text)
    ranked = rank_heads(stored)
    assert ranked[0] == find_head(stored)
    assert all(candidate.reason for candidate in ranked)
    order = [(candidate.excluded, -candidate.score) for candidate in ranked]
    assert order == sorted(order)


def test_reasons_are_plain_words():
    reasons = {
        c.tensor.name: c.reason
        for c in rank_heads(
            network(FAMILIES["googlenet with its auxiliary heads"][0]), keeps_order=True
        )
    }
    assert reasons["fc.weight"] == (
        "usual name 'fc'; last matrix in the file; bias of the same length; feeds no other layer; "
        "1000 classes = ImageNet-1k"
    )
    assert reasons["aux2.fc2.weight"].startswith("an auxiliary head, used in training only; ")
    reasons = {c.tensor.name: c.reason for c in rank_heads(network(FAMILIES["vgg"][0]))}
    assert reasons["classifier.3.weight"].startswith("a hidden layer, which feeds classifier.6; ")


EQUALS = {
    "deit, distilled": VIT_BLOCK + "head 1000x768 +b \n head_dist 1000x768 +b",
    "deit, Transformers": (
        "deit.layer.0.output.dense 768x3072 +b \n cls_classifier 37x768 +b \n"
        "distillation_classifier 37x768 +b"
    ),
    "two tasks": "trunk 64x100 +b \n heads.0 10x64 +b \n heads.1 20x64 +b",
    "two usual names": "conv 8x3x3x3 \n fc 10x8 +b \n head 12x8 +b",
    "teacher and student": "teacher.head 100x64 +b \n student.head 100x64 +b",
    "two unusual names": "alpha 10x64 +b \n beta 10x32 +b",
}


@pytest.mark.parametrize("text", EQUALS.values(), ids=EQUALS)
def test_equals_are_not_guessed_between(text):
    with pytest.raises(AmbiguousHead):
        find_head(network(text), keeps_order=True)


def test_the_error_lists_the_equals_and_the_way_out():
    with pytest.raises(AmbiguousHead) as error:
        find_head(network(EQUALS["deit, distilled"]))
    assert str(error.value) == (
        "expected one tensor that is clearly the classifier layer, found head.weight (1000 x 768), "
        "head_dist.weight (1000 x 768), and together head+head_dist (1000 x 768); choose with "
        "--head NAME (in Python: head=NAME)"
    )
    assert chosen(EQUALS["deit, distilled"], name="head_dist") == "head_dist"


HEADLESS = {
    "resnet": RESNET,
    "vit": VIT_BLOCK,
    "bert": BERT_BLOCK,
    "squeeze and excitation": (
        "layer1.0.se.fc1 4x64x1x1 +b \n layer1.0.se.fc2 64x4x1x1 +b \n"
        "layer2.0.se.fc1 8x128x1x1 +b \n layer2.0.se.fc2 128x8x1x1 +b"
    ),
    "a projection behind a norm": (
        RESNET + "head.classifier.0 1280x2048 \n head.classifier.1 1280 +b"
    ),
}


@pytest.mark.parametrize("text", HEADLESS.values(), ids=HEADLESS)
def test_a_network_without_its_head_gets_none(text):
    for order in (True, False):
        with pytest.raises((AmbiguousHead, NoHead)):
            find_head(network(text), keeps_order=order)


def test_embeddings_alone_are_no_head():
    text = "embeddings.word_embeddings 30522x768 \n wte 50257x768 \n token_embd 100x64"
    with pytest.raises(NoHead) as error:
        find_head(network(text))
    assert str(error.value) == (
        "expected a matrix with one row per class, found 3 tensors of other kinds "
        "(embeddings.word_embeddings.weight 30522x768, wte.weight 50257x768, "
        "token_embd.weight 100x64); pass the file that holds the last layer too"
    )


def test_no_matrix_at_all():
    with pytest.raises(NoHead, match=r"found 1 tensors of other kinds \(conv\.weight 8x3x3x3\);"):
        find_head(network("conv 8x3x3x3"))
    with pytest.raises(NoHead, match="found no tensors; pass the file"):
        find_head([])


def test_an_auxiliary_head_is_never_chosen_unasked():
    text = "conv 8x3x3x3 \n aux_classifier.4 21x256x1x1 +b"
    with pytest.raises(NoHead) as error:
        find_head(network(text), classes=21)
    assert str(error.value).startswith(
        "expected a matrix with one row per class, found only aux_classifier.4.weight (21 x 256): "
        "an auxiliary head, used in training only; "
    )
    assert str(error.value).endswith("; choose one with --head NAME (in Python: head=NAME)")
    assert chosen(text, name="aux_classifier.4") == "aux_classifier.4"


def test_optimizer_states_are_no_candidates():
    text = """
        state_dict.conv 8x3x3x3
        state_dict.fc 10x8 +b
        optimizer.state.0.exp_avg/ 10x8
        optimizer.state.0.exp_avg_sq/ 10x8
        optimizer_states.0.state.1.momentum_buffer/ 10x8
    """
    ranked = rank_heads(network(text))
    assert [candidate.tensor.name for candidate in ranked] == ["state_dict.fc.weight"]


@pytest.mark.parametrize("container", ["ema", "state_dict_ema", "model_ema", "ema_model.module"])
def test_an_averaged_copy_stands_behind_the_weights(container):
    text = f"{container}.fc 10x8 +b \n state_dict.fc 10x8 +b"
    first, second = rank_heads(network(text))
    assert first.tensor.name == "state_dict.fc.weight"
    assert second.excluded
    assert second.reason.startswith("an averaged copy (EMA) of state_dict.fc.weight; ")
    assert chosen(f"{container}.fc 10x8 +b") == f"{container}.fc"


def test_whole_numbers_are_no_weights():
    with pytest.raises(NoHead):
        find_head(network("fc 10x8", dtype="int64"))
    assert find_head(network("fc 10x8", dtype="bfloat16")).n_classes == 10


# Shapes that hidden layers have


@pytest.mark.parametrize("shape", ["512x2048", "48x48"])
def test_a_shape_that_hidden_layers_have_is_not_taken_unasked(shape):
    # What is left of a network whose last layer was cut off looks so, and so does its classifier.
    text = RESNET + f"fc {shape} +b"
    rows, columns = shape.split("x")
    with pytest.raises(AmbiguousHead) as error:
        find_head(network(text))
    assert str(error.value) == (
        "expected one tensor that is clearly the classifier layer, found fc.weight "
        f"({rows} x {columns}), which may be a hidden layer by its shape; choose with --head NAME "
        "(in Python: head=NAME), or give the names of the classes"
    )
    assert chosen(text, classes=int(rows)) == "fc"
    assert chosen(text, name="fc") == "fc"


def test_the_number_of_classes_does_not_make_a_classifier_of_any_hidden_layer():
    text = RESNET + "layer4.2.conv1 512x2048x1x1"
    with pytest.raises(AmbiguousHead):
        find_head(network(text), classes=512)


def test_a_matrix_alone_in_its_file_needs_no_proof():
    assert chosen("head 512x768 +b") == "head"


def test_embeddings_of_labels_are_none_and_detr_s_class_embed_is_one():
    text = BERT_BLOCK + "decoder.label_class_embed 92x256 \n decoder.class_embed 92x256 +b"
    assert chosen(text) == "decoder.class_embed"
    listed = {candidate.tensor.name for candidate in rank_heads(network(text))}
    assert "decoder.label_class_embed.weight" not in listed


def test_what_a_detector_gives_beside_classes_is_not_taken_unasked():
    text = "stem 8x3x3x3 \n class_labels_classifier 92x256 +b \n bbox_predictor.layers.2 4x256 +b"
    assert chosen(text) == "class_labels_classifier"
    boxes = rank_heads(network(text))[1]
    assert boxes.excluded
    assert boxes.reason.startswith("by its name, what a detector gives beside classes; ")


# The number of classes


def test_the_number_of_classes_decides_between_equals():
    text = EQUALS["two tasks"]
    assert chosen(text, classes=20) == "heads.1"
    assert chosen(text, classes=10) == "heads.0"


def test_a_background_class_counts_as_a_fit():
    assert chosen("fc 1001x8 +b \n head 500x8 +b", classes=1000) == "fc"


def test_labels_of_another_number_do_not_hide_the_head():
    # 512 classes: not the 1 x 1 convolution that happens to have as many rows.
    text = RESNET + "layer3.0.conv3 512x128x1x1 \n fc 1000x2048 +b"
    assert chosen(text, classes=512) == "fc"
    found = find_head(network(text), classes=512)
    assert "1000 rows where 512 classes are expected" in found.reason


# Where the file holds the network's graph


# "fc" has the usual name and ImageNet's size; the graph's output is another.
ODD_GRAPH = "stem 8x3x3x3 \n fc 1000x8 +b \n onnx::MatMul_91/ 1000x64 \n other 64x8 \n bias_7/ 1000"


def graph(*outputs):
    """Output layers from lines such as ``weight bias``, the bias left out where there is none."""
    layers = (output.split() for output in outputs)
    return [
        OutputLayer(weight, bias[0] if bias else None, f"output_{i}")
        for i, (weight, *bias) in enumerate(layers)
    ]


@pytest.mark.parametrize("keeps_order", [True, False])
def test_the_layer_before_the_only_output_is_the_head_whatever_its_name(keeps_order):
    found = find_head(
        network(ODD_GRAPH),
        keeps_order=keeps_order,
        output_layers=graph("onnx::MatMul_91 bias_7"),
    )
    assert found.tensor.name == "onnx::MatMul_91"
    assert "the stored graph's last layer before output 'output_0'" in found.reason


def test_the_graph_tells_the_bias():
    told = find_head(network(ODD_GRAPH), output_layers=graph("onnx::MatMul_91 bias_7"))
    assert told.bias.name == "bias_7"
    # A bias that the name suggests is none if the graph adds none.
    told = find_head(network(ODD_GRAPH), output_layers=graph("fc.weight"))
    assert (told.tensor.name, told.bias) == ("fc.weight", None)


def test_layers_before_no_output_are_not_taken_unasked():
    stored, output = network(ODD_GRAPH), graph("onnx::MatMul_91")
    first, *others = rank_heads(stored, output_layers=output)
    assert not first.excluded
    assert len(others) == 2
    for other in others:
        assert other.excluded
        assert other.reason.startswith("not the last layer before an output of the stored graph; ")


def test_several_outputs_are_not_guessed_between():
    outputs = graph("fc.weight fc.bias", "onnx::MatMul_91 bias_7")
    with pytest.raises(AmbiguousHead) as error:
        find_head(network(ODD_GRAPH), output_layers=outputs)
    assert "fc.weight (1000 x 8)" in str(error.value)
    assert "onnx::MatMul_91 (1000 x 64)" in str(error.value)


def test_of_several_outputs_the_number_of_classes_decides():
    text = "boxes_out 4x64 +b \n scores_out 91x64 +b"
    outputs = graph("boxes_out.weight boxes_out.bias", "scores_out.weight scores_out.bias")
    found = find_head(network(text), output_layers=outputs, classes=91)
    assert found.tensor.name == "scores_out.weight"


def test_the_user_may_name_a_layer_that_is_no_output():
    found = find_head(network(ODD_GRAPH), name="other", output_layers=graph("onnx::MatMul_91"))
    assert (found.tensor.name, found.reason) == ("other.weight", "named by the user")


# By name


def test_a_name_may_lack_wrappers_and_weight():
    text = "state_dict.module.fc 10x8 +b \n state_dict.module.conv 8x4x1x1 \n ema.fc 10x8 +b"
    for name in ("fc", "fc.weight", "module.fc", "state_dict.module.fc.weight"):
        assert chosen(text, name=name) == "state_dict.module.fc"
    assert chosen(text, name="ema.fc.weight") == "ema.fc"


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(HeadError) as error:
        find_head(network("classifier 10x8 +b \n conv 8x3x3x3"), name="clasifier")
    assert str(error.value) == (
        "expected the name of a tensor in the file, found 'clasifier', which none has; "
        "the nearest are classifier.weight"
    )
    with pytest.raises(HeadError, match=r"the nearest are fc\.weight$"):
        find_head(network("fc 10x8"), name="zzzzzzzzzzzz")


def test_a_name_of_several_tensors():
    with pytest.raises(AmbiguousHead) as error:
        find_head(network("model.fc 10x8 \n module.fc 10x8"), name="fc")
    assert str(error.value) == (
        "expected one tensor 'fc', found model.fc.weight, module.fc.weight; give a full name"
    )


def test_a_name_of_something_else_than_a_matrix():
    with pytest.raises(HeadError) as error:
        find_head(network("fc 10x8 +b"), name="fc.bias")
    assert str(error.value) == (
        "expected a matrix with one row per class, found fc.bias of shape 10; choose another tensor"
    )


# Its numbers


@pytest.mark.parametrize(
    ("shape", "axis", "expected"),
    [
        ((5, 4), 0, (5, 4)),
        ((4, 5), 1, (5, 4)),
        ((5, 4, 1, 1), 0, (5, 4)),
        ((5, 4, 1, 1, 1), 0, (5, 4)),
        ((1, 1, 4, 5), 3, (5, 4)),
    ],
)
def test_templates_have_one_row_per_class(shape, axis, expected):
    values = np.arange(20.0).reshape(shape)
    rows = np.moveaxis(values, axis, 0).reshape(expected)
    stored = [
        StoredTensor("fc.weight", shape, "float64", lambda: values, axis),
        StoredTensor("fc.bias", (5,), "float64", lambda: np.arange(5.0)),
    ]
    found = find_head(stored)
    assert (found.n_classes, found.dimension) == expected
    templates, bias = load_templates(found)
    np.testing.assert_array_equal(templates, rows)
    np.testing.assert_array_equal(bias, np.arange(5.0))


@pytest.mark.parametrize("shape", [(8, 3, 3, 3), (8,), (1, 8), (8, 1), (8, 1, 1, 1), (2, 1, 8), ()])
def test_other_shapes_are_no_layers(shape):
    with pytest.raises(NoHead):
        find_head([tensor("fc.weight", shape)])


def test_numbers_of_another_shape_than_announced():
    stored = StoredTensor("fc.weight", (5, 4), "float32", lambda: np.zeros((4, 5)))
    with pytest.raises(HeadError, match=r"expected fc\.weight of shape \(5, 4\), found \(4, 5\)"):
        load_templates(find_head([stored]))


@pytest.mark.parametrize(
    ("weight", "bias"),
    [("fc.weight", "fc.bias"), ("weight", "bias"), ("fc_weight", "fc_bias"), ("W", "W.bias")],
)
def test_the_bias_is_found_by_name_and_length(weight, bias):
    found = find_head([tensor(weight, (5, 4)), tensor(bias, (5,))])
    assert found.bias.name == bias
    assert find_head([tensor(weight, (5, 4)), tensor(bias, (4,))]).bias is None


# ClassifierHead


def head(**changes):
    given = {
        "labels": ("cat", "dog", "car"),
        "templates": np.array([[1, 2], [3, 4], [5, 6.5]], "f4"),
        "tensor": "fc.weight",
        "bias": np.array([0.1, 0.2, 0.3], "f4"),
        "ids": ("n02121620", "n02084071", None),
        "names_from": "a test",
    }
    return ClassifierHead(**(given | changes))


def test_a_head_keeps_its_numbers_and_protects_them():
    given = np.array([[1, 2], [3, 4], [5, 6.5]], "f2")
    made = head(templates=given)
    given[0, 0] = 9
    assert made.templates.dtype == np.float16
    assert made.templates[0, 0] == 1
    assert (made.n_classes, made.dimension) == (3, 2)
    with pytest.raises(ValueError, match="read-only"):
        made.templates[0, 0] = 9
    assert head(templates=np.ones((3, 2), int)).templates.dtype == np.float64


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"labels": ("cat", "dog")},
            LabelError,
            "expected 3 class names, one for each row of fc.weight, found 2; give as many names as "
            "rows",
        ),
        (
            {"labels": ("cat", "dog", "cat")},
            LabelError,
            "expected every class name once, found 'cat' at 0 and 2 (counting from 0) in "
            "fc.weight; rename one of them",
        ),
        (
            {"ids": ("a",)},
            LabelError,
            "expected 3 ids, one for each class, found 1; give one a class",
        ),
        (
            {"bias": np.zeros(2)},
            HeadError,
            "expected 3 bias numbers, one for each class, found 2; give one a class",
        ),
        (
            {"templates": np.ones((1, 4)), "labels": ("cat",)},
            HeadError,
            "expected templates of at least 2 classes, found 1 x 4; choose another tensor",
        ),
        (
            {"templates": np.ones((3, 2, 1))},
            HeadError,
            "expected templates as floating-point numbers with 2 axes, found float64 of shape "
            "(3, 2, 1); choose another tensor",
        ),
        (
            {"templates": np.ones((3, 2), complex)},
            HeadError,
            "expected templates as floating-point numbers with 2 axes, found complex128 of shape "
            "(3, 2); choose another tensor",
        ),
    ],
)
def test_what_makes_no_head(changes, kind, message):
    with pytest.raises(kind) as error:
        head(**changes)
    assert str(error.value) == message


def test_selecting_classes_by_label_or_id():
    part = head().select(["car", "n02121620"])
    assert part.labels == ("car", "cat")
    assert part.ids == (None, "n02121620")
    np.testing.assert_array_equal(part.templates, np.array([[5, 6.5], [1, 2]], "f4"))
    np.testing.assert_array_equal(part.bias, np.array([0.3, 0.1], "f4"))
    assert head(ids=None, bias=None).select(["dog", "cat"]).labels == ("dog", "cat")


def test_selecting_what_is_not_there():
    with pytest.raises(LabelError) as error:
        head().select(["cat", "cow", "pig"])
    assert str(error.value) == (
        "expected labels or ids of the head's 3 classes, found 2 that it does not have: "
        "'cow', 'pig'; check the spelling"
    )
    with pytest.raises(LabelError, match=r"found 'n1' on several \(cat, dog\); name those classes"):
        head(ids=("n1", "n1", "n2")).select(["n1", "n2"])


def test_to_dict_and_back_is_exact():
    made = head(labels=("cat <b>", "\u732b", "a,b\n"), templates=np.full((3, 2), 0.1, "f4"))
    again = ClassifierHead.from_dict(json.loads(json.dumps(made.to_dict())))
    np.testing.assert_array_equal(again.templates, made.templates, strict=True)
    np.testing.assert_array_equal(again.bias, made.bias, strict=True)
    assert (again.labels, again.ids, again.tensor) == (made.labels, made.ids, made.tensor)
    assert again.names_from == made.names_from
    assert ClassifierHead.from_dict(head(bias=None, ids=None).to_dict()).bias is None


def test_a_short_repr_and_a_safe_html_one():
    made = head(labels=("<b>cat", "dog", "car"))
    assert repr(made) == "ClassifierHead(3 classes x 2, tensor 'fc.weight')"
    assert "&lt;b&gt;cat" in made._repr_html_()
    assert "<b>" not in made._repr_html_()


def test_a_great_many_layers_in_one_container_are_compared_with_few(monkeypatch):
    compared = []
    feeds = Layer.feeds
    monkeypatch.setattr(Layer, "feeds", lambda *two: compared.append(two) or feeds(*two))
    crowd = [tensor(f"layer{i}.weight", (64, 64)) for i in reversed(range(1000))]
    with pytest.raises(AmbiguousHead):
        find_head(crowd)
    assert len(compared) <= 2 * 1000 * MOST_BESIDE
