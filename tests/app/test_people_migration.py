"""A database with people and entries in it keeps all of them, and all that hangs on them, through the migrations."""

from sqlalchemy import select, text, update

from app.db.engine import Database
from app.db.schema import downgrade, upgrade
from app.db.tables import AccountRow, ContactRow
from app.languages import language
from scheduler.words import _, again, kept, ngettext, speaking

ACCOUNT = (
    "INSERT INTO accounts (id, issuer, subject, email, key, block_key, created_at, connection, preferences, outlook,"
    " calendar_zone, sync_generation, synced_from, read_events, digest_due, plan_due, failures) VALUES"
    " (1, 'i', 's', 'e', 'k', :key, '2027-01-01', 'connected', '{}', '{}', '', 0, '2025-01-01', 0, :no, :no, 0)"
)
CONTACT = (
    "INSERT INTO contacts (id, account_id, name, company, by_hand, unsure, tags, paused, facts, seen, created_at)"
    " VALUES (1, 1, 'Marta', '', :no, '', '[]', :no, '{}', :yes, '2027-01-01')"
)
TOUCH = (
    "INSERT INTO touches (id, account_id, contact_id, \"on\", channel, source) VALUES (1,1,1,'2027-01-01','call','x')"
)
ADDRESS = "INSERT INTO addresses (account_id, address, contact_id) VALUES (1, 'marta@ferro.example', 1)"


def count(db: Database) -> list[int]:
    with db.engine.begin() as connection:
        return [
            connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("contacts", "addresses", "touches")
        ]


def test_going_back_leaves_words_where_there_were_sentences(database_url: str) -> None:
    met = _(
        "Met on {days} days within {time}, and not since.", days=5, time=ngettext("{count} week", "{count} weeks", 3)
    )
    outlook = {
        "capacity": kept(_("Nobody is to be suggested yet: say on the people page who is a client.")),
        "ask": [1],
    }
    db = Database(database_url)
    upgrade(db)
    with db.engine.begin() as connection:
        connection.execute(text(ACCOUNT), {"key": b"x", "no": False})
        connection.execute(text(CONTACT), {"no": False, "yes": True})
        connection.execute(update(ContactRow).values(unsure=met, facts={"text": kept(met), "days": 5}))
        connection.execute(update(AccountRow).values(outlook=outlook))
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT unsure FROM contacts")).startswith('{"say": "Met on')
    with speaking(language("de")), db.read() as session:
        assert (
            session.get_one(ContactRow, 1).unsure == "An 5 Tagen innerhalb von 3 Wochen getroffen, seither nicht mehr."
        )
    downgrade(db, "0012")
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT unsure FROM contacts")) == met
        assert connection.scalar(select(ContactRow.facts)) == {"text": met, "days": 5}
        said = connection.scalar(select(AccountRow.outlook))
        assert said == {"capacity": again(outlook["capacity"]), "ask": [1]}
    db.dispose()


def test_people_and_what_hangs_on_them_survive_up_and_down(database_url: str) -> None:
    db = Database(database_url)
    upgrade(db, "0001")
    with db.engine.begin() as connection:
        connection.execute(text(ACCOUNT), {"key": b"x", "no": False})
        connection.execute(text(CONTACT), {"no": False, "yes": True})
        connection.execute(text(ADDRESS))
        connection.execute(text(TOUCH))
    upgrade(db)
    assert count(db) == [1, 1, 1]
    downgrade(db, "0001")
    assert count(db) == [1, 1, 1]
    upgrade(db)
    with db.engine.begin() as connection:  # foreign keys hold again
        connection.execute(text("DELETE FROM contacts"))
    assert count(db) == [0, 0, 0]
    db.dispose()


EVENT = (
    "INSERT INTO events (account_id, id, group_id, etag, cancelled, is_series, block_tag, generation, digested, body)"
    " VALUES (1, :id, :id, '1', :no, :series, '', 0, :yes, '{}')"
)
TURN = (
    'INSERT INTO occurrences (account_id, event_id, "key", group_id, starts_at, ends_at, all_day, body) VALUES'
    " (1, 'near', '', 'near', '2027-01-02 08:00:00', '2027-01-02 09:00:00', :no, '[]')"
)


def test_what_had_no_turn_is_expanded_again(database_url: str) -> None:
    db = Database(database_url)
    upgrade(db, "0010")
    with db.engine.begin() as connection:
        connection.execute(text(ACCOUNT), {"key": b"x", "no": False})
        for name in ("near", "far", "series"):
            connection.execute(text(EVENT), {"id": name, "series": name == "series", "no": False, "yes": True})
        connection.execute(text(TURN), {"no": False})
    upgrade(db)
    with db.engine.begin() as connection:
        waiting = connection.execute(text("SELECT id FROM events WHERE NOT digested")).scalars().all()
        due = connection.execute(text("SELECT digest_due FROM accounts")).scalar_one()
    assert waiting == ["far"]
    assert due
    db.dispose()
