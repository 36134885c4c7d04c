"""Certificates for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certificate_for_loopback(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own authority for 127.0.0.1, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    told = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test "
    told += "-addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", "req", *told.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key
