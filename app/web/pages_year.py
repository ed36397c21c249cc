"""A year in review."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from app.web import forms, render
from app.web.given import Account, Does

router = APIRouter(include_in_schema=False)


@router.get("/year")
def year(request: Request, account: Account, does: Does, y: str = "") -> HTMLResponse:
    view = does.views.year(account, forms.whole(y))
    return render.page(request, "year.html", frame=view.frame, view=view)
