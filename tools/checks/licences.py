"""Lists the licence of every run-time dependency, and refuses what cannot be shipped.

``--write`` renews docs/licences.md; ``--sbom FILE`` writes the same packages and our models as a
bill of materials (CycloneDX 1.6, ECMA-424).
"""

from __future__ import annotations

import hashlib
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from searchapp import __version__

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "licences.md"
MODELS = ROOT / "searchapp" / "vision" / "models"
MODEL_FILES = {".onnx", ".npz", ".tflite"}

FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|HPND|CC0|0BSD"
    r"|PostgreSQL|LGPL|Lesser General Public",
    re.IGNORECASE,
)
"""May be shipped as a separate package beside ours; LGPL libraries stay replaceable by pip."""

KNOWN: dict[str, str] = {}
"""Package -> licence, where its metadata names none; each one looked up by hand."""

BUNDLED: dict[str, str] = {
    "pillow-heif": "; the wheel's libheif, libde265: LGPL-3.0; its x265: GPL-2.0-or-later",
}
"""Package -> what its wheel brings along under another licence than its own."""

HEAD = """# Licences of what is installed

Made by `tools/checks/licences.py --write` from the packages' own metadata; `make sbom` writes the
same packages and our models as a bill of materials (CycloneDX).  Every package is installed
unchanged from PyPI; nothing is copied into this repository.  The wheel of pillow-heif brings
libheif and libde265 (LGPL) and x265 (GPL-2.0-or-later, an encoder that we never call) as separate
shared libraries: whoever hands on an image with the wheel inside hands on their licences with it
(they are in the wheel).  Why it stays: [0040](decisions/0040-headers-without-decoders.md).  The
wheel of opencv-python-headless brings FFmpeg (LGPL), which we never call, in the same way.

The mask head and the mean of worn garments were learned from clothing-co-parsing (Apache-2.0; the
rights of its street photos are not stated): see `searchapp/vision/models/PROVENANCE.md`.

| package | version | licence |
|---|---|---|
"""


def main() -> int:
    """1 when a package has no licence that we may ship."""
    rows = [row for name, version in pinned() if (row := _row(name, version))]
    bad = [row for row in rows if not FREE.search(row[2])]
    if "--write" in sys.argv:
        LIST.parent.mkdir(exist_ok=True)
        LIST.write_text(HEAD + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in rows))
    if "--sbom" in sys.argv:
        target = Path(sys.argv[sys.argv.index("--sbom") + 1])
        target.parent.mkdir(exist_ok=True)
        JsonV1Dot6(bill_of_materials(rows)).output_to_file(str(target), allow_overwrite=True)
        print(f"licences: {target}")
    for name, version, licence in bad:
        print(f"licences: {name} {version} is under {licence!r}")
    print(f"licences: {len(rows)} packages, {len(bad)} to clear")
    return 1 if bad else 0


def pinned() -> list[tuple[str, str]]:
    """Names and versions of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [
        (name, version.split(";")[0].strip())
        for name, _, version in (line.partition("==") for line in lines)
        if version
    ]


def bill_of_materials(rows: list[tuple[str, str, str]]) -> Bom:
    """The product with its packages (name, version, licence) and its model files."""
    bom, licences = Bom(), LicenseFactory()
    product = Component(name="searchapp", version=__version__, type=ComponentType.APPLICATION)
    bom.metadata.component = product
    for name, version, licence in rows:
        bom.components.add(
            Component(
                name=name,
                version=version,
                licenses=[licences.make_from_string(licence)],
                purl=PackageURL("pypi", name=name, version=version),
                bom_ref=f"{name}=={version}",
            )
        )
    for path in sorted(path for path in MODELS.iterdir() if path.suffix in MODEL_FILES):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        bom.components.add(
            Component(
                name=path.name,
                type=ComponentType.MACHINE_LEARNING_MODEL,
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
                bom_ref=path.name,
            )
        )
    bom.register_dependency(product, bom.components)
    return bom


def licence_of(package: Distribution) -> str:
    """What the metadata says, the newest field first (PEP 639, then classifiers, then text)."""
    metadata = package.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classified = [
        value.rpartition("::")[2].strip()
        for value in metadata.get_all("Classifier") or []
        if value.startswith("License ::") and not value.endswith("OSI Approved")
    ]
    if classified:
        return ", ".join(classified)
    return (
        (metadata.get("License") or "").strip().splitlines()[0][:60]
        if metadata.get("License")
        else KNOWN.get(package.name.lower(), "not named")
    )


def _row(name: str, version: str) -> tuple[str, str, str] | None:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return None  # For another Python version or another system.
    return name, version, f"{licence_of(package)}{BUNDLED.get(name, '')}"


if __name__ == "__main__":
    raise SystemExit(main())
