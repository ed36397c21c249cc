"""What `scripts/install.py` does when, with a stand-in for Python that writes down what it is asked."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "install.py"

# Makes .venv with itself in it, logs what pip is asked for, and fails as pip does where a file says so.
STAND_IN = """#!/bin/sh
case "$*" in
    "-m venv"*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; echo "#!$4/bin/python" > "$4/bin/pip"
                echo venv >> log ;;
    "-m pip"*) shift 2; echo "pip $*" >> log; [ ! -e offline ] || { echo "ERROR: no network"; exit 1; } ;;
esac
"""


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path / "a project"
    root.mkdir()
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "PYTHON": root / ".venv" / "bin" / "python",
        "STATE": root / ".make",
        "UNFINISHED": root / ".make" / "unfinished",
    }.items():
        monkeypatch.setattr(module, name, value)
    python = tmp_path / "python3"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.chdir(root)
    for name in ("requirements.lock", "requirements-dev.lock"):
        Path(name).write_text("one==1\ntwo[extra]==2\n")
    Path("pyproject.toml").write_text("")
    return module


def done() -> list[str]:
    """What was asked since the last look."""
    log = Path("log")
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def test_all_that_is_fetched_has_its_hash_checked(installer: ModuleType) -> None:
    installer.install("run")
    assert done() == [
        "venv",
        "pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock",
        "pip install --no-build-isolation --no-deps --no-index -e .",
    ]


def test_the_second_time_nothing_is_done(installer: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    installer.install("run")
    assert "Installing 2 packages of requirements.lock" in capsys.readouterr().out
    done()
    installer.install("run")
    assert done() == []
    assert capsys.readouterr().out == ""


def test_the_tools_of_the_tests_include_what_the_service_needs(installer: ModuleType) -> None:
    installer.install("run")
    done()
    installer.install("dev")
    assert len(done()) == 2, "the same .venv is kept"
    installer.install("run")
    assert done() == []


def test_a_changed_lock_installs_again(installer: ModuleType) -> None:
    installer.install("run")
    done()
    Path("requirements.lock").write_text("one==2\n")
    installer.install("run")
    assert len(done()) == 2


def test_an_interrupted_installation_begins_afresh(installer: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    installer.install("run")
    done()
    installer.UNFINISHED.touch()
    installer.install("run")
    assert done()[0] == "venv"
    assert "interrupted" in capsys.readouterr().out
    installer.install("run")
    assert done() == []


def test_a_moved_project_gets_a_new_venv(installer: ModuleType) -> None:
    installer.install("run")
    done()
    (installer.VENV / "bin" / "pip").write_text("#!/somewhere/else/.venv/bin/python\n")
    installer.install("run")
    assert done()[0] == "venv"


def test_a_failure_shows_what_pip_said_and_keeps_the_venv(installer: ModuleType) -> None:
    installer.install("run")
    done()
    Path("requirements.lock").write_text("one==2\n")
    Path("offline").touch()
    with pytest.raises(installer.CannotInstallError, match="ERROR: no network"):
        installer.install("run")
    Path("offline").unlink()
    done()
    installer.install("run")
    assert "venv" not in done()


def test_wrong_use(installer: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["install.py", "everything"])
    assert installer.main() == 2
    monkeypatch.setattr(sys, "argv", ["install.py", "run"])
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    assert installer.main() == 1
    assert "Python 3.11 or newer; python3 is 3.9" in capsys.readouterr().err
    assert done() == []
