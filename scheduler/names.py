"""Names and companies as people would write them. What comes in was typed by strangers; what goes out is plain text:
no control or bidi characters, no addresses, no links, at most `LONGEST` characters, never empty."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from scheduler.addresses import domain_of, is_free_mail, registered_domain
from scheduler.addresses import words as _words

LONGEST = 80
NOBODY = "Unknown"

_TITLES = _words("""
    dr prof professor mr mrs ms miss mx mag dipl-ing dipling ing herr frau mme mlle monsieur madame sir dame rev
    sig sigra dott dottssa
""")
_LETTERS_AFTER = _words("""
    phd md mba msc bsc ma ba llm llb jd cfa cpa esq jr sr ii iii pe pmp cissp frcs mrcp dds dr mag ing drphil
    bba meng
""")
_PARTICLES = _words("""
    van von der den de del della di da du la le ter ten zu zur af av bin ibn al el y e dos das do
""")
_COMPANY_WORDS = _words("""
    gmbh ag ltd llc inc co corp company plc sa srl bv kg sons partners group llp
""")
_ROLES = _words("""
    info hello hi contact office mail kontakt email post buero bureau studio praxis kanzlei
""")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>")
_TAILS = re.compile(r"\s+(?:[|/–—·•-]|via|from|@)\s+.*$", re.IGNORECASE)
_LINK = re.compile(r"\S*(?:://|@|\bwww\.)\S*", re.IGNORECASE)
_QUOTES = str.maketrans("", "", '"“”„«»`<>\\')


def plain(text: str) -> str:
    """On one line, without control, format (bidi, zero-width) and private-use characters, blanks joined."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    kept = (" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join("".join(kept).split())


def tidy_name(display: str, address: str) -> str:
    """The display name made plain ("LINDQVIST, Dr. Marta (Ferro & Sons)" → "Marta Lindqvist"); where there is none,
    one from the address ("marta.lindqvist@…" → "Marta Lindqvist")."""
    return _tidied(display[: 4 * LONGEST], address)


@lru_cache(maxsize=4096)  # everybody's is asked for at every plan
def _tidied(display: str, address: str) -> str:
    return (_from_display(display, address) or _from_address(address))[:LONGEST].strip() or NOBODY


def company_of(address: str) -> str:
    """The company the domain speaks of ("ferro-sons.example" → "Ferro Sons"); none for free mail."""
    domain = domain_of(address)
    if not domain or is_free_mail(domain):
        return ""
    label = registered_domain(domain).partition(".")[0]
    if label.startswith("xn--"):
        try:
            label = label.encode("ascii").decode("idna")
        except UnicodeError:
            return ""
    words = [word for word in re.split(r"[-_]+", plain(label)) if word]
    return " ".join(word.upper() if len(word) <= 3 and len(words) == 1 else _capital(word) for word in words)[:LONGEST]


def _from_display(display: str, address: str) -> str:
    text = plain(display)
    if not text:
        return ""
    text = _LINK.sub("", _BRACKETS.sub(" ", text)).translate(_QUOTES)
    text = _TAILS.sub("", text).strip(" '’,;.:-")
    words = _in_order(text, address).split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        del words[0]
    if not any(char.isalpha() for word in words for char in word):
        return ""
    return " ".join(_cased(words))


def _in_order(text: str, address: str) -> str:
    """First name first; letters and companies after a comma are dropped."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    parts = [part for index, part in enumerate(parts) if index == 0 or not _is_tail(part)]
    if len(parts) < 2:
        return parts[0] if parts else ""
    family, given = parts[:2]
    local = address.partition("@")[0].lower()
    natural = len(family.split()) > 1 and local.startswith(_bare(family.split()[0]))
    return family if natural else f"{given} {family}"


def _is_tail(part: str) -> bool:
    words = [_bare(word) for word in part.split()]
    return all(word in _LETTERS_AFTER for word in words) or "&" in part or bool(set(words) & _COMPANY_WORDS)


def _cased(words: list[str]) -> list[str]:
    """Capitals where somebody typed all small or all large; a person's own mixture is left alone."""
    small = all(word == word.lower() for word in words)
    cased = []
    for index, word in enumerate(words):
        shouted = word == word.upper() and sum(char.isalpha() for char in word) > 2 and "." not in word
        if small and 0 < index < len(words) - 1 and word in _PARTICLES:
            cased.append(word)
        else:
            cased.append(_capital(word.lower()) if small or shouted else word)
    return cased


def _capital(word: str) -> str:
    """First letters large, also after a hyphen or apostrophe, where the script has such letters (Georgian has not)."""
    return re.sub(r"(^|[-'’])(\w)", lambda match: match[1] + match[2].title(), word)


def _from_address(address: str) -> str:
    local = plain(address).rpartition("@")[0].partition("+")[0] or plain(address).strip("@")
    words = [word for word in re.split(r"[\W\d_]+", local.lower()) if word]
    if not words or set(words) <= _ROLES:
        return company_of(address) or re.sub(r"\W", "", local)
    return " ".join(f"{word.upper()}." if len(word) == 1 else _capital(word) for word in words)


def _bare(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum() or char == "-").strip("-")
