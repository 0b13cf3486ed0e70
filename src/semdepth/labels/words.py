"""Class names as words: without the marks that file and variable names put between them."""


def normal(name: str) -> str:
    """Lower case, single spaces instead of underscores and hyphens.

    >>> normal("Aquarium_fish")
    'aquarium fish'
    """
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
