"""The pages. A route parses, calls one service, renders.

security        headers, and the refusal of whatever was sent from elsewhere
speaking        in which language
session         whose browser this is
given           what routes are given
auth            connect, callback, sign out
bodies          how much a request may bring along
formdata        the body of a POST -> a form, within limits
forms           form data -> typed values, or problems by field
forms_settings  the same for the settings page
labels          what the fields of the settings are called
render          templates -> answers
pages           the routes; people and settings in pages_people and pages_settings
"""
