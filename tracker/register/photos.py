"""Photos: pictures of a unit, drawn anew so that nothing but what is seen on them is kept."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from marshmallow import ValidationError
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Slug, now
from common.permissions import Can, Member, allowed

TYPES = ("JPEG", "PNG", "WEBP")
MOST_PHOTOS = 4
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000  # what phones make; far below what fills the memory
LONGEST_SIDE = 1600
QUALITY = 82
FOLDER = "photos"


class Photo(Model):
    """A picture that belongs to an inspection; the file bears its slug."""

    __tablename__ = "photo"

    id: Mapped[Key]
    slug: Mapped[Slug] = mapped_column(default=lambda: token_hex(16))
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    inspection: Mapped[Any] = relationship("Inspection", back_populates="photos")
    width: Mapped[int]
    height: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User")

    @property
    def file(self) -> Path:
        """Where its picture is kept."""
        return Path(current_app.instance_path) / FOLDER / f"{self.slug}.jpg"


class Picture(NamedTuple):
    """A picture drawn anew: JPEG without any metadata, at most `LONGEST_SIDE` long."""

    jpeg: bytes
    width: int
    height: int


def drawn_anew(data: bytes) -> Picture:
    """The picture in `data`, without all that is not seen on it.

    Raises ValidationError, with what to do, for what is no picture, too large, or broken.
    """
    if len(data) > MOST_BYTES:
        raise ValidationError(_("Send photos of at most %(mb)s MB.", mb=MOST_BYTES >> 20))
    try:
        with Image.open(io.BytesIO(data), formats=TYPES) as given:
            if given.width * given.height > MOST_PIXELS:
                raise ValidationError(_too_many_pixels())
            given.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read no larger than kept
            return _anew(given)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(_too_many_pixels()) from None
    except UnidentifiedImageError:
        raise ValidationError(_("Send a photo as JPEG, PNG or WebP.")) from None
    except (OSError, SyntaxError, ValueError, EOFError):  # Pillow's ways to say broken
        raise ValidationError(_("This photo is broken; take it again.")) from None


def _anew(given: Image.Image) -> Picture:
    given.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(given)
    seen = upright.convert("RGBA")
    # Only the points themselves go over to a new picture: no place, no camera, no thumbnail.
    clean = Image.new("RGB", seen.size, "white")
    clean.paste(seen, mask=seen.getchannel("A"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), *clean.size)


def _too_many_pixels() -> str:
    most = MOST_PIXELS // 1_000_000
    return str(_("Send photos of at most %(most)s million pixels.", most=most))


def keep(inspection: Any, pictures: list[Picture], who: Any) -> list[Photo]:
    """Photos of `inspection`, their files written; the caller drops them if it saves nothing."""
    photos = []
    for picture in pictures:
        photo = Photo(
            slug=token_hex(16), width=picture.width, height=picture.height, recorded_by=who
        )
        photo.file.parent.mkdir(mode=0o700, exist_ok=True)
        photo.file.write_bytes(picture.jpeg)
        inspection.photos.append(photo)
        photos.append(photo)
    return photos


def drop(photos: list[Photo]) -> None:
    """Take away the files of photos that were not saved."""
    for photo in photos:
        photo.file.unlink(missing_ok=True)


def may_see_photos(who: Member | None, site: Any) -> bool:
    """Whether `who` may see photos of `site`: its own people, and the ministry.

    They may show faces and number plates.
    """
    if who is None:
        return False
    own = who.organisation_id == site.municipality.organisation_id
    return allowed(Can.READ_ALL_PHOTOS) or (own and allowed(Can.INSPECT_UNITS))
