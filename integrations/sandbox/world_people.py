"""Who is in the sample world: a tax adviser's colleagues and the people of some sixty other firms.

Each person carries a habit, in a short notation that `world_meetings` plays out:

    s35      steady: met about every 35 days          l28@150  met every 28 days until 150 days ago
    b60      blooming: from 60 days apart to 12       p@220    one project: many meetings, over 220 days ago
    1@90     met once, 90 days ago                    n@12     new: first met some weeks ago, last 12 days ago
    +40      comes along to 40 % of the meetings of the person named before
    f        only ever booked in the future           w        only in large webinars
    d        declines every time                      u        is declined by the user every time
    c        every meeting was called off             e        met in the evening or at weekends only
    q        met in the user's private entries only   a        sends invitations but never attends
    t        only in a series (`world_series`)
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.world_diary import dice

USER = "hannah@okafor.example"
USER_NAME = "Hannah Okafor"
OWN_DOMAIN = "okafor.example"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """`shown` tells whether the calendar knows the name; where not, there is only the address."""

    name: str
    address: str
    company: str = ""
    habit: str = ""
    shown: bool = True

    @property
    def first(self) -> str:
        return self.name.split()[0]


_COLLEAGUES = (
    "Jonas Weidner",
    "Priya Raman",
    "Lena Hoffstätter",
    "Samuel Boateng",
    "Katarzyna Wolska",
    "Miguel Santamaría",
    "Yusuf Demirel",
    "Charlotte Brandis",
)

# domain | company | person:habit, …
_FIRMS = """
ferro-sons.example | Ferro & Sons | Marta Lindqvist:s35, Aldo Ferro:+35, Giulia Ferro:+20
renner-holzbau.example | Renner Holzbau | Tobias Renner:s56, Heike Renner:+40
atelier-norte.example | Atelier Norte | Inês Carvalho:s21, Duarte Pires:+50
achterberg-mode.example | Achterberg Mode | Joan Achterberg:s28, Femke de Wit:+25
norrland-energi.example | Norrland Energi | Astrid Nyström:t, Erik Holmgren:t, Sanna Virtanen:t, Oluwaseun Adeyemi:t
halden-capital.example | Halden Capital | Dana Whitfield:t, Marcus Lee:t, Shirley Vance:a
brightwater-labs.example | Brightwater Labs | Siobhán Kelly:s42, Ravi Menon:+45
keller-optik.example | Keller Optik | Matthias Keller:s70, Ruth Keller:s90
maison-duval.example | Maison Duval | Élodie Duval:s30, Bastien Roche:+40
kowalczyk-transport.example | Kowalczyk Transport | Piotr Kowalczyk:s84, Ewa Zielińska:+50
sato-ceramics.example | Sato Ceramics | Haruka Sato:s120, Kenji Mori:+50
bergmann-apotheke.example | Bergmann Apotheke | Ulrike Bergmann:s63
lindgren-arkitekter.example | Lindgren Arkitekter | Nils Lindgren:s49, Maja Ekström:s77
oduya-foods.example | Oduya Foods | Chidi Oduya:b60, Ngozi Oduya:+40
vanderberg-logistics.example | Van der Berg Logistics | Pieter van der Berg:b70, Sanne Smit:+35
solarhof.example | Solarhof | Anke Petersen:b50, Jannis Thoma:+30
papadakis-shipping.example | Papadakis Shipping | Eleni Papadaki:l28@150, Nikos Papadakis:+40
moreau-conseil.example | Moreau Conseil | Camille Moreau:l35@120, Lucien Faure:l35@210
castellani-vini.example | Castellani Vini | Paolo Castellani:l42@170, Chiara Neri:+30
fjord-systems.example | Fjord Systems | Ingrid Haugen:l21@95, Lars Solberg:+60
hartmann-maschinen.example | Hartmann Maschinen | Wolfgang Hartmann:l56@240, Petra Lang:+50
greenfield-school.example | Greenfield School | Margaret O'Neill:l49@130
rossi-tessuti.example | Rossi Tessuti | Francesca Rossi:s105, Luca Bianchi:+40
delgado-abogados.example | Delgado Abogados | Carmen Delgado:s140, Álvaro Ruiz:+50
novak-druck.example | Novák Druck | Jiří Novák:s98
stern-immobilien.example | Stern Immobilien | Daniel Stern:s14, Miriam Adler:+50, Jakob Roth:+25
tanaka-trading.example | Tanaka Trading | Yuki Tanaka:s180, Aiko Hayashi:+50
weissenfels-bau.example | Weissenfels Bau | Holger Weissenfels:s45, Doris Pohl:+30
kaya-textil.example | Kaya Textil | Elif Kaya:s38, Murat Kaya:s66
osei-consulting.example | Osei Consulting | Kwame Osei:s52
petrov-media.example | Petrov Media | Anna Petrova:s33, Dmitri Petrov:+30
harbour-yoga.example | Harbour Yoga | Fiona McAllister:s150
blum-verlag.example | Blum Verlag | Esther Blum:s60, Konstantin Abel:+40
nguyen-bakery.example | Nguyen Bakery | Linh Nguyen:s26, Minh Nguyen:+45
almeida-surf.example | Almeida Surf | Rui Almeida:s112
horvath-klinik.example | Horváth Klinik | Zsófia Horváth:s75, Gábor Szabó:+50
dubois-architectes.example | Dubois Architectes | Hélène Dubois:s88
haddad-jewels.example | Haddad Jewels | Layla Haddad:s44, Karim Haddad:+50
steiner-uhren.example | Steiner Uhren | Beat Steiner:s130, Ursula Frei:+30
cloud-ledger.example | Cloud Ledger | Oliver Grant:s42, Hannah Brooks:+50
papierwelt.example | Papierwelt | Gerda Schulz:s90
reinigung-klar.example | Reinigung Klar | Bogdan Ionescu:s60
talent-bridge.example | Talent Bridge | Vanessa Cole:p@160, Tom Harding:+30
lex-partners.example | Lex Partners | Friedrich von Stetten:p@260, Amelie Koch:+60
merger-desk.example | Merger Desk | Gordon Blake:p@75
kite-robotics.example | Kite Robotics | Jun-ho Park:n@9, Soo-jin Han:+60
alpenmilch.example | Alpenmilch | Veronika Huber:n@20
pixel-und-ton.example | Pixel und Ton | Farid Rahimi:n@4
casa-verde.example | Casa Verde | Lucía Ortega:1@200, Mateo Vargas:1@90
brandt-stiftung.example | Brandt-Stiftung | Sigrid Brandt:1@320
winter-hotel.example | Winter Hotel | Stefan Winter:1@15
sunrise-fintech.example | Sunrise Fintech | Arjun Patel:d, Neha Kapoor:d
coldcall-sales.example | Coldcall Sales | Brad Sutton:u, Kelly Nash:u
hansen-marine.example | Hansen Marine | Søren Hansen:c
tomorrow-studio.example | Tomorrow Studio | Zeynep Arslan:f, Ben Carter:f
chor-am-see.example | Chor am See | Regina Falk:e, Theo Marquardt:e
praxis-lichtblick.example | Praxis Lichtblick | Dr. Cornelia Beck:q
steuerforum.example | Steuerforum | Ines Baumgart:w, Rolf Kessler:w, Agnieszka Nowak:w, Tim Berger:w, Marie Lefèvre:w
handelskammer.example | Handelskammer | Jürgen Albrecht:w, Nadine Vogt:w, Selim Aydin:w, Björn Carlsson:w
gmail.com | | Rosa Keller:s40, Thomas Engel:s95, Amara Nwosu:n@16
gmx.de | | Bernd Kaminski:s58
"""

_ALWAYS_NAMED = ("Marta Lindqvist", "Tobias Renner", "Inês Carvalho", "Joan Achterberg")
SECOND_ADDRESSES = {"Kwame Osei": "kwame.osei.demo@gmail.com", "Anna Petrova": "anna.petrova@petrov-film.example"}
"""People who write from a second address now and then."""

NOT_PEOPLE = {
    "list": "finance-team@norrland-energi.example",
    "own list": "team@okafor.example",
    "noreply": "noreply@meet-booker.example",
    "calendar": "calendar@steuerforum.example",
    "booking": "bookings@winter-hotel.example",
    "support": "support@cloud-ledger.example",
    "bridge": "conf.48213377@bridge.confero.example",
}
ROOMS = (
    ("c_1887o4kq2tinde6@resource.calendar.google.com", "Berlin-2-Linde (6)"),
    ("c_188c3v0m9ahorn4@resource.calendar.google.com", "Berlin-2-Ahorn (4)"),
    ("room-buche@okafor.example", "Buche (12)"),
)
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "ä": "ae", "ö": "oe", "ü": "ue", "Ø": "O", "Ł": "L", "'": ""}
)


def colleagues() -> list[Person]:
    """The people of the user's own firm."""
    return [
        Person(name=name, address=f"{_ascii(name.split()[0])}@{OWN_DOMAIN}", company="Okafor & Partner")
        for name in _COLLEAGUES
    ]


def outsiders(seed: int) -> list[Person]:
    """Everybody else, firm by firm, in a fixed order; who has a display name depends on the seed."""
    found = []
    for line in _FIRMS.strip().splitlines():
        domain, company, members = (part.strip() for part in line.split("|"))
        style = dice("style", domain).choice(("{first}.{last}", "{first}.{last}", "{initial}{last}", "{first}"))
        for member in members.split(", "):
            name, habit = member.split(":")
            unreadable = style.startswith("{initial}")  # most such addresses come with a name
            shown = name in _ALWAYS_NAMED or dice(seed, "shown", name).random() < (0.93 if unreadable else 0.75)
            found.append(
                Person(name=name, address=_address(name, domain, style), company=company, habit=habit, shown=shown)
            )
    return found


def _address(name: str, domain: str, style: str) -> str:
    words = [_ascii(word) for word in name.removeprefix("Dr. ").split()]
    first, last = words[0], "".join(words[1:])
    if not domain.endswith(".example"):
        return f"{first}.{last}.demo@{domain}"
    return style.format(first=first, last=last, initial=first[0]) + "@" + domain


def _ascii(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return folded.lower()


def guest(person: Person, response: str = "accepted", *, organizer: bool = False) -> dict[str, Any]:
    """One attendee as Google writes it: flags only where true, a name only where it is known."""
    entry: dict[str, Any] = {"email": person.address}
    if person.shown:
        entry["displayName"] = person.name
    if organizer:
        entry["organizer"] = True
    return entry | {"responseStatus": response}


def guests(
    people: list[Person],
    *,
    organizer: Person | None = None,
    own: str = "accepted",
    responses: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """A guest list with the user on it; `organizer` None is the user. `responses` by address, else accepted."""
    me: dict[str, Any] = {"email": USER} | ({"organizer": True} if organizer is None else {}) | {"self": True}
    given = responses or {}
    return [
        *(guest(who, given.get(who.address, "accepted"), organizer=who is organizer) for who in people),
        me | {"responseStatus": own},
    ]
