"""Where the names of each known list were taken from (scripts/build_labels.py)."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

Take = Callable[[str], list[str]]


@dataclass(frozen=True)
class Package:
    """A file inside a package; ``take`` finds the names in its text."""

    package: str
    version: str
    licence: str
    member: str
    take: Take

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    def __str__(self) -> str:
        return f"{self.package} {self.version} ({self.licence}), {self.member}"


@dataclass(frozen=True)
class PublicFile:
    """A file of a public repository."""

    repository: str
    commit: str
    licence: str
    path: str
    take: Take

    def __str__(self) -> str:
        return f"github.com/{self.repository} ({self.licence}), {self.path}"


@dataclass(frozen=True)
class Listed:
    """A known list; ``agree`` compares its names with those of a second source."""

    title: str
    source: Package | PublicFile
    order: str
    concepts: str
    checked_with: tuple[Package, ...] = ()
    agree: Callable[[list[str], list[str]], bool] = list.__eq__


# How names are found in a file


def assigned(variable: str, text: str) -> list[str]:
    """The literal that a Python file assigns to a variable, "NAME" or "Class.name"."""
    owner, _, variable = variable.rpartition(".")
    tree = ast.parse(text)
    for node in ast.walk(tree if not owner else _class(tree, owner)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", None) == variable for target in targets):
            return [name.strip() for name in ast.literal_eval(node.value)]
    raise LookupError(variable)


def _class(tree: ast.Module, name: str) -> ast.ClassDef:
    found = (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == name)
    return next(found)


def returned(function: str, text: str) -> list[str]:
    """The literal that a function of a Python file returns."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            literal = next(n.value for n in ast.walk(node) if isinstance(n, ast.Return))
            return [name.strip() for name in ast.literal_eval(literal)]
    raise LookupError(function)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def without(dropped: set[str], take: Take, text: str) -> list[str]:
    return [name for name in take(text) if name not in dropped]


def first_synonyms(take: Take, text: str) -> list[str]:
    return [name.split(",")[0].strip() for name in take(text)]


def dictionary_keys(variable: str, field: str, text: str) -> list[str]:
    """One field of a list of dictionaries, in the order of their "id"."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and node.targets[0].id == variable:
            entries = ast.literal_eval(node.value)
            return [entry[field] for entry in sorted(entries, key=lambda entry: entry["id"])]
    raise LookupError(variable)


def categories(text: str) -> list[str]:
    """COCO's annotation format."""
    found = sorted(json.loads(text)["categories"], key=lambda category: category["id"])
    return [category["name"] for category in found]


def notebook_list(variable: str, text: str) -> list[str]:
    """The literal list that a notebook's cell assigns to a variable."""
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    start = f"{variable} = ["
    line = next(row for cell in cells for row in cell.split("\n") if row.startswith(start))
    return ast.literal_eval(line.removeprefix(f"{variable} = "))


def same_set(ours: list[str], theirs: list[str]) -> bool:
    return sorted(ours) == sorted(theirs)


def part_of(ours: list[str], theirs: list[str]) -> bool:
    return set(ours) <= set(theirs)


# The packages

_timm = partial(Package, "timm", "1.0.31", "Apache-2.0")
_nbdt = partial(Package, "nbdt", "0.0.4", "MIT by its repository")
_mmpretrain = partial(
    Package, "mmpretrain", "1.2.0", "Apache-2.0", "mmpretrain/datasets/categories.py"
)
_torchvision = partial(Package, "torchvision", "0.29.2", "BSD-3-Clause")
_tfds = partial(Package, "tensorflow-datasets", "4.9.10", "Apache-2.0")
_mmdet = partial(
    Package, "mmdet", "3.3.0", "Apache-2.0", "mmdet/evaluation/functional/class_names.py"
)
_mmseg = partial(Package, "mmsegmentation", "1.2.2", "Apache-2.0", "mmseg/utils/class_names.py")
_gluoncv = partial(Package, "gluoncv", "0.10.5.post0", "Apache-2.0")
_detectron2 = partial(Package, "sal-detectron2", "0.7.2", "Apache-2.0")
_TFDS = "tensorflow_datasets/"

# What the index says of orders and concepts

_IDS = "the names are WordNet ids"
_BY_HAND = "by hand, by reading the glosses of every sense"
_FOLDERS = "sorted names of the folders"
_SORTED_IDS = "sorted WordNet ids"
_LATIN = "a species whose scientific name is a word of WordNet; of two senses, by hand"

_IMAGENETTE = set(
    """
    n01440764 n02102040 n02979186 n03000684 n03028079
    n03394916 n03417042 n03425413 n03445777 n03888257
    """.split()
)


def _wordnet_ids(title: str, source: Package, order: str, *checked: Package) -> Listed:
    return Listed(title, source, order, _IDS, checked)


def _synsets(member: str) -> Package:
    return _timm(f"timm/data/_info/{member}_synsets.txt", lines)


LISTS = {
    "ade20k": Listed(
        "ADE20K, scene parsing",
        _mmseg(partial(returned, "ade_classes")),
        "the benchmark's ids 1 to 150",
        _BY_HAND,
        (
            _gluoncv(
                "gluoncv/data/ade20k/segmentation.py",
                partial(first_synonyms, partial(assigned, "CLASSES")),
            ),
        ),
    ),
    "caltech-101": Listed(
        "Caltech-101",
        _mmpretrain(
            partial(without, {"BACKGROUND_Google"}, partial(assigned, "CALTECH101_CATEGORIES"))
        ),
        f"{_FOLDERS} without BACKGROUND_Google, as in torchvision",
        _BY_HAND,
        (
            _tfds(
                f"{_TFDS}image_classification/caltech101_labels.txt",
                partial(without, {"background_google"}, lines),
            ),
        ),
        same_set,
    ),
    "caltech-256": Listed(
        "Caltech-256, and last its clutter",
        PublicFile(
            "aws/amazon-sagemaker-examples",
            "03680cabed55343e1e95ea58343e64775cfc27cd",
            "Apache-2.0",
            "introduction_to_amazon_algorithms/imageclassification_caltech/"
            "Image-classification-fulltraining.ipynb",
            partial(notebook_list, "object_categories"),
        ),
        "the folders' numbers 001 to 257",
        _BY_HAND,
    ),
    "cifar-10": Listed(
        "CIFAR-10",
        _mmpretrain(partial(assigned, "CIFAR10_CATEGORIES")),
        "the data set's own",
        "nbdt 0.0.4 (MIT by its repository), nbdt/wnids/CIFAR10.txt; read against their glosses",
    ),
    "cifar-100": Listed(
        "CIFAR-100",
        _mmpretrain(partial(assigned, "CIFAR100_CATEGORIES")),
        "the data set's own, alphabetical",
        "nbdt 0.0.4 (MIT by its repository), nbdt/wnids/CIFAR100.txt; read against their "
        "glosses, and seven mended",
    ),
    "coco-80": Listed(
        "COCO, the 80 classes of detection",
        _torchvision(
            "torchvision/models/_meta.py",
            partial(without, {"__background__", "N/A"}, partial(assigned, "_COCO_CATEGORIES")),
        ),
        "rising category ids, their gaps left out",
        _BY_HAND,
        (_mmdet(partial(returned, "coco_classes")),),
    ),
    "cub-200": Listed(
        "Caltech-UCSD Birds 200-2011",
        _mmpretrain(partial(assigned, "CUB_CATEGORIES")),
        "the folders' numbers 001 to 200",
        _BY_HAND,
    ),
    "dtd": Listed(
        "Describable Textures",
        _mmpretrain(partial(assigned, "DTD_CATEGORIES")),
        _FOLDERS,
        "none: the names are adjectives",
        (_tfds(f"{_TFDS}image_classification/dtd_key_attributes.txt", lines),),
    ),
    "eurosat": Listed(
        "EuroSAT, land use",
        _tfds(f"{_TFDS}image_classification/eurosat.py", partial(assigned, "_LABELS")),
        _FOLDERS,
        _BY_HAND,
    ),
    "fashion-mnist": Listed(
        "Fashion-MNIST",
        _mmpretrain(partial(assigned, "FASHIONMNIST_CATEGORITES")),
        "the data set's labels 0 to 9",
        _BY_HAND,
        (_torchvision("torchvision/datasets/mnist.py", partial(assigned, "FashionMNIST.classes")),),
    ),
    "flowers-102": Listed(
        "Oxford Flowers 102",
        _torchvision("torchvision/datasets/flowers102.py", partial(assigned, "Flowers102.classes")),
        "the data set's labels 1 to 102",
        _BY_HAND,
        (
            _tfds(
                f"{_TFDS}datasets/oxford_flowers102/oxford_flowers102_dataset_builder.py",
                partial(assigned, "_NAMES"),
            ),
        ),
    ),
    "food-101": Listed(
        "Food-101",
        _tfds(f"{_TFDS}image_classification/food-101_classes.txt", lines),
        _FOLDERS,
        _BY_HAND,
        (_mmpretrain(partial(assigned, "FOOD101_CATEGORIES")),),
    ),
    "imagenet-12k": _wordnet_ids("ImageNet-12k", _synsets("imagenet12k"), _SORTED_IDS),
    "imagenet-1k": _wordnet_ids(
        "ImageNet-1k (ILSVRC 2012)",
        _synsets("imagenet"),
        _SORTED_IDS,
        _nbdt("nbdt/wnids/Imagenet1000.txt", lines),
        _tfds(f"{_TFDS}datasets/imagenet2012/labels.txt", lines),
    ),
    "imagenet-21k": _wordnet_ids(
        "ImageNet-21k as in Google's models", _synsets("imagenet21k_goog"), _SORTED_IDS
    ),
    "imagenet-21k-p": _wordnet_ids("ImageNet-21k-P", _synsets("imagenet21k_miil"), _SORTED_IDS),
    "imagenet-22k": _wordnet_ids("ImageNet-22k", _synsets("imagenet22k"), _SORTED_IDS),
    "imagenet-a": _wordnet_ids("ImageNet-A", _synsets("imagenet_a"), _SORTED_IDS),
    "imagenet-r": _wordnet_ids("ImageNet-R", _synsets("imagenet_r"), _SORTED_IDS),
    "imagenette": _wordnet_ids(
        "Imagenette",
        _tfds(f"{_TFDS}image_classification/imagenette_labels.txt", lines),
        _SORTED_IDS,
    ),
    "imagewoof": _wordnet_ids(
        "Imagewoof, ten breeds of dogs",
        _tfds(
            f"{_TFDS}image_classification/imagewang_labels.txt",
            # Imagewang is Imagenette and Imagewoof together.
            lambda text: sorted(set(lines(text)) - _IMAGENETTE),
        ),
        _SORTED_IDS,
    ),
    "inaturalist-2017": Listed(
        "iNaturalist 2017, species and subspecies",
        _tfds(f"{_TFDS}image_classification/inaturalist_labels.txt", lines),
        "the source's",
        _LATIN,
    ),
    "inaturalist-2018": Listed(
        "iNaturalist 2018, species",
        _tfds(f"{_TFDS}image_classification/i_naturalist2018/inaturalist2018_labels.txt", lines),
        "the source's",
        _LATIN,
    ),
    "inaturalist-birds": Listed(
        "iNaturalist's birds as in Coral's classifiers, and last background",
        PublicFile(
            "google-coral/test_data",
            "104342d2d3480b3e66203073dac24f4e2dbb4c41",
            "Apache-2.0",
            "inat_bird_labels.txt",
            lines,
        ),
        "the models' outputs",
        _LATIN,
    ),
    "lvis": Listed(
        "LVIS v1",
        _detectron2(
            "detectron2/data/datasets/lvis_v1_categories.py",
            partial(dictionary_keys, "LVIS_CATEGORIES", "name"),
        ),
        "category ids 1 to 1203",
        "the data set's own synsets, from the same file; three are mended, and one is lacking "
        "in WordNet",
        (_tfds(f"{_TFDS}datasets/lvis/classes.txt", lines),),
    ),
    "mini-imagenet": _wordnet_ids("Mini-ImageNet", _synsets("mini_imagenet"), _SORTED_IDS),
    "mnist": Listed(
        "MNIST, the digits",
        _torchvision("torchvision/datasets/mnist.py", partial(assigned, "MNIST.classes")),
        "the digits",
        _BY_HAND,
        (_mmpretrain(partial(assigned, "MNIST_CATEGORITES")),),
    ),
    "oxford-pets": Listed(
        "Oxford-IIIT Pets",
        _tfds(
            f"{_TFDS}datasets/oxford_iiit_pet/oxford_iiit_pet_dataset_builder.py",
            partial(assigned, "_LABEL_CLASSES"),
        ),
        "the data set's class ids 1 to 37",
        _BY_HAND,
        (
            Package(
                "clip-benchmark",
                "1.6.2",
                "MIT",
                "clip_benchmark/datasets/en_classnames.json",
                lambda text: json.loads(text)["pets"],
            ),
        ),
    ),
    "pascal-voc": Listed(
        "Pascal VOC",
        _torchvision(
            "torchvision/models/_meta.py",
            partial(without, {"__background__"}, partial(assigned, "_VOC_CATEGORIES")),
        ),
        "alphabetical, the background left out",
        _BY_HAND,
        (
            _mmpretrain(partial(assigned, "VOC2007_CATEGORIES")),
            _gluoncv("gluoncv/data/pascal_voc/detection.py", partial(assigned, "CLASSES")),
        ),
    ),
    "places365": Listed(
        "Places365, scenes",
        _tfds(f"{_TFDS}image_classification/categories_places365.txt", lines),
        "the data set's labels 0 to 364",
        _BY_HAND,
        (_tfds(f"{_TFDS}datasets/placesfull/categories.txt", lines),),
        part_of,
    ),
    "stanford-cars": Listed(
        "Stanford Cars",
        _mmpretrain(partial(assigned, "STANFORDCARS_CATEGORIES")),
        "the data set's labels 1 to 196",
        "the body style in the name, which is the finest that WordNet has",
        (_tfds(f"{_TFDS}image_classification/cars196.py", partial(assigned, "_NAMES")),),
    ),
    "stanford-dogs": Listed(
        "Stanford Dogs",
        PublicFile(
            "Koorye/stanford-dogs2coco",
            "0dd9f992fbff10f9d4405f3ab56d0517b85ca2e8",
            "no licence named",
            "instances_test.json",
            categories,
        ),
        "the data set's labels 1 to 120",
        "ImageNet's ids, which the data set's folders carry",
    ),
    "sun397": Listed(
        "SUN397, scenes",
        _tfds(
            f"{_TFDS}image_classification/sun397_labels.txt",
            # "/a/abbey": the folders are sorted into folders by their first letters.
            lambda text: [line[3:] for line in lines(text)],
        ),
        "the data set's ClassName.txt",
        _BY_HAND,
        (_mmpretrain(partial(assigned, "SUN397_CATEGORIES")),),
    ),
    "tiny-imagenet-200": _wordnet_ids(
        "Tiny-ImageNet-200", _nbdt("nbdt/wnids/TinyImagenet200.txt", lines), "wnids.txt"
    ),
}
