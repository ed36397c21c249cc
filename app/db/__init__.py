"""The database: SQLite or PostgreSQL, the same tables and the same queries.

    engine        Database: reading and writing transactions, the database's own clock
    prepared      statements that are put together once
    trouble       why it takes nothing at the moment
    backup        the whole of it as one file, and back
    tables        the rows
    accounts      the account row: schedule, lock and back-off; sign-in sessions
    mirror        events and occurrences as the calendar has them
    people        contacts, addresses, who was left out, touches by hand
    blocks        rules, blocks, suggestions, the journal
    feeds         the secret address of the blocks
    rowtext       the brain's nouns <-> the text of a JSON column

Every query of the service lives in one of these.
"""
