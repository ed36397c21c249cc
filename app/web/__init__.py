"""The pages. A route parses, calls one service, renders.

security   headers, and the refusal of whatever was sent from elsewhere
session    whose browser this is
auth       connect, callback, sign out
render     templates -> answers
forms      form data -> typed values, or problems by field
pages      the routes
"""
