"""The people as a table for spreadsheets (CSV, RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from app.db import people
from app.services.viewing import Viewing, addresses_of

COLUMNS = ("name", "company", "addresses", "phone", "kind", "tags", "last_contact", "usual_gap_days", "snoozed_until")
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class PeopleFile(Viewing):
    """The part of `Views` that is taken along."""

    def people_csv(self, account_id: int) -> str:
        """Everybody once, by name; several addresses or tags in one cell are parted by blanks or semicolons."""
        with self._db.read() as session:
            rows = [row for row in people.contacts(session, account_id) if row.seen or row.by_hand]
            addresses = addresses_of(session, account_id)
        return table(
            (
                row.name,
                row.company,
                " ".join(addresses.get(row.id, ())),
                row.phone,
                row.kind or "",
                "; ".join(row.tags),
                row.facts.get("last_on") or "",
                row.facts.get("usual") or "",
                row.snoozed_until or "",
            )
            for row in sorted(rows, key=lambda row: (row.name.casefold(), row.id))
        )


def table(rows: Iterable[Iterable[object]]) -> str:
    """With a line of names on top, and the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(str(cell)) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _harmless(cell: str) -> str:
    """Names come from other people's invitations: what a spreadsheet would take for a formula is text to it behind an
    apostrophe. Halves of surrogate pairs and NUL, which no file of text can hold, are left out."""
    text = cell.encode("utf-8", "ignore").decode().replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text
