"""What a retiree's face is compared with: reference photographs, and what accepted certifications added."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from sqlalchemy import select

from certification.evidence import has_picture, name_picture, store_picture
from certification.face.types import Template
from models import Attempt, FaceTemplate, Retiree
from models.audit import record
from models.evidence import EvidencePurpose, TemplateSource

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from certification.evidence import EvidenceStore
    from certification.face.types import PhotoReport
    from models.audit import Actor
    from models.vault import Vault

# The latest few: a face of eighty changes, and an old certification says less than a new one.
CERTIFICATIONS_IN_TEMPLATE = 3


def add_reference(
    session: Session,
    retiree: Retiree,
    photo: bytes,
    report: PhotoReport,
    *,
    store: EvidenceStore,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> bool:
    """Keep a reference photograph (底图) and its descriptor; return False when this very picture is there already.

    Several photographs of one person make one template, their mean. Raises ValueError for a photograph that cannot
    serve: the caller has told the person who brought it why.
    """
    if report.descriptor is None:
        raise ValueError("a photograph that cannot serve is no reference")
    if has_picture(session, photo, retiree_id=retiree.id, vault=vault):
        return False
    stored = store_picture(photo, store=store, vault=vault)
    image = name_picture(
        session,
        stored,
        retiree_id=retiree.id,
        purpose=EvidencePurpose.REFERENCE,
        attempt_id=None,
        destroy_on=None,
        now=now,
    )
    session.flush()
    session.add(
        FaceTemplate(
            retiree_id=retiree.id,
            engine_id=report.engine_id,
            source=TemplateSource.REFERENCE,
            descriptor=report.descriptor,
            image_id=image.id,
            created_at=now,
        )
    )
    record(session, actor, "reference.add", retiree, now=now)
    return True


def add_certified_face(session: Session, attempt: Attempt, engine_id: str, probe: bytes, *, now: datetime) -> None:
    """Add the face of an accepted attempt to the template, apart from the reference photographs and reversible."""
    session.add(
        FaceTemplate(
            retiree_id=attempt.retiree_id,
            engine_id=engine_id,
            source=TemplateSource.CERTIFICATION,
            descriptor=probe,
            attempt_id=attempt.id,
            created_at=now,
        )
    )


def find_template(session: Session, retiree_id: uuid.UUID, engine_id: str) -> Template | None:
    """Return the mean of the retiree's descriptors of this engine; None without a reference photograph.

    What certifications added counts only beside a reference: by itself it could drift away from the person.
    """
    rows = session.scalars(
        select(FaceTemplate)
        .where(
            FaceTemplate.retiree_id == retiree_id,
            FaceTemplate.engine_id == engine_id,
            FaceTemplate.retired_at.is_(None),
        )
        .order_by(FaceTemplate.created_at.desc())
    ).all()
    references = [row.descriptor for row in rows if row.source is TemplateSource.REFERENCE]
    if not references:
        return None
    added = [row.descriptor for row in rows if row.source is TemplateSource.CERTIFICATION]
    return Template(engine_id, _mean(references + added[:CERTIFICATIONS_IN_TEMPLATE]))


def _mean(descriptors: list[bytes]) -> bytes:
    length = len(descriptors[0]) // 4
    rows = [struct.unpack(f"<{length}f", descriptor) for descriptor in descriptors]
    return struct.pack(f"<{length}f", *(math.fsum(column) / len(rows) for column in zip(*rows, strict=True)))
