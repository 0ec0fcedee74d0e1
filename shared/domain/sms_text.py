"""How a text travels as SMS: in which alphabet, and in how many segments (3GPP TS 23.038 and 23.040)."""

import re

_GSM_BASIC = re.compile(
    "^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,./:;<=>?¡ÄÖÑÜ§¿äöñüà0-9A-Za-z\\-^{}\\\\[~\\]|€]*$"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_ALONE, _GSM_JOINED = 160, 153
_UCS2_ALONE, _UCS2_JOINED = 70, 67


def sms_segments(text: str) -> int:
    """The number of SMS that a text is sent, and paid, as; at least one.

    One segment carries 160 septets of the GSM alphabet, its extension characters counting twice, or 70 UCS-2 units;
    joined segments carry 153 or 67, and a character never straddles two of them.
    """
    if _GSM_BASIC.match(text):
        widths = [2 if character in _GSM_EXTENDED else 1 for character in text]
        return _packed(widths, _GSM_ALONE, _GSM_JOINED)
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _packed(widths, _UCS2_ALONE, _UCS2_JOINED)


def _packed(widths: list[int], alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > joined:
            segments, used = segments + 1, 0
        used += width
    return segments
