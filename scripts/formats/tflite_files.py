"""Writes the canonical head as TensorFlow Lite models: tests/data/formats/tflite_*.tflite.

Needs tensorflow-cpu 2.21.0, in an environment of its own::

    python scripts/formats/tflite_files.py

and then, in another environment (Python 3.11, mediapipe 0.10.14), which packs the labels file
into tflite_int8.tflite as Google's tools do::

    python scripts/formats/tflite_files.py --labels

TensorFlow's converter writes the float, float16, integer, convolution and beyond (buffers behind
the flatbuffer) files. What its converter of today no longer writes, or not for so small a
layer, is set in the parsed model and written back by its own schema: uint8 with the scale 1/64,
int4, a bias without a scale of its own.
"""

import sys

import numpy as np
from stored_head import (
    BIAS,
    CLASSES,
    DIMENSION,
    FOLDER,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    SCALE,
    WEIGHT,
)


def dense_model():
    import keras

    layers = [
        keras.Input((12,), name="features"),
        keras.layers.Dense(DIMENSION, activation="relu", name="hidden"),
        keras.layers.Dense(N_CLASSES, activation="softmax", name="head"),
    ]
    model = keras.Sequential(layers)
    model.set_weights([HIDDEN_WEIGHT.T, HIDDEN_BIAS, WEIGHT.T, BIAS])
    return model


def convolutional_model():
    """The head as a 1 x 1 convolution, averaged over the picture."""
    import keras

    layers = [
        keras.Input((4, 4, 12), name="picture"),
        keras.layers.Conv2D(DIMENSION, 1, activation="relu", name="hidden"),
        keras.layers.Conv2D(N_CLASSES, 1, name="head"),
        keras.layers.GlobalAveragePooling2D(name="mean"),
        keras.layers.Activation("sigmoid", name="scores"),
    ]
    model = keras.Sequential(layers)
    hidden, head = HIDDEN_WEIGHT.T[None, None], WEIGHT.T[None, None]
    model.set_weights([hidden, HIDDEN_BIAS, head, BIAS])
    return model


def product_function():
    """A batch of matrices times the head's (d, n) matrix, then its bias: BATCH_MATMUL, ADD."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((2, 3, DIMENSION), tf.float32)])
    def scores(features):
        hidden = tf.nn.relu(features)
        product = tf.raw_ops.BatchMatMulV2(x=hidden, y=tf.constant(WEIGHT.T[None]))
        return tf.nn.softmax(product + BIAS)

    return scores


def convert(model, **options):
    import tensorflow as tf

    kind = tf.lite.TFLiteConverter
    if hasattr(model, "get_concrete_function"):
        converter = kind.from_concrete_functions([model.get_concrete_function()], model)
    else:
        converter = kind.from_keras_model(model)
    for name, value in options.items():
        setattr(converter, name, value)
    return converter.convert()


def float16(model):
    import tensorflow as tf

    def options(converter):
        converter.target_spec.supported_types = [tf.float16]

    return _optimised(model, options)


def whole_numbers(model, shape):
    """Weights and activations as int8, a scale for each class; biases as int32."""
    import tensorflow as tf

    def samples():
        random = np.random.default_rng(0)
        for _ in range(20):
            yield [random.standard_normal((1, *shape)).astype(np.float32)]

    def options(converter):
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8

    return _optimised(model, options)


def _optimised(model, set_options):
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    set_options(converter)
    return converter.convert()


# Set in the parsed model


def _head_tensors(model):
    graph = model.subgraphs[0]
    code = 9  # FULLY_CONNECTED
    layers = [o for o in graph.operators if model.operatorCodes[o.opcodeIndex].builtinCode == code]
    return graph.tensors, layers[-1]


def requantised(data, numbers, scale, zero_point, kind):
    """The head's weight in other whole numbers, given as raw bytes."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    tensors, layer = _head_tensors(model)
    weight = tensors[layer.inputs[1]]
    weight.type = getattr(schema.TensorType, kind)
    weight.quantization = schema.QuantizationParametersT()
    weight.quantization.scale, weight.quantization.zeroPoint = [scale], [zero_point]
    model.buffers[weight.buffer].data = np.frombuffer(numbers, np.uint8)
    return packed(model)


def without_bias_scale(data):
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    tensors, layer = _head_tensors(model)
    tensors[layer.inputs[2]].quantization = None
    return packed(model)


def packed(model):
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def main():
    dense, convolutional = dense_model(), convolutional_model()
    plain, whole = convert(dense), whole_numbers(dense, (12,))
    levels = (WEIGHT / SCALE).astype(np.int64)  # -50 to 50
    halves = (levels % 16).astype(np.uint8).reshape(-1)  # the lower four bits: -8 to 7
    files = {
        "float": plain,
        "float16": float16(dense),
        "int8": whole,
        "convolution": whole_numbers(convolutional, (4, 4, 12)),
        "product": convert(product_function(), _experimental_disable_batchmatmul_unfold=True),
        "beyond": convert(dense, _experimental_use_buffer_offset=True),
        "uint8": requantised(plain, (levels + 100).astype(np.uint8).tobytes(), SCALE, 100, "UINT8"),
        "int4": requantised(plain, bytes(halves[::2] | halves[1::2] << 4), 0.5, 0, "INT4"),
        "bias": without_bias_scale(whole),
    }
    for name, data in files.items():
        (FOLDER / f"tflite_{name}.tflite").write_bytes(data)


def pack_labels():
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    path = FOLDER / "tflite_int8.tflite"
    writer = metadata_writer.MetadataWriter(path.read_bytes())
    writer.add_feature_input("features")
    labels = metadata_writer.Labels().add(list(CLASSES))
    writer.add_classification_output(labels)
    path.write_bytes(writer.populate()[0])


if __name__ == "__main__":
    pack_labels() if "--labels" in sys.argv else main()
