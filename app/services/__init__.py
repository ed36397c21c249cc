"""What the service does, one job a file. Each takes plain values, opens its own transactions, and commits once.

preferences  what the user set, and checking it
pull         the calendar's changes -> the mirror
digest       events -> occurrences
found        what the calendar knows and our rows do not (pure)
seating      whose names go into which block (pure)
outlook      the mirror and what the user said -> what should be (pure)
push         what should be -> the calendar
refresh      pull -> digest -> outlook -> push, under the lease
connect      sign-in, disconnect, the stored token
actions      what a person presses: kinds, ticks, snooze, pause
views        what a page shows
feed         the blocks as other calendars read them
faults       standing faults -> one plain message each
standing_faults  which of them stand now, of the installation and of an account
"""
