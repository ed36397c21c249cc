"""What a plan asks of the small tables, see `gather`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, union

from app.db.gather import AccountId, Question, Since, whole
from app.db.tables import (
    AddressRow,
    BlockRow,
    ContactRow,
    EventRow,
    IgnoredRow,
    InstallationRow,
    LeftOutRow,
    PromiseRow,
    RuleRow,
    SeasonRow,
    SuggestionRow,
    TouchRow,
)


def questions(account_id: AccountId, since: Since) -> Mapping[str, Question]:
    """`blocks`: those that end after `since`, and `names` those in them. `events`: those with our property, cancelled
    ones too, and those of our blocks: of some our property was taken off. `event_ids`: of every block ever."""
    ours = select(BlockRow.event_id).where(BlockRow.account_id == account_id)
    shown = (BlockRow.account_id == account_id, BlockRow.ends_at > since)
    tagged = select(EventRow.id).where(EventRow.account_id == account_id, EventRow.block_tag != "")
    return {
        "installation": select(InstallationRow.key),
        "rules": whole(RuleRow).where(RuleRow.account_id == account_id).order_by(RuleRow.id),
        "seasons": whole(SeasonRow)
        .where(SeasonRow.account_id == account_id)
        .order_by(SeasonRow.before_on, SeasonRow.begins_on, SeasonRow.id),
        **people_questions(account_id, since),
        "blocks": whole(BlockRow).where(*shown).order_by(BlockRow.starts_at, BlockRow.id),
        "names": whole(SuggestionRow)
        .where(SuggestionRow.block_id.in_(select(BlockRow.id).where(*shown)))
        .order_by(SuggestionRow.block_id, SuggestionRow.position, SuggestionRow.id),
        "ignored": select(IgnoredRow.source).where(IgnoredRow.account_id == account_id),
        "touches": whole(TouchRow).where(TouchRow.account_id == account_id).order_by(TouchRow.on, TouchRow.id),
        "promises": whole(PromiseRow)
        .where(PromiseRow.account_id == account_id, PromiseRow.kept_on.is_(None))
        .order_by(PromiseRow.made_on, PromiseRow.id),
        "event_ids": ours,
        "events": select(EventRow.id, EventRow.cancelled, EventRow.body)
        .where(EventRow.account_id == account_id, EventRow.id.in_(union(tagged, ours)))
        .order_by(EventRow.id),
    }


def people_questions(account_id: AccountId, _since: Since) -> Mapping[str, Question]:
    """Everybody, those merged into another one too. Addresses: of contacts, and of those who did not become one."""
    return {
        "contacts": whole(ContactRow).where(ContactRow.account_id == account_id).order_by(ContactRow.id),
        "addresses": select(AddressRow.address, AddressRow.contact_id)
        .where(AddressRow.account_id == account_id)
        .order_by(AddressRow.contact_id, AddressRow.address),
        "left_out": select(LeftOutRow.address, LeftOutRow.rule, LeftOutRow.reason, LeftOutRow.counted_in).where(
            LeftOutRow.account_id == account_id
        ),
    }
