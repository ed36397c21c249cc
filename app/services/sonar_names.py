"""Words in the sonar: the names of its sectors along the edge, and of a few people beside their dots. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import hypot, pi
from unicodedata import east_asian_width

from app.services.sonar import EDGE, INNER, Dot, Picture, Sector, point

MOST_NAMES = 7
MOST_HIDDEN = 2
"""No name is written that would cover so many dots."""
LONGEST = 9.0
"""Of a name beside a dot, in heights of its letters; more is cut."""
DESK, PHONE = 9.5, 13.0
"""How high letters are, in units of the drawing, which is half as large on a phone; greenblock.css says the same."""
LINE = 1.2
"""Height of a line, in heights of its letters."""
_NARROW, _WIDE = frozenset("ijl.,:;'|!/()[]fIJt-’·"), frozenset("mwMW@%&—…")
OUTSIDE, OUTSIDE_BELOW = 198.0, 207.0
"""Where names run around the edge: in the lower half their other side faces the middle."""
_SIDES = ((1, 0.0), (-1, 0.0), (1, -7.0), (1, 7.0), (-1, -7.0), (-1, 7.0))
_WIDEST = 212.0
_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """`end`: the words end at x instead of beginning there. `desk`: on a desk only, since on a phone, where letters are
    larger beside the drawing, they would cover others."""

    text: str
    x: float
    y: float
    end: bool
    desk: bool = False


def width(text: str) -> float:
    """In heights of its letters, at most: as wide as the widest of the fonts it may be set in has them."""
    return sum(map(_width, text))


def _width(letter: str) -> float:
    if east_asian_width(letter) in "WF" or letter in _WIDE:
        return 1.03
    if letter in _NARROW:
        return 0.41
    return 0.88 if letter.isupper() else 0.65


def cut(text: str, room: float) -> str:
    """So wide at most, an ellipsis at its end where it is cut; empty where hardly anything would be left."""
    text = " ".join(text.split())
    if width(text) <= room:
        return text
    while text and width(f"{text}…") > room:
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


def sector_name(name: str, sector: Sector, letters: float) -> str:
    """What of the name fits along the sector's edge, in letters so high (DESK, PHONE), with room to the next one's."""
    return cut(name, (sector.end - sector.start) / 180 * pi * OUTSIDE / letters - LINE / 3)


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
    boxes: list[_Box] = []
    larger: list[_Box] = []
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
            large = _box(label, PHONE)
            covers = max(abs(large[0]), abs(large[1])) > _WIDEST or any(_cross(large, one) for one in larger)
            if not covers:
                larger.append(large)
            found[key] = replace(label, desk=covers)
    return found


def _try(
    dot: Dot,
    words: str,
    side: int,
    down: float,
    dots: Sequence[Dot],
    boxes: Sequence[_Box],
    turn: int,
) -> tuple[float, Label, _Box]:
    outward = side if dot.x >= 0 else -side
    x, y = dot.x + outward * (dot.r + 4), dot.y + down
    label = Label(words, round(x, 1), round(y, 1), outward < 0)
    box = _box(label, DESK)
    hidden = sum(
        other.x + other.r > box[0]
        and other.x - other.r < box[1]
        and other.y + other.r > box[2]
        and other.y - other.r < box[3]
        for other in dots
        if other.key != dot.key
    )
    crossed = any(_cross(box, one) for one in boxes)
    out = max(abs(box[0]), abs(box[1])) > _WIDEST
    among_sectors = hypot(max(abs(box[0]), abs(box[1])), y) > EDGE
    return (
        hidden + 9.0 * crossed + 9.0 * out + 1.5 * among_sectors + 0.01 * turn,
        label,
        box,
    )


def _box(label: Label, letters: float) -> _Box:
    """Of words in letters so high: left, right, top, bottom."""
    to = label.x + (-1 if label.end else 1) * width(label.text) * letters
    return min(label.x, to), max(label.x, to), label.y - LINE * letters / 2, label.y + LINE * letters / 2


def _cross(one: _Box, other: _Box) -> bool:
    return one[0] < other[1] and one[1] > other[0] and one[2] < other[3] and one[3] > other[2]
