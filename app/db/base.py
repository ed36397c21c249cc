"""What every table has in common: how its keys are named, and what its columns hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Date, MetaData
from sqlalchemy.orm import DeclarativeBase

from app.db.engine import Instant

SEALED: dict[str, bool] = {"sealed": True}
"""`info` of every column that holds what the secret key encrypted: key rotation finds them by it."""

SECRET: dict[str, bool] = {"secret": True}
"""`info` of every column that opens or signs something: it is in no export."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }
