"""Statements that are put together once.

SQLAlchemy takes longer to put a statement together, and to find out that it has compiled the same one before, than a
database takes to answer it; and a refresh asks the same two dozen questions each time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import BindParameter, Executable, bindparam, type_coerce
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

Asked = ParamSpec("Asked")
Made = TypeVar("Made", bound=Executable)


def prepared(build: Callable[Asked, Made]) -> Callable[Asked, tuple[Made, dict[str, Any]]]:
    """A function that puts a statement together, as one that gives it with its parameters: `session.execute(*it(…))`.

    It is called with the parameters' names in place of their values, once for each set of names. All are given by
    keyword. What is SQL itself is built in, so it must be the same object each time. A parameter takes its type from
    the column that it is compared with or written to; anywhere else `typed` says it.
    """

    @cache
    def made(names: tuple[str, ...], sql: tuple[tuple[str, ClauseElement], ...]) -> Made:
        given: dict[str, Any] = {name: parameter(name) for name in names} | dict(sql)
        return build(**given)  # type: ignore[call-arg]  # by keyword

    @wraps(build)
    def asked(*_: Asked.args, **values: Asked.kwargs) -> tuple[Made, dict[str, Any]]:
        sql = {name: one for name, one in values.items() if isinstance(one, ClauseElement)}
        parameters = {_PREFIX + name: one for name, one in values.items() if name not in sql}
        return made(tuple(values), tuple(sql.items())), parameters

    return asked


_PREFIX = "given_"  # no column is called so: an UPDATE would set the column that a parameter is named like


def parameter(name: str) -> BindParameter[Any]:
    """What stands for the argument `name` of a prepared statement, for a piece of SQL that is made before it."""
    return bindparam(_PREFIX + name)


def typed(value: Any, kind: type[TypeEngine[Any]]) -> Any:
    """The same parameter, where no column says what it holds."""
    return type_coerce(value, kind)
