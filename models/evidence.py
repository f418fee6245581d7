"""Pictures that are kept, and the face templates made from them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Identified
from models.types import EncryptedBytes


class EvidencePurpose(StrEnum):
    """Why a picture is kept."""

    REFERENCE = "reference"
    ATTEMPT = "attempt"
    VISIT_FACE = "visit_face"
    VISIT_SIGNATURE = "visit_signature"
    LIFE_EVENT = "life_event"


class EvidenceImage(Identified, Base):
    """A picture kept as an encrypted file (底图 or a frame of an attempt), with the day it must be destroyed."""

    __tablename__ = "evidence_images"

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attempts.id"), index=True)
    visit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("visits.id"), index=True)
    life_event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("life_events.id"), index=True)
    purpose: Mapped[EvidencePurpose]
    content_index: Mapped[str] = mapped_column(String(64), comment="keyed digest: the same picture is not kept twice")
    storage_key: Mapped[str] = mapped_column(String(64), unique=True)
    destroy_on: Mapped[date | None] = mapped_column(index=True, comment="none while it is the reference in use")
    created_at: Mapped[datetime]
    key_id: Mapped[str | None] = mapped_column(
        String(8), comment="of the data key that sealed the file; none: not known"
    )


class EvidenceWaste(Base):
    """A stored file that no row names any more: written in the transaction that let it go, deleted soon afterwards."""

    __tablename__ = "evidence_waste"

    storage_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]


class TemplateSource(StrEnum):
    """What a template was made from."""

    REFERENCE = "reference"
    CERTIFICATION = "certification"


class FaceTemplate(Identified, Base):
    """One descriptor of a retiree's face (人脸模板) of one engine.

    Those of accepted certifications stand apart from those of reference photographs and can be retired alone.
    """

    __tablename__ = "face_templates"

    retiree_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retirees.id"), index=True)
    engine_id: Mapped[str] = mapped_column(String(64))
    source: Mapped[TemplateSource]
    descriptor: Mapped[bytes] = mapped_column(EncryptedBytes("face_templates.descriptor"))
    image_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence_images.id"))
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attempts.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
