"""The brain: who and when. Pure: no database, no network, no clock, no framework.

    timespan    Span: half-open, aware; overlap, subtract, clip
    events      what the calendar holds
    model       the nouns, as frozen dataclasses; those of events are named here too
    recurrence  a series and its exceptions -> occurrences in a window
    people      occurrences -> meetings, touches, acquaintances; who was left out, and why
    rhythm      one contact's touch days -> usual gap, chance that there is contact anyway
    ranking     what is lost if nobody calls, in order
    fill        who is due, and whose names go into which block
    slots       working hours - busy time - closed days -> free slots
    plan        rules + slots -> the blocks of the coming weeks, and what found no place
    worksheet   a block -> its text; the text, edited by a person -> ticks
    changes     planned blocks vs. the calendar -> Create, Update, Delete, Keep, each with its reason
    engine/     what turns the wheel; given the functions to call

Each may import only those above it in the list. `now` is always an argument.
"""
