"""The random numbers of the public measure, so that our figures equal it to the last digit.

PCG64 (O'Neill 2014, XSL-RR output) seeded by O'Neill's `seed_seq`: the stream which
`numpy.random.default_rng(seed)` gives and which NEP 19 promises to keep.
Python's own generator would do as well for the measure, but slots and ties decided by other dice move a figure of
few people by up to .02, and then nobody could tell a mistake from the dice.
"""

from __future__ import annotations

from collections.abc import Iterator

_32, _64, _128 = (1 << 32) - 1, (1 << 64) - 1, (1 << 128) - 1
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
_POOL = 4  # words of 32 bits


def _words(seed: int) -> list[int]:
    """The seed sequence: eight words of 32 bits."""
    const = 0x43B0D7E5

    def stirred(value: int) -> int:
        nonlocal const
        value ^= const
        const = const * 0x931E8875 & _32
        value = value * const & _32
        return value ^ value >> 16

    pool = [stirred(seed >> 32 * place & _32) for place in range(_POOL)]
    for source in range(_POOL):
        for into in range(_POOL):
            if source != into:
                mixed = (0xCA01F9DD * pool[into] - 0x4973F715 * stirred(pool[source])) & _32
                pool[into] = mixed ^ mixed >> 16
    words, const = [], 0x8B51F9DD
    for place in range(2 * _POOL):
        value = pool[place % _POOL] ^ const
        const = const * 0x58F38DED & _32
        value = value * const & _32
        words.append(value ^ value >> 16)
    return words


class Dice:
    """A stream of random numbers; the same for the same `seed`, 0 <= seed < 2**128."""

    def __init__(self, seed: int) -> None:
        words = _words(seed)
        halves = [words[place] | words[place + 1] << 32 for place in range(0, 2 * _POOL, 2)]
        self._step = (halves[2] << 64 | halves[3]) << 1 & _128 | 1
        self._state = (self._step + (halves[0] << 64 | halves[1])) & _128
        self._state = (self._state * _MULTIPLIER + self._step) & _128

    def _bits(self, times: int) -> Iterator[int]:
        """So many times 64 random bits."""
        state, step = self._state, self._step
        for _ in range(times):
            state = (state * _MULTIPLIER + step) & _128
            turn = state >> 122
            value = (state >> 64 ^ state) & _64
            yield (value >> turn | value << (64 - turn)) & _64
        self._state = state

    def fractions(self, times: int) -> list[float]:
        """So many numbers from [0, 1)."""
        return [(bits >> 11) * 2.0**-53 for bits in self._bits(times)]

    def below(self, limit: int, times: int) -> list[int]:
        """So many whole numbers from [0, `limit`), each as likely (Lemire 2019); 1 < `limit` <= 2**32."""
        refused = (1 << 32) % limit
        found: list[int] = []
        while len(found) < times:
            for bits in self._bits((times - len(found) + 1) // 2):
                for half in (bits & _32, bits >> 32):
                    product = half * limit
                    if product & _32 >= refused:
                        found.append(product >> 32)
        return found[:times]
