"""A Google-compatible OAuth 2.0 and Calendar v3 server on loopback, for the demo and the tests.

It knows nothing of the service it is tested with: the two share no code.

  server.py      create_sandbox(): the FastAPI app, and the only place that puts the parts together
  run.py         serve() in the foreground, SandboxServer in a thread
  client.py      the client_secret.json that fits it
  seed.py        a world from a file: loaded, checked, or refused in one sentence
  store.py       one user's calendar: events, versions, tombstones, one lock
  listing.py     events.list and events.instances: filters, pages, sync tokens
  resource.py    an event's body: checked, normalised, completed as Google does
  recurrence.py  a series to its instances
  times.py, richtext.py, fields.py, errors.py   Google's dates, descriptions, masks and error bodies
  events.py, oauth.py, consent.py, control.py   the routes
  grants.py      codes, tokens and what was consented to
  push.py        notification channels
  faults.py      what can be made to go wrong; calls.py: what was asked
"""
