"""Pictures that strangers sent: decoded and written anew, so that nothing but the picture is left. Pure."""

import io
import struct
import zlib

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 40_000_000
MAX_WRITTEN = 20 * 1024 * 1024
FORMATS = {"png": "PNG", "jpg": "JPEG"}
_UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error,
    Image.DecompressionBombError, OverflowError,
)  # fmt: skip


class NotAcceptable(ValueError):
    """Why a file is not taken; `str()` is meant for people."""


def written_anew(raw: bytes, kind: str) -> bytes:
    """The same picture without metadata, comments or whatever was hidden around it. Raises NotAcceptable."""
    try:
        with Image.open(io.BytesIO(raw), formats=[FORMATS[kind]]) as found:
            if found.width * found.height > MAX_PIXELS:
                raise NotAcceptable(_("The picture has more than 40 million pixels. Make it smaller."))
            content = _plain(ImageOps.exif_transpose(found), kind)
    except NotAcceptable:
        raise
    except _UNREADABLE:
        raise NotAcceptable(_("The file is no picture that can be read. Save it anew and try again.")) from None
    if len(content) > MAX_WRITTEN:
        raise NotAcceptable(_("Written anew the picture is larger than 20 MiB. Make it smaller."))
    return content


def _plain(picture: Image.Image, kind: str) -> bytes:
    has_alpha = kind == "png" and ("A" in picture.getbands() or "transparency" in picture.info)
    mode = "RGBA" if has_alpha else "L" if picture.mode in {"1", "L"} else "RGB"
    copied = picture.convert(mode)
    copied.info = {}
    written = io.BytesIO()
    copied.save(written, format=FORMATS[kind], **({"quality": 92} if kind == "jpg" else {}))
    return written.getvalue()
