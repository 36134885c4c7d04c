"""Known vulnerabilities of the pinned packages: python .ci/audit.py constraints.txt

Asks PyPI's advisory database through pip-audit. Exit code 0: all packages were looked up and none
has a known one; 1: some have; 2: not all could be looked up, so nothing is known of the others.
(pip-audit itself ends with 0 where it could look up nothing.)
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Ask, and say what came of it."""
    audit = Path(sys.executable).with_name("pip-audit")
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    done = subprocess.run(
        [audit, "-r", sys.argv[1], *options], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = done.stderr.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        print(f"The advisory database can't be reached: {last[0][:300]}")
        return 2
    return told(packages)


def told(packages: list[dict[str, Any]]) -> int:
    """Print what is known of the packages; the exit code."""
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        for known in package["vulns"]:
            fixed = ", ".join(known["fix_versions"]) or "none"
            print(f"{package['name']} {package['version']}: {known['id']} (fixed in: {fixed})")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    audited = len(packages) - len(skipped)
    print(f"{audited} of {len(packages)} packages audited, {len(vulnerable)} with a known problem.")
    if skipped:
        why = "The advisory database can't be reached from here" if not audited else "Not known"
        print(f"{why}: {', '.join(skipped[:5])}{' and more' if len(skipped) > 5 else ''}.")
    return 1 if vulnerable else 2 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
