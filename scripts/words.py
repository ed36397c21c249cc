"""`make words`: every message of the program into the catalogues in app/locale; what is gone from it goes.

Messages are found by Babel in `_(…)`, `ngettext(…)` and `N_(…)` of Python and of the templates. Catalogues name the
files that a message stands in and no lines, so that only what changed changes. A message whose words changed is a new
one: its old translation is not guessed into its place.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.languages import LANGUAGES, catalogue_of
from scheduler.words import ENGLISH

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "integrations", "scheduler")
METHODS = [("**/sandbox/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def messages() -> Catalog:
    """Every message of the program, each with its files and the notes for translators (comments with "Words:")."""
    found = Catalog(project="Greenblock", charset="utf-8", header_comment="")
    for room in ROOMS:
        for file, line, message, comments, context in extract_from_dir(
            str(ROOT / room), METHODS, OPTIONS, KEYWORDS, comment_tags=("Words:",), strip_comment_tags=True
        ):
            found.add(message, locations=[(f"{room}/{file}", line)], auto_comments=comments, context=context)
    return found


def updated(code: str, template: Catalog) -> bytes:
    """The catalogue of that language as it should be."""
    path = catalogue_of(code)
    known = Catalog(locale=code)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=code)
    fresh = Catalog(locale=code, project="Greenblock", header_comment="", fuzzy=False)
    for message in template:
        if message.id:
            old = known.get(message.id, message.context)
            fresh.add(
                message.id,
                string=old.string if old is not None else "",
                locations=message.locations,
                auto_comments=message.auto_comments,
                context=message.context,
            )
    written = io.BytesIO()
    write_po(written, fresh, width=120, sort_output=True, include_lineno=False, omit_header=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    header += f'"Plural-Forms: {fresh.plural_forms}\\n"\n\n'
    return header.encode() + written.getvalue()


def main() -> int:
    template = messages()
    for code in LANGUAGES:
        if code == ENGLISH.code:
            continue
        path = catalogue_of(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(updated(code, template))
        with path.open("rb") as file:
            missing = [message for message in read_po(file, locale=code) if message.id and not all_said(message.string)]
        print(f"{path.relative_to(ROOT)}: {len(template)} messages, {len(missing)} to translate")
    return 0


def all_said(translation: object) -> bool:
    forms = translation if isinstance(translation, tuple | list) else (translation,)
    return bool(forms) and all(forms)


if __name__ == "__main__":
    sys.exit(main())
