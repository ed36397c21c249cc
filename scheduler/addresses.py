"""Addresses: which domain they belong to, and which are nobody's.

Every rule that tells a person from a machine by the address alone is a named entry of `NOT_A_PERSON`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import tldextract

from scheduler.words import N_


def words(text: str) -> frozenset[str]:
    """A table of words, for reading by people."""
    return frozenset(text.split())


FREE_MAIL = words("""
    126.com 163.com aim.com alice.it aol.com arcor.de att.net bellsouth.net bigpond.com bluewin.ch bol.com.br
    btinternet.com charter.net comcast.net cox.net duck.com eircom.net email.cz email.de fastmail.com
    fastmail.fm foxmail.com free.fr freenet.de freemail.hu gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net
    googlemail.com hanmail.net hey.com home.nl hotmail.ch hotmail.co.uk hotmail.com hotmail.de hotmail.es
    hotmail.fr hotmail.it hushmail.com icloud.com inbox.lv inbox.ru interia.pl kpnmail.nl laposte.net libero.it
    list.ru live.co.uk live.com live.de live.fr live.it live.nl mac.com mail.com mail.de mail.ee mail.ru
    mailbox.org me.com msn.com naver.com o2.pl online.de orange.fr outlook.at outlook.com outlook.de outlook.es
    outlook.fr outlook.it pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com
    rediffmail.com rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com
    skynet.be spray.se t-online.de talktalk.net telenet.be telia.com terra.com.br tiscali.it tutanota.com
    tutanota.de tuta.com tuta.io uol.com.br ukr.net verizon.net virgilio.it virginmedia.com vodafone.de
    wanadoo.fr web.de windowslive.com wp.pl xs4all.nl xtra.co.nz yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk
    yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com
    zoho.com
""")
"""Domains at which anybody can have an address: never a user's own domain, never a company."""

# Kept on purpose, for a one-person firm often has no other address: info, hello, contact, office, mail, kontakt.
_AUTOMATIC = words("""
    alert alerts appointment appointments automated bot bounce bounces calendar calendars calendarnotification
    daemon digest event events invitation invitations invite invites mailer mailerdaemon newsletter notetaker
    notification notifications notify postmaster registration reminder reminders scheduler scheduling system
    updates webinar webinars booking bookings reservation reservations
""")
_DESKS = words("""
    customercare customerservice customersuccess customersupport helpdesk help itsupport service servicedesk
    support supportdesk techsupport ticket tickets
""")
_LISTS = words("""
    abuse accounting accounts admin all allstaff announce announcements billing board careers committee company
    department developers dev engineering everybody everyone family finance group groups hostmaster hr invoices
    it jobs list lists management marketing members operations ops partners press privacy recruiting sales
    security staff team teams users webmaster
""")
_LIST_ENDINGS = ("-team", "-all", "-list", "-group", "-staff", "_team", "_all", "_list", "_group", ".team")
_LIST_BEGINNINGS = ("team", "all", "list", "group", "everyone", "members")
_BRIDGES = words("""
    zoom webex teams meet gotomeeting bluejeans whereby conference conferencebridge bridge dialin dialup meeting
    meetings join videoconference
""")
_BRIDGE_DOMAINS = words("""
    zoomcrc.com webex.com plcm.vc bjn.vc pexip.me pexipdemo.com chime.aws starleaf.com lifesizecloud.com
""")
_MEETING_FIRMS = words("""
    zoom.us bluejeans.com gotomeeting.com goto.com whereby.com google.com ringcentral.com
""")
_BOTS = frozenset({"fred@fireflies.ai", "notetaker@otter.ai", "bot@read.ai", "meet@grain.com"})
_ROOM = re.compile(r"(conference|conf|meeting|board)[-._]?room|(room|raum|salle|saal)[-._]?\d+|sitzungszimmer.*")
_SEPARATORS = re.compile(r"[-._]+")


def domain_of(address: str) -> str:
    """The part after the last @, lower case; empty where there is none."""
    return address.rpartition("@")[2].lower().rstrip(".") if "@" in address else ""


@lru_cache(maxsize=20_000)
def registered_domain(domain: str) -> str:
    """`mail.ferro.co.uk` → `ferro.co.uk`. For an unknown suffix the last two labels (the list's own `*` rule)."""
    found = _extractor()(domain)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else domain
    return ".".join(domain.split(".")[-2:])


@cache
def _extractor() -> tldextract.TLDExtract:
    """Built once and from the list that ships with the library: nothing is downloaded, nothing written."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def is_free_mail(domain: str) -> bool:
    return domain in FREE_MAIL or registered_domain(domain) in FREE_MAIL


def own_domains(address: str) -> frozenset[str]:
    """The registered domain of the user's address; none for free mail, or every client there were a colleague."""
    domain = domain_of(address)
    return frozenset() if not domain or is_free_mail(domain) else frozenset({registered_domain(domain)})


def in_domains(domain: str, domains: Iterable[str]) -> bool:
    """Whether `domain` is one of `domains` or below one of them."""
    labels = domain.split(".")
    known = domains if isinstance(domains, frozenset) else frozenset(domains)
    return any(".".join(labels[index:]) in known for index in range(len(labels)))


# -- Addresses that are nobody's ---------------------------------------------------------------------


def is_room(address: str) -> bool:
    domain = domain_of(address)
    return domain == "resource.calendar.google.com" or bool(_ROOM.fullmatch(_local(address)))


def is_calendar(address: str) -> bool:
    """A shared or imported calendar that was invited like a person."""
    return domain_of(address).endswith("calendar.google.com") and not is_room(address)


def is_bridge(address: str) -> bool:
    """The address by which a conference system joins. People who work at such a firm are people."""
    domain, local = domain_of(address), _squeezed(address)
    if in_domains(domain, _BRIDGE_DOMAINS) or domain == "meet.google.com":
        return True
    if domain != registered_domain(domain) and domain.partition(".")[0] in _BRIDGES:
        return True  # conf.4821@bridge.firm.example
    return local in _BRIDGES or (local.isdigit() and in_domains(domain, _MEETING_FIRMS))


def is_automatic(address: str) -> bool:
    """Nobody reads it, or a program does."""
    local = _squeezed(address)
    if "noreply" in local or "donotreply" in local or address in _BOTS:
        return True
    words = _SEPARATORS.split(_local(address))
    return local in _AUTOMATIC or (len(words) > 1 and bool({words[0], words[-1]} & _AUTOMATIC))


def is_desk(address: str) -> bool:
    """Whoever is on duty answers."""
    return _squeezed(address) in _DESKS or _SEPARATORS.split(_local(address))[0] in {"support", "helpdesk"}


def is_list(address: str) -> bool:
    """A team or a mailing list."""
    domain, local = domain_of(address), _local(address)
    if domain.partition(".")[0] in {"lists", "groups", "googlegroups", "listserv", "mailman"}:
        return True
    words = _SEPARATORS.split(local)
    many_words = len(words) > 1 and words[0] in _LIST_BEGINNINGS
    return _squeezed(address) in _LISTS or many_words or local.endswith(_LIST_ENDINGS)


NOT_A_PERSON: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("room", is_room, N_("A room, not a person.")),
    ("calendar", is_calendar, N_("A shared calendar, not a person.")),
    ("bridge", is_bridge, N_("A conference line, not a person.")),
    ("automatic", is_automatic, N_("An automatic address: nobody reads it.")),
    ("desk", is_desk, N_("A support desk, not one person.")),
    ("list", is_list, N_("A team or mailing list, not one person.")),
)
"""Rule, test, reason; the first that holds is told."""


@lru_cache(maxsize=8192)  # everybody's is asked for at every plan
def not_a_person(address: str) -> str:
    """The name of the rule that this address falls under, "" where none."""
    return next((rule for rule, holds, _ in NOT_A_PERSON if holds(address)), "")


def _local(address: str) -> str:
    return address.rpartition("@")[0].partition("+")[0].lower()


def _squeezed(address: str) -> str:
    return _SEPARATORS.sub("", _local(address))
