"""Google: the port over google-api-python-client, and sign-in.

codec      an event as JSON ↔ the model; pure, and where `Any` stops
calendar   the port `integrations.calendar.Calendar`
errors     what Google and the client raise → `integrations.errors`
provider   whom we sign in with: client secrets, addresses, keys
identity   the id token → who it is, verified
oauth      consent, grant, credentials, revocation
"""
