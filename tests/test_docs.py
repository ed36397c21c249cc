"""Holds the documents true: what they name exists, and what exists is named."""

import re
import tomllib
from pathlib import Path

import pytest

from app.config import Settings

ROOT = Path(__file__).resolve().parent.parent
READ_BY_PEOPLE = ["README.md", "CONTRIBUTING.md"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MARKDOWN = [path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]]


def text_of(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def direct_dependencies() -> set[str]:
    project = PYPROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
        *PYPROJECT["dependency-groups"]["security"],
    ]
    return {re.match(r"[\w.-]+", line)[0] for line in wanted}  # type: ignore[index]  # each line begins with a name


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^ ;\\]+)", text_of(lock), re.MULTILINE))


def test_each_dependency_has_its_reason() -> None:
    page, _, _ = text_of("docs/decisions/0002-dependencies.md").partition("## Left out")
    explained = dict(re.findall(r"^\| ([\w.-]+) \| (.{15,}) \|$", page, re.MULTILINE))
    assert direct_dependencies() == set(explained) - {"package"}


def test_each_dependency_is_locked() -> None:
    assert direct_dependencies() <= set(pins("requirements-dev.lock")) | set(pins("requirements-security.lock"))


def test_both_locks_agree() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run.items() <= dev.items(), "the two locks name different versions: run make lock"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-security.lock"])
def test_locks_name_no_registry(lock: str) -> None:
    assert not re.search(r"https?://|--index|--extra-index|--find-links|file:", text_of(lock))


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_each_make_target_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text_of(name), re.MULTILINE))
    assert named <= targets


def test_each_make_target_is_listed_and_phony() -> None:
    makefile = text_of("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))
    assert targets == set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]  # a test fails either way


def test_each_setting_is_documented_and_each_documented_setting_exists() -> None:
    exist = {f"GREENBLOCK_{name.upper()}" for name in Settings.model_fields}
    assert exist == set(re.findall(r"GREENBLOCK_[A-Z_]+[A-Z]", text_of("README.md")))


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md", "compose.yaml", "Dockerfile"])
def test_each_setting_named_elsewhere_exists(name: str) -> None:
    exist = {f"GREENBLOCK_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"GREENBLOCK_[A-Z_]+[A-Z]", text_of(name))) <= exist


@pytest.mark.parametrize("path", MARKDOWN, ids=str)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text_of(path))
    assert [target for target in targets if not (ROOT / path.parent / target).exists()] == []


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_each_file_named_exists(name: str) -> None:
    rooms = "app|scheduler|integrations|migrations|tests|docs|scripts"
    named = set(re.findall(rf"`((?:{rooms})/[\w./-]*)`", text_of(name)))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("room", ["app", "scheduler", "integrations", "migrations", "scripts", "tests"])
def test_no_file_is_too_long(room: str) -> None:
    longest = 500 if room == "tests" else 400  # tests are lists of cases, read one at a time
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / room).rglob("*.py")}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > longest} == {}


def test_each_package_says_what_it_is() -> None:
    maps = [
        path
        for room in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        for path in (ROOT / room).rglob("__init__.py")
    ]
    assert [
        str(path.relative_to(ROOT)) for path in maps if not path.read_text(encoding="utf-8").strip().startswith('"""')
    ] == []


def test_the_image_holds_every_package() -> None:
    packages = set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages == set(re.findall(r"^COPY (\w+) \1$", text_of("Dockerfile"), re.MULTILINE))
    assert packages <= set(re.findall(r"^!(\w+)$", text_of(".dockerignore"), re.MULTILINE))
