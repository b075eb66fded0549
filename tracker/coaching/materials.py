"""Materials: files that a host gave in a session, held against what their names say."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Name, Slug, now

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession

FOLDER = "materials"
MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
LONGEST_NAME = 120
MOST_ENTRIES = 10_000  # far more than any document has
OFFICE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
HWPX = b"application/hwp+zip"
MIMETYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "hwpx": "application/hwp+zip",
    "hwp": "application/x-hwp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
SAME = {"jpeg": "jpg"}


class Material(Model):
    """A file that belongs to a session; on disk it bears its slug."""

    __tablename__ = "coaching_material"
    __table_args__ = (CheckConstraint("size_bytes > 0", name="size"),)

    id: Mapped[Key]
    slug: Mapped[Slug] = mapped_column(default=lambda: token_hex(16))
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    session: Mapped[CoachingSession] = relationship(back_populates="materials")
    name: Mapped[Name]
    kind: Mapped[Name]
    size_bytes: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User")

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return Path(current_app.instance_path) / FOLDER / self.slug


class Given(NamedTuple):
    """A file whose content is what its name says."""

    name: str
    kind: str
    data: bytes


def checked(filename: str, data: bytes) -> Given:
    """The file, once its content is what its name says.

    Raises ValidationError, with what to do, for what is empty, too large, of a kind that is not
    taken, or not what it is called.
    """
    name = _plain(filename)
    if not data:
        raise ValidationError(_("“%(name)s” is empty; choose it again.", name=name))
    if len(data) > MOST_BYTES:
        raise ValidationError(_("Send files of at most %(mb)s MB.", mb=MOST_BYTES >> 20))
    called = name.rpartition(".")[2].lower()
    called = SAME.get(called, called)
    if called not in MIMETYPES or "." not in name:
        kinds = ", ".join(it.upper() for it in MIMETYPES)
        raise ValidationError(_("Send one of these kinds of file: %(kinds)s.", kinds=kinds))
    if kind_of(data) != called:
        raise ValidationError(
            _("“%(name)s” is not what its name says. Save it anew and send that.", name=name)
        )
    return Given(name, called, data)


def kind_of(data: bytes) -> str | None:
    """What a file is by its content; None for anything that is not taken."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "hwp" if b"HWP Document File" in data else None
    return _kind_of_archive(data) if data.startswith(b"PK\x03\x04") else None


def _kind_of_archive(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [it.filename for it in entries]
            if not names or len(names) > MOST_ENTRIES or any("vbaProject" in it for it in names):
                return None  # nothing that runs
            if names[0] == "mimetype" and entries[0].file_size == len(HWPX):
                return "hwpx" if archive.read("mimetype") == HWPX else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    found = [kind for kind, folder in OFFICE.items() if any(it.startswith(folder) for it in names)]
    return found[0] if len(found) == 1 else None


def _plain(filename: str) -> str:
    last = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(it for it in last if it.isprintable()).strip().strip(".") or "file"
    stem, dot, end = name.rpartition(".")
    return f"{(stem or end)[:LONGEST_NAME]}{dot if stem else ''}{end[:10] if stem else ''}"


def keep(session: Any, given: list[Given], who: Any) -> list[Material]:
    """Materials of `session`, their files written; the caller drops them if it saves nothing."""
    kept = []
    for it in given:
        material = Material(
            slug=token_hex(16), name=it.name, kind=it.kind, size_bytes=len(it.data), recorded_by=who
        )
        material.file.parent.mkdir(mode=0o700, exist_ok=True)
        material.file.write_bytes(it.data)
        session.materials.append(material)
        kept.append(material)
    return kept


def drop(materials: list[Material]) -> None:
    """Take away the files of materials that were not saved."""
    for it in materials:
        it.file.unlink(missing_ok=True)
