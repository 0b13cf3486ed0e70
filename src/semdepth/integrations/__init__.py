"""Follows Similarity Depth and compliance from within the training loops of other libraries.

::

    torchmetrics.py   SemanticMetric: compliance and depth as a metric of TorchMetrics
    lightning.py      SemanticDepthCallback for Lightning
    transformers.py   SemanticDepthCallback for Hugging Face's Trainer
    keras.py          SemanticDepthCallback for Keras
    watch.py          Watch: what the four have in common
    torch_counts.py   counts predictions where they lie, on the device

Each module imports its library; semdepth imports none of them.
"""
