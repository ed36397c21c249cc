"""Words in the sonar: the names of its sectors along the edge, and of a few people beside their dots. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot, pi
from unicodedata import east_asian_width

from app.services.sonar import EDGE, INNER, Dot, Picture, Sector, point

MOST_NAMES = 7
MOST_HIDDEN = 2
"""No name is written that would cover so many dots."""
LONGEST = 15
"""Letters of a name; more are cut."""
LETTER, LINE = 5.6, 14.0
"""Width of a letter and height of a line, in units of the drawing."""
OUTSIDE, OUTSIDE_BELOW = 198.0, 207.0
"""Where names run around the edge: in the lower half their other side faces the middle."""
_SIDES = ((1, 0.0), (-1, 0.0), (1, -7.0), (1, 7.0), (-1, -7.0), (-1, 7.0))
_WIDEST = 212.0


@dataclass(frozen=True, slots=True)
class Label:
    """`end`: the words end at x instead of beginning there."""

    text: str
    x: float
    y: float
    end: bool


def width(text: str) -> float:
    """In letters: Chinese, Japanese and Korean ones count double."""
    return sum(2.0 if east_asian_width(letter) in "WF" else 1.0 for letter in text)


def cut(text: str, letters: float) -> str:
    """So many letters at most, the last an ellipsis where it is cut; empty where hardly anything would be left."""
    text = " ".join(text.split())
    if width(text) <= letters:
        return text
    while text and width(text) > letters - 1:
        text = text[:-1]
    return f"{text.rstrip()}…" if len(text) >= 3 else ""


def short_names(names: Iterable[str]) -> dict[str, str]:
    """First names; of those whose first name another one has too, more of it."""
    whole = [" ".join(name.split()) for name in names]
    firsts = [name.partition(" ")[0] for name in whole]
    return {
        name: cut(name if firsts.count(first) > 1 else first, LONGEST)
        for name, first in zip(whole, firsts, strict=True)
    }


def sector_name(name: str, sector: Sector) -> str:
    """What of the name fits along the sector's edge."""
    return cut(name, (sector.end - sector.start) / 180 * pi * OUTSIDE / (LETTER + 1.2))


def arc(sector: Sector) -> str:
    """The path that a sector's name runs along, left to right wherever it is."""
    middle = (sector.start + sector.end) / 2
    below = 90 < middle < 270
    radius = OUTSIDE_BELOW if below else OUTSIDE
    first, last = (sector.end, sector.start) if below else (sector.start, sector.end)
    (x, y), (to_x, to_y) = point(radius, first), point(radius, last)
    large = int(sector.end - sector.start > 180)
    return f"M{x:.1f} {y:.1f}A{radius:g} {radius:g} 0 {large} {int(not below)} {to_x:.1f} {to_y:.1f}"


def edge(angle: float) -> str:
    """The line at which a sector begins."""
    (x, y), (to_x, to_y) = point(INNER, angle), point(EDGE, angle)
    return f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"


@lru_cache(maxsize=64)
def labels(picture: Picture, names: tuple[tuple[int, str], ...]) -> Mapping[int, Label]:
    """By key, where each name covers least: no name on another one. `names`: (key, words), the first first."""
    by_key = {dot.key: dot for dot in picture.dots}
    boxes: list[tuple[float, float, float, float]] = []
    found: dict[int, Label] = {}
    for key, words in names:
        best = min(
            (
                _try(by_key[key], words, side, down, picture.dots, boxes, turn)
                for turn, (side, down) in enumerate(_SIDES)
            ),
            key=lambda one: one[0],
        )
        cost, label, box = best
        if words and cost < MOST_HIDDEN:
            boxes.append(box)
            found[key] = label
    return found


def _try(
    dot: Dot,
    words: str,
    side: int,
    down: float,
    dots: Sequence[Dot],
    boxes: Sequence[tuple[float, float, float, float]],
    turn: int,
) -> tuple[float, Label, tuple[float, float, float, float]]:
    outward = side if dot.x >= 0 else -side
    x, y = dot.x + outward * (dot.r + 4), dot.y + down
    to = x + outward * width(words) * LETTER
    box = (min(x, to), max(x, to), y - LINE / 2, y + LINE / 2)
    hidden = sum(
        other.x + other.r > box[0]
        and other.x - other.r < box[1]
        and other.y + other.r > box[2]
        and other.y - other.r < box[3]
        for other in dots
        if other.key != dot.key
    )
    crossed = any(one[0] < box[1] and one[1] > box[0] and one[2] < box[3] and one[3] > box[2] for one in boxes)
    out = max(abs(box[0]), abs(box[1])) > _WIDEST
    among_sectors = hypot(max(abs(box[0]), abs(box[1])), y) > EDGE
    return (
        hidden + 9.0 * crossed + 9.0 * out + 1.5 * among_sectors + 0.01 * turn,
        Label(words, round(x, 1), round(y + 3.5, 1), outward < 0),
        box,
    )
