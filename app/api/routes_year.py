"""A year in review, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.services.year import Year
from app.web.given import Account, Does

router = APIRouter(tags=["people"])


@router.get("/year")
def year(account: Account, does: Does, y: Annotated[int | None, Query(ge=1970, le=9999)] = None) -> Year:
    """Touches by week, people in their own rhythm by month, what came of blocks and promises, ties that fell silent.
    Without `y`, and for a year of which nothing is known, this year."""
    return does.views.year(account, y)
