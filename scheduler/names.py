"""Names and companies, tidied."""
