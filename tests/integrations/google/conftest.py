from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.google.scripted import Scripted, scripted


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as script:
        yield script
