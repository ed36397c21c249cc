"""The first read of 50,000 entries by the real service, seen from outside: memory, write lock, what the page says."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.big import big_world, first_read

WHAT = "first read of 50,000 entries, from outside"
MOST_MB, LONGEST_LOCK_MS = 250, 200


def measured() -> tuple[str, int]:
    """One sentence, and how many promised limits were broken."""
    with tempfile.TemporaryDirectory(prefix="greenblock-bench-") as folder:
        seen = first_read(big_world(50_000), Path(folder))
    broken = (seen.peak_mb > MOST_MB) + (seen.lock_ms > LONGEST_LOCK_MS)
    sentence = (
        f"{WHAT}: peak memory of the whole process {seen.peak_mb:.0f} MB (limit {MOST_MB}), longest wait for the write "
        f"lock {seen.lock_ms:.0f} ms (limit {LONGEST_LOCK_MS}), {seen.seconds:.0f} s, {seen.people:,} people; the "
        f"page told {len(seen.progress)} numbers, from {seen.progress[0]:,} to {seen.progress[-1]:,}"
    )
    return sentence, broken
