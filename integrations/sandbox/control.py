"""Levers for tests over HTTP, under /sandbox/. They exist only because this is a sandbox on loopback."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from integrations.sandbox.calls import Calls
from integrations.sandbox.faults import Faults, fault_from
from integrations.sandbox.grants import Grants
from integrations.sandbox.push import LOOPBACK, Push
from integrations.sandbox.store import Store


async def raw_body(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(raw_body)]


def control_routes(stores: list[Store], grants: Grants, faults: Faults, calls: Calls, push: Push) -> APIRouter:
    router = APIRouter(prefix="/sandbox")
    done = Response(status_code=204)

    @router.post("/faults")
    def add_faults(raw: Raw) -> Response:
        """A JSON list of {"at", "fault", "when", "times", "skip", "seconds", "retry_after"}."""
        try:
            content = json.loads(raw)
            made = [fault_from(entry) for entry in (content if isinstance(content, list) else [content])]
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        for fault in made:
            faults.put(fault)
        return done

    @router.get("/faults")
    def waiting_faults() -> list[dict[str, Any]]:
        return [asdict(fault) for fault in faults.waiting()]

    @router.post("/faults/clear")
    def clear_faults() -> Response:
        faults.clear()
        return done

    @router.post("/expire-access-tokens")
    def expire_access_tokens() -> Response:
        grants.expire_access_tokens()
        return done

    @router.post("/revoke-grants")
    def revoke_grants() -> Response:
        grants.revoke_all()
        return done

    @router.post("/withdraw-scope")
    def withdraw_scope(scope: str) -> Response:
        grants.withdraw_scope(scope)
        return done

    @router.post("/expire-sync-tokens")
    def expire_sync_tokens() -> Response:
        for store in stores:
            store.expire_sync_tokens()
        return done

    @router.post("/push-target")
    def push_target(public: str, to: str) -> Response:
        """Post what is meant for the origin `public` to the origin `to`, which is on loopback."""
        if urlsplit(to).hostname not in LOOPBACK:
            return JSONResponse({"error": f"{to} is not on loopback"}, status_code=400)
        push.stands_for[public] = to
        return done

    @router.get("/log")
    def log() -> list[dict[str, Any]]:
        return calls.as_json()

    @router.post("/log/clear")
    def clear_log() -> Response:
        calls.clear()
        return done

    return router
