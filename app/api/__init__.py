"""The same services as JSON, under /api, with the session cookie of the pages.

routes   every page action; answers are the frozen values of services.viewmodel
asked    what bodies may hold
docs     /api/openapi.json, and /docs, which shows it without a script
"""
