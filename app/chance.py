"""Where keys and ids come from, and the numbers that spread the load: the system's own randomness, unless a simulation
that must be repeatable gives another source. What signs a browser in is drawn by `secrets`, always."""

from __future__ import annotations

from random import Random, SystemRandom

Chance = Random

system_chance: Chance = SystemRandom()
"""Nobody can foresee it, and it keeps no state: threads may share it."""
