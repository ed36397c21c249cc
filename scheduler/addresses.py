"""Addresses: whose they are, which company they belong to, and which are nobody's."""
