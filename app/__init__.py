"""The service: what the web, the command line and the wheel call.

main       create_app(): builds everything once, and the only place that does
wheels     the two engines over the accounts of a database
config     Settings; clock: the only now()
keys       encryption at rest and signed links
db/        engine, tables, repositories (every query lives here)
services/  refresh (pull -> digest -> plan -> push), connect, actions, preferences, privacy
web/       routes, templates, static, session, security
api/       the same services as JSON
cli        the command line
"""
