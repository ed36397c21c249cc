"""Where everybody stands, as places on a disc. Pure geometry: no words, no colours, no markup.

You are in the middle. The further out, the longer it has been, measured by each one's own usual gap, whose ring lies at
USUAL; whoever is past it always stands outside that ring. Each company or tag has a sector of its own. Lengths are
units of the drawing, angles degrees clockwise from the top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import cos, floor, hypot, log2, pi, radians, sin, sqrt

MOST = 200
"""So many are drawn at most."""
EDGE = 192.0
"""Nothing but labels lies further out."""
INNER, USUAL, DOUBLING = 30.0, 100.0, 42.0
"""Just in touch; at the usual gap; and so much further for each doubling of it."""
SIZES = (3.4, 4.8, 6.6)
"""Radius of a light, a steady and a close tie."""
APART = 1.2
"""Between two dots."""
LEAST_SHARE = 0.07
"""Of the circle, for the smallest sector."""
FILLED = 0.36
"""Of the area, at most: with more the last ones would stand far from their place."""
WEDGE = 34.0
"""Kept free at the top for the words of the rings."""
_CELL = 18.0  # at least the reach of two large dots, so that neighbours are in adjoining cells
_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One person. `ratio`: share of their own gap that has passed, 1.0 = just at it. `tie`: 0 light to 2 close."""

    key: int
    ratio: float
    tie: int
    sector: int  # index among those given to `place`


@dataclass(frozen=True, slots=True)
class Dot:
    """Where somebody is drawn: centre and radius."""

    key: int
    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class Sector:
    """From `start` to `end` in degrees."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Picture:
    dots: tuple[Dot, ...]
    sectors: tuple[Sector, ...]


def distance(ratio: float) -> float:
    """From the middle, before anybody makes room for anybody: even up to the usual gap, then by doublings of it."""
    if ratio <= 1:
        return INNER + (USUAL - INNER) * max(0.0, ratio)
    return min(EDGE - SIZES[-1], USUAL + DOUBLING * log2(ratio))


def point(radius: float, angle: float) -> tuple[float, float]:
    """x to the right, y downwards."""
    turned = radians(angle)
    return radius * sin(turned), -radius * cos(turned)


def sectors(counts: tuple[int, ...]) -> tuple[Sector, ...]:
    """Shares of the circle by head, none below LEAST_SHARE; the wedge at the top stays free."""
    whole = sum(counts)
    shares = [max(count / whole, LEAST_SHARE) if whole else 1.0 for count in counts]
    unit, at, found = (360 - WEDGE) / (sum(shares) or 1.0), WEDGE / 2, []
    for share in shares:
        found.append(Sector(at, at + share * unit))
        at += share * unit
    return tuple(found)


@lru_cache(maxsize=64)  # a page is opened again and again before anybody moves
def place(marks: tuple[Mark, ...], counts: tuple[int, ...]) -> Picture:
    """At most MOST of `marks`, those that matter most first: these get the truest places, the others move aside.

    `counts`: people in each sector. Nobody covers anybody, and the same people stand in the same places.
    """
    shown = marks[:MOST]
    parts = sectors(counts)
    scale = _scale(shown)
    inside: dict[int, list[int]] = {}
    for mark in sorted(shown, key=lambda one: (one.ratio, one.key)):
        inside.setdefault(mark.sector, []).append(mark.key)
    angles = {
        key: _angle(parts[sector], turn, len(keys))
        for sector, keys in inside.items()
        for turn, key in zip(_far_apart(len(keys)), keys, strict=True)
    }
    floor_ = _Floor()
    return Picture(
        tuple(floor_.seat(mark, SIZES[mark.tie] * scale, angles[mark.key], parts[mark.sector]) for mark in shown),
        parts,
    )


def _scale(marks: tuple[Mark, ...]) -> float:
    """Many people are drawn smaller, so that on both sides of the ring all find room."""
    scale = 1.0
    for past, area in ((False, USUAL**2), (True, EDGE**2 - USUAL**2)):
        needed = sum((2 * SIZES[mark.tie] + APART) ** 2 for mark in marks if (mark.ratio > 1) is past)
        if needed:
            scale = min(scale, sqrt(FILLED * pi * area / needed))
    return scale


def _angle(part: Sector, turn: int, count: int) -> float:
    return part.start + (part.end - part.start) * (turn + 0.5) / count


def _far_apart(count: int) -> list[int]:
    """0 to count - 1, so ordered that those after one another lie far apart (the bits of their places reversed)."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda turn: int(f"{turn:0{bits}b}"[::-1], 2))


class _Floor:
    """The disc while it fills: dots by the cell they stand in, and the rings that have no room left."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Dot]] = {}
        self._full: set[tuple[Sector, float, float]] = set()

    def seat(self, mark: Mark, r: float, angle: float, part: Sector) -> Dot:
        """Take the free place nearest to the wanted one: along the ring first, then a little further in or out."""
        for within in (part, _ALL):
            for radius in _rings(distance(mark.ratio), r, past=mark.ratio > 1):
                ring = (within, radius, r)
                if ring in self._full:
                    continue
                for turned in _along(angle, within, radius, r):
                    x, y = point(radius, turned)
                    if self._is_free(x, y, r):
                        dot = Dot(mark.key, round(x, 1), round(y, 1), round(r, 1))
                        self._cells.setdefault((floor(x / _CELL), floor(y / _CELL)), []).append(dot)
                        return dot
                self._full.add(ring)
        raise AssertionError("a disc of this size holds MOST dots")

    def _is_free(self, x: float, y: float, r: float) -> bool:
        column, line = floor(x / _CELL), floor(y / _CELL)
        return all(
            hypot(x - other.x, y - other.y) >= r + other.r + APART
            for across in (column - 1, column, column + 1)
            for down in (line - 1, line, line + 1)
            for other in self._cells.get((across, down), ())
        )


_ALL = Sector(WEDGE / 2, 360 - WEDGE / 2)


def _rings(wanted: float, r: float, *, past: bool) -> Iterator[float]:
    """Distances to try, the nearest first. The ring of the usual gap is never crossed."""
    low, high = (USUAL + r + 0.5, EDGE - r) if past else (r + 14, USUAL - r - 0.5)
    wanted = min(max(wanted, low), high)
    yield wanted
    for step in range(1, int((high - low) / _STEP) + 2):
        for radius in (wanted + step * _STEP, wanted - step * _STEP):
            if low <= radius <= high:
                yield radius


def _along(angle: float, part: Sector, radius: float, r: float) -> Iterator[float]:
    """Angles to try, from the wanted one to both sides as far as the sector goes."""
    step = (2 * r + APART) / radius * 180 / pi
    edge = min(r / radius * 180 / pi, (part.end - part.start) / 2)
    angle = min(max(angle, part.start + edge), part.end - edge)
    yield angle
    for turn in range(1, int((part.end - part.start) / step * 2) + 1):
        for turned in (angle + turn * step / 2, angle - turn * step / 2):
            if part.start + edge <= turned <= part.end - edge:
                yield turned


def shape(state: str, dot: Dot) -> str:
    """The outline that says where somebody stands: a disc is planned, a smaller ring not due yet, a diamond a meeting,
    a triangle due without a place, a cross not looked at yet. All of them are of about one size."""
    x, y = dot.x, dot.y
    match state:
        case "planned" | "not_yet":
            r = dot.r if state == "planned" else round(dot.r * 0.86, 1)
            return f"M{x - r:.1f} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:.1f} 0a{r:g} {r:g} 0 1 0-{2 * r:.1f} 0z"
        case "booked":
            k = round(dot.r * 1.25, 1)
            return f"M{x:g} {y - k:.1f}l{k:g} {k:g}-{k:g} {k:g}-{k:g}-{k:g}z"
        case "without_place":
            k = round(dot.r * 1.2, 1)
            return f"M{x:g} {y - k:.1f}l{k:g} {k * 1.75:.1f}h-{2 * k:.1f}z"
        case _:
            return f"M{x:g} {y - dot.r:.1f}v{2 * dot.r:.1f}M{x - dot.r:.1f} {y:g}h{2 * dot.r:.1f}"
