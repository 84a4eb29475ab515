"""One line of the table."""
from dataclasses import dataclass


@dataclass
class Row:
    name: str
    value: str
    target: str
    good: bool


def at_least(name, value, target, form="{:.2f}", note=""):
    """A figure that should be large."""
    return Row(name, form.format(value) + note, "≥ " + form.format(target), value >= target)


def at_most(name, value, target, form="{:.2f}", note=""):
    """A figure that should be small."""
    return Row(name, form.format(value) + note, "≤ " + form.format(target), value <= target)
