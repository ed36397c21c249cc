"""The Calendar v3 routes: parse, ask the store, mask the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from integrations.sandbox import errors
from integrations.sandbox.fields import select
from integrations.sandbox.grants import Grants
from integrations.sandbox.listing import list_events, list_instances, shown
from integrations.sandbox.parameters import flag, instances_query, list_query, number, zone
from integrations.sandbox.push import Push
from integrations.sandbox.store import Store

_AUTH = "https://www.googleapis.com/auth/"
_WRITE = frozenset(_AUTH + name for name in ("calendar", "calendar.events", "calendar.events.owned"))
_READ = _WRITE | {
    _AUTH + name for name in ("calendar.readonly", "calendar.events.readonly", "calendar.events.owned.readonly")
}
_CALENDARS = frozenset(
    _AUTH + name for name in ("calendar", "calendar.readonly", "calendar.calendars", "calendar.calendars.readonly")
)
_SEND_UPDATES = ("all", "externalOnly", "none")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request's body; nothing at all is an empty one."""
    try:
        raw = await request.body()
    except ClientDisconnect as error:  # nobody is there any more to be answered
        raise errors.ApiError(400, "parseError", "Parse Error") from error
    if not raw:
        return {}
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise errors.ApiError(400, "parseError", "Parse Error") from error
    if not isinstance(content, dict):
        raise errors.ApiError(400, "parseError", "Parse Error: the body must be an object.")
    return content


Body = Annotated[dict[str, Any], Depends(body_of)]


def answer(request: Request, content: dict[str, Any]) -> Response:
    """The answer through the `fields` mask."""
    chosen = select(request.query_params.get("fields"), content)
    text = json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))
    headers = {"ETag": content["etag"]} if "etag" in content else {}
    return Response(text.encode("utf-8", "replace"), media_type="application/json; charset=UTF-8", headers=headers)


def calendar_routes(stores: Mapping[str, Store], grants: Grants, push: Push) -> APIRouter:
    """`stores` by the address of their owner, in lower case.

    None of these waits for anything, so they run where the request came in: to hand it to a thread and back takes
    longer than to answer it."""
    router = APIRouter(prefix="/calendar/v3")
    base = "/calendars/{calendar_id}/events"

    def enter(request: Request, calendar_id: str, allowed: frozenset[str]) -> Store:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        access = grants.bearer(token or request.query_params.get("access_token", ""))
        if access is None or (token and kind.lower() != "bearer"):
            raise errors.auth_error()
        if not access.scopes & allowed:
            raise errors.insufficient_permissions()
        own = access.email.lower()
        if calendar_id.lower() not in ("primary", own):
            raise errors.not_found()
        return stores[own]

    def write(request: Request, calendar_id: str) -> Store:
        store = enter(request, calendar_id, _WRITE)
        updates = request.query_params.get("sendUpdates", "none")
        if updates not in _SEND_UPDATES:
            raise errors.invalid(f"Invalid value for sendUpdates: {updates!r}.", location="sendUpdates")
        flag(request.query_params, "sendNotifications")
        number(request.query_params, "conferenceDataVersion", least=0)
        return store

    def event(request: Request, found: dict[str, Any]) -> Response:
        params = request.query_params
        return answer(request, shown(found, zone=zone(params), max_attendees=number(params, "maxAttendees")))

    @router.get("/calendars/{calendar_id}")
    async def get_calendar(request: Request, calendar_id: str) -> Response:
        home = enter(request, calendar_id, _CALENDARS).home
        made = {"kind": "calendar#calendar", "etag": '"1"', "id": home.email, "summary": home.email}
        return answer(request, made | {"timeZone": home.zone.key})

    @router.get(base)
    async def list_(request: Request, calendar_id: str) -> Response:
        store = enter(request, calendar_id, _READ)
        query = list_query(request.query_params)
        fault = request.scope.get("sandbox.fault", "")
        short = {"empty-page": 0, "short-page": 1}.get(fault)
        found = list_events(store, query, short=short)
        if fault == "stale-list" and query.sync_token and "nextSyncToken" in found:
            found |= {"items": [], "nextSyncToken": query.sync_token}
        return answer(request, found)

    @router.post(base)
    async def insert(request: Request, calendar_id: str, body: Body) -> Response:
        return event(request, write(request, calendar_id).insert(body))

    @router.post(base + "/watch")
    async def watch(request: Request, calendar_id: str, body: Body) -> Response:
        store = enter(request, calendar_id, _READ)
        list_query(request.query_params)
        return answer(request, push.watch(store, body))

    @router.get(base + "/{event_id}")
    async def get(request: Request, calendar_id: str, event_id: str) -> Response:
        return event(request, enter(request, calendar_id, _READ).get(event_id))

    @router.patch(base + "/{event_id}")
    async def patch(request: Request, calendar_id: str, event_id: str, body: Body) -> Response:
        store = write(request, calendar_id)
        return event(request, store.patch(event_id, body, if_match=request.headers.get("if-match")))

    @router.put(base + "/{event_id}")
    async def update(request: Request, calendar_id: str, event_id: str, body: Body) -> Response:
        store = write(request, calendar_id)
        return event(request, store.update(event_id, body, if_match=request.headers.get("if-match")))

    @router.delete(base + "/{event_id}")
    async def delete(request: Request, calendar_id: str, event_id: str) -> Response:
        write(request, calendar_id).delete(event_id, if_match=request.headers.get("if-match"))
        return Response(status_code=204)

    @router.get(base + "/{event_id}/instances")
    async def instances(request: Request, calendar_id: str, event_id: str) -> Response:
        store = enter(request, calendar_id, _READ)
        return answer(request, list_instances(store, event_id, instances_query(request.query_params, event_id)))

    @router.post("/channels/stop")
    async def stop(request: Request, body: Body) -> Response:
        store = enter(request, "primary", _READ)
        push.stop(store, body)
        return Response(status_code=204)

    return router
