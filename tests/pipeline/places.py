"""A small place to land: two sources, a few invented people, files as partners send them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from joinedup.store.place import Place, load_place

HEAD = """
[place]
id = "fenwick"
name = "Fenwick"
kind = "demonstration"
[clock]
today = 2025-04-20
[period]
start = 2021-04-01
end = 2025-03-31
"""

FLOW = """
[sources.{id}.flow]
legal_basis = "UK GDPR 6(1)(e), 9(2)(h)"
purposes = ["direct_care", "planning"]
controller = "Fenwick Integrated Care Board"
expires = 2026-03-31
"""


def source_toml(name: str, kind: str, settings: str = "", flow: str = FLOW) -> str:
    return f'[sources.{name}]\nkind = "{kind}"\nlabel = "{name}"\n{settings}\n' + flow.format(id=name)


def make_place(folder: Path, sources: str, files: Mapping[str, str | bytes]) -> Place:
    """Write place.toml and the extracts; paths are below extracts/."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(HEAD + sources)
    for name, content in files.items():
        path = folder / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_place(folder)


PEOPLE = """local_patient_id,nhs_number,forename,surname,date_of_birth,sex,postcode,practice,valid_from
L1,9990000018,Ann,Testwell,29/02/1960,2,AB1 2CD,P1,01/04/2021
L2,,Bob,Samplesby,13/05/1950,1,AB1 3EF,P1,01/04/2021
"""

ATTENDANCES = """attendance_identifier,local_patient_id,arrival_date,attendance_category,provider_code,cost
A1,L1,01/04/2024,1,RXX,"£1,234.50"
A2,L2,15/04/2024,1,RXX,120
A3,L9,02/05/2024,1,RXX,
"""

TWO_SOURCES = source_toml("gp", "persons", 'id_space = "shared"') + source_toml("ae", "ecds", 'id_space = "shared"')

FILES = {"gp/2024/2024-05-03.csv": PEOPLE, "ae/2024/2024-05-04.csv": ATTENDANCES}
