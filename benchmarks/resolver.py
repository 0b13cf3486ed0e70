"""How many class names are placed on the concept that a hand-checked key has for them.

    python benchmarks/resolver.py [IMAGENET_NAMES]

Reads the key from the known lists in the repository. The resolver's numbers were fitted
(scripts/fit_resolver.py) on other lists: ADE20K, Caltech-101, CIFAR-10, EuroSAT, Flowers-102, LVIS,
Oxford Pets, Places365, Stanford Dogs, SUN397. IMAGENET_NAMES is a file of ImageNet-1k's 1000
printed names in order (a first line "background" is left out), or a TFLite model that brings one.

A class counts as right if it is placed at the key's concept ("at"), or by its head noun at one
above it ("at or above"); a class whose key has no concept, if it stays unplaced. Three ways are
compared: the first sense of WordNet, each name by itself, all names together. The second table is
of lists of one kind: all classes of a list below one concept, 5 to 40 of them, each such list once.
"""

import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from semdepth.labels import known_list, label_set, resolve
from semdepth.labels.candidates import ancestors_of, candidates_of
from semdepth.labels.words import taken_apart
from semdepth.wordnet import wordnet_nouns

TESTED = ("cifar-100", "coco-80", "caltech-256", "food-101", "pascal-voc", "fashion-mnist")
OF_A_KIND = ("cifar-100", "coco-80", "caltech-256", "food-101", "cub-200", "imagenet-1k")
EDGES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


def keyed(name):
    """The names of a known list, and the key's concept id of each (None: none)."""
    return [(known.name, known.id) for known in known_list(name).classes]


def printed_names(path):
    """ImageNet-1k's names from a file or from a model's metadata, with ids."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            text = archive.read("labels.txt").decode()
    else:
        text = Path(path).read_text(encoding="utf-8")
    names = [line.strip() for line in text.splitlines() if line.strip()]
    names = names[1:] if names[0] == "background" else names
    return list(zip(names, label_set("imagenet-1k").ids, strict=True))


def judged(resolved, key):
    """Whether a class is at the key's concept, and whether at that or, by its head, above it."""
    found = None if resolved.concept is None else resolved.concept.id
    if found is None or key is None:
        return (found == key,) * 2
    nouns = wordnet_nouns()
    above = nouns.index(found) in ancestors_of(nouns.index(key))
    return found == key, found == key or (above and "head noun" in resolved.reason)


def first_senses_right(classes):
    """The share right if each name had the first sense of its noun."""
    right = 0
    for name, key in classes:
        senses = candidates_of(taken_apart(name)).senses
        first = min(senses, key=lambda sense: (sense.missed, sense.rank), default=None)
        right += (first and wordnet_nouns().ids[first.concept]) == key
    return right / len(classes)


def measure(classes):
    """Shares right and placed, by itself and together; and (confidence, right) of each class."""
    names = [name for name, _ in classes]
    row = [len(classes), first_senses_right(classes)]
    for together in (False, True):
        everywhere = resolve(names, together=together, min_confidence=0.0)
        verdicts = [judged(r, key) for r, (_, key) in zip(everywhere, classes, strict=True)]
        row += np.mean(verdicts, axis=0).tolist()
    placed = [r.confidence >= 0.5 for r in everywhere]
    row += [np.mean(placed), np.mean([v[1] for v, p in zip(verdicts, placed, strict=True) if p])]
    said = [
        (r.confidence, v[1]) for r, v in zip(everywhere, verdicts, strict=True) if r.alternatives
    ]
    return row, said


def print_reliability(said):
    confidence, right = (np.array(column, dtype=float) for column in zip(*said, strict=True))
    print("\nconfidence      classes  mean said  right")
    for low, high in pairwise(EDGES):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            said_mean, share = confidence[inside].mean(), right[inside].mean()
            print(f"{low:.2f} to {high:.2f} {inside.sum():10} {said_mean:10.3f} {share:6.3f}")
    bins = np.digitize(confidence, EDGES)
    gaps = [
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum()
        for b in np.unique(bins)
    ]
    print(f"expected calibration error {sum(gaps) / len(right):.3f}")


def of_a_kind(classes):
    """The lists of 5 to 40 of these classes that stand below one concept."""
    nouns, below = wordnet_nouns(), {}
    for name, key in classes:
        for above in ancestors_of(nouns.index(key)) if key else ():
            below.setdefault(above, []).append((name.split(" (")[0], key))
    return {tuple(members) for members in below.values() if 5 <= len(members) <= 40}


def print_of_a_kind():
    print("\nlists of one kind:     lists  classes  by itself  together")
    for name in OF_A_KIND:
        lists = of_a_kind(keyed(name))
        right = []
        for together in (False, True):
            resolved = [resolve([n for n, _ in one], together=together) for one in lists]
            pairs = [
                (r, k)
                for rs, one in zip(resolved, lists, strict=True)
                for r, (_, k) in zip(rs, one, strict=True)
            ]
            right.append(
                np.mean([bool(r.alternatives) and r.alternatives[0].id == k for r, k in pairs])
            )
        print(f"{name:20} {len(lists):7} {len(pairs):8}  {right[0]:9.3f} {right[1]:9.3f}")


def main():
    lists = {name: keyed(name) for name in TESTED}
    if len(sys.argv) > 1:
        lists["imagenet-1k names"] = printed_names(sys.argv[1])
    print(
        "                            first    by itself         together          confidence >= 0.5"
    )
    print("list               classes  sense    at   or above     at   or above     placed  right")
    everything = []
    for name, classes in lists.items():
        (n, first, *alone_and_together, placed, right), said = measure(classes)
        a, b, c, d = alone_and_together
        print(
            f"{name:20}{n:6}  {first:.3f}   {a:.3f}  {b:.3f}     {c:.3f}  {d:.3f}      "
            f"{placed:.3f}  {right:.3f}"
        )
        if name in TESTED:
            everything += said
        else:
            print_reliability(said)
    print("\nthe six lists together:", end="")
    print_reliability(everything)
    print_of_a_kind()


if __name__ == "__main__":
    main()
