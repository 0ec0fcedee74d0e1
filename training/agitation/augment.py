"""Other ways in which the same service message may be typed; each keeps its grade."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from training.agitation.data import Example

_MARKS = re.compile(r"[!?！？。.,，、;；~～…\"“”']+")
_ENDS = "。！？.!?…~～"
_PARTICULARS = {
    "en": (
        "My number ends in {d}.",
        "Registration K{n} TVX, white, rear-wheel drive.",
        "Order {d}{d}, booked under my wife's name.",
        "The car has done {d}00 miles and lives in a garage.",
        "It is the long range one from last spring.",
        "You can reach me after six, or by mail.",
        "This is about the appointment on the {n}th.",
        "I am writing from my phone, the app shows version {n}.{d}.",
        "We live about {n} miles away, near the station.",
        "Invoice {d}-{n}, paid by card.",
        "Attached is the photo from the drive.",
        "The vehicle was bought from you in March.",
    ),
    "zh": (
        "我姓{s}，手机尾号{d}。",
        "车牌尾号{d}，白色，后驱版。",
        "订单号{d}{d}，是用我爱人的名字预约的。",
        "车子跑了{d}0公里，平时停地下车库。",
        "就是去年春天提的那台长续航。",
        "六点以后可以打我电话，微信也行。",
        "说的是{n}号的那个预约。",
        "我用手机发的，app 版本是{n}.{d}。",
        "我住得离店里大概{n}公里，地铁口旁边。",
        "账单编号{d}-{n}，刷卡付的。",
        "附件是行车记录仪的截图。",
        "车是三月份在你们那里提的。",
    ),
}


def variants(example: Example) -> Iterator[Example]:
    """Without punctuation, with slips of the finger, and for every other message with particulars that say no mood.

    The identity ends in `'` so that they can be told apart.
    """
    chance = random.Random(example.identity)
    bare = _MARKS.sub(" ", example.text)
    if bare.strip() and bare != example.text:
        yield replace(example, text=bare, identity=example.identity + "'")
    slipped = _with_slips(example.text, chance)
    if slipped != example.text:
        yield replace(example, text=slipped, identity=example.identity + "''")
    if chance.random() < 0.5:
        yield replace(example, text=_with_particulars(example, chance), identity=example.identity + "'''")


def _with_slips(text: str, chance: random.Random) -> str:
    characters = list(text)
    for index in range(1, len(characters) - 1):
        if characters[index].isalpha() and chance.random() < 0.03:
            if chance.random() < 0.5:
                characters[index] = ""
            else:
                characters[index], characters[index - 1] = characters[index - 1], characters[index]
    return "".join(characters)


def _with_particulars(example: Example, chance: random.Random) -> str:
    """Length must not buy a score: who one is and which car it is about says nothing of the mood."""
    said = chance.choice(_PARTICULARS[example.language]).format(
        n=chance.randint(2, 28), d=chance.randint(100, 9999), s=chance.choice("王李张刘陈杨黄吴")
    )
    text = example.text.strip()
    space, stop = ("", "。") if example.language == "zh" else (" ", ".")
    if chance.random() < 0.3:
        return f"{said}{space}{text}"
    return f"{text if text[-1] in _ENDS else text + stop}{space}{said}"
