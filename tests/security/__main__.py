"""`make security`: the tools, the audit, the bill of materials, the guards, then the threat suite in full. Ends with
one table.

AUDIT=required fails where the database of known holes could not be asked; otherwise that is said and not passed over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv-security" / "bin"
OURS = ["app", "integrations", "scheduler", "migrations", "scripts"]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-security.lock"]
SBOM = ROOT / "artefacts" / "sbom.json"
SEMGREP = ["--metrics", "off", "--disable-version-check", "--quiet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """`done` False: it could not be done, which is neither good nor bad."""

    good: bool
    words: str
    done: bool = True


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=1_200
    )


def bandit() -> Outcome:
    ran = run(ROOT / ".venv/bin/bandit", "-q", "-c", "pyproject.toml", "-r", *OURS)
    return Outcome(good=ran.returncode == 0, words="nothing unanswered" if ran.returncode == 0 else ran.stdout)


def semgrep() -> Outcome:
    """First each rule against its planted violation, else a rule that finds nothing would look like clean code."""
    planted = run(TOOLS / "semgrep", "--test", *SEMGREP[:3], "tools/semgrep")
    if planted.returncode != 0 or "All tests passed" not in planted.stdout + planted.stderr:
        return Outcome(good=False, words="a rule misses what was planted:\n" + planted.stdout + planted.stderr)
    ran = run(TOOLS / "semgrep", "scan", "--config", "tools/semgrep/house.yml", "--error", *SEMGREP, *OURS)
    rules = (ROOT / "tools/semgrep/house.yml").read_text(encoding="utf-8").count("- id: ")
    good = f"{rules} rules, each finds what was planted; nothing unanswered"
    return Outcome(good=ran.returncode == 0, words=good if ran.returncode == 0 else ran.stdout)


def audit() -> Outcome:
    """Known holes in what the locks name. pip-audit ends with success where it could ask nobody: what it skipped is
    counted here."""
    looked_at, skipped, holes = 0, 0, []
    for lock in LOCKS:
        ran = run(TOOLS / "pip-audit", "-r", lock, "--disable-pip", "--require-hashes", "--format", "json")
        try:
            packages = json.loads(ran.stdout)["dependencies"]
        except (ValueError, KeyError):
            return Outcome(good=True, done=False, words="NOT DONE: " + (ran.stderr.strip().splitlines() or ["?"])[-1])
        looked_at += len(packages)
        skipped += sum("skip_reason" in package for package in packages)
        holes += [f"{one['name']} {one['version']}: {hole['id']}" for one in packages for hole in one.get("vulns", [])]
    if holes:
        return Outcome(good=False, words="\n".join(sorted(set(holes))))
    if skipped:
        return Outcome(
            good=True,
            done=False,
            words=f"NOT DONE for {skipped} of {looked_at} packages: the database of known holes could not be asked.",
        )
    return Outcome(good=True, words=f"{looked_at} packages, no known hole")


def bill_of_materials() -> Outcome:
    SBOM.parent.mkdir(exist_ok=True)
    ran = run(
        TOOLS / "cyclonedx-py",
        *("requirements", "requirements.lock", "--pyproject", "pyproject.toml"),
        *("--of", "JSON", "--output-reproducible", "-o", str(SBOM)),
    )
    if ran.returncode != 0:
        return Outcome(good=False, words=ran.stderr)
    count = len(json.loads(SBOM.read_text(encoding="utf-8"))["components"])
    return Outcome(good=True, words=f"{SBOM.relative_to(ROOT)}, CycloneDX, {count} components")


def threats(arguments: list[str]) -> Outcome:
    """The suite in full, its counts as they come."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/security", "-rP", *arguments],
        cwd=ROOT,
        env=os.environ | {"FULL": "1"},
        check=False,
    )
    return Outcome(good=ran.returncode == 0, words="the threat suite in full; its figures are above")


def guards() -> Outcome:
    """guard → the test that falls when it is taken away."""
    ran = run(sys.executable, "-m", "tests.security.taking_away")
    print(ran.stdout, ran.stderr[-2_000:], sep="", flush=True)
    return Outcome(good=ran.returncode == 0, words=(ran.stdout.strip().splitlines() or ["it did not begin"])[-1])


def main() -> int:
    steps: dict[str, Callable[[], Outcome]] = {
        "bandit": bandit,
        "semgrep": semgrep,
        "dependency audit": audit,
        "bill of materials": bill_of_materials,
        "guards": guards,
        "threats": lambda: threats(sys.argv[1:]),
    }
    outcomes: dict[str, Outcome] = {}
    for name, step in steps.items():
        print(f"{name} …", flush=True)
        outcomes[name] = step()
    required = os.environ.get("AUDIT") == "required"
    for name, outcome in outcomes.items():
        mark = "failed" if not outcome.good else "ok" if outcome.done else "?"
        print(f"  {mark:7} {name}: {outcome.words.strip()}")
    return 0 if all(one.good and (one.done or not required) for one in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
