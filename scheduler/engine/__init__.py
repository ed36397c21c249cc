"""What turns the wheel. An engine is given the functions to call and knows nothing of app.

embedded   APScheduler: one process, any database
"""
