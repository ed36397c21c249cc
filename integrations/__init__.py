"""The calendars outside.

    calendar   the port: what any calendar must do
    errors     the errors it may raise
    google/    the port over google-api-python-client, and sign-in
    sandbox/   a Google-compatible server on loopback, for the demo and the tests

google/ and sandbox/ share no code, or the tests would check the code against itself.
"""
