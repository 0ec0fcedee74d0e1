"""Signals are precise rules: each table says what must fire and what must not."""

import re

import pytest

from functions.sentiment_escalation.agitation.language import detect_language
from functions.sentiment_escalation.agitation.signals import SIGNALS, find_signals, rules
from functions.sentiment_escalation.agitation.text import canonicalise

FIRES = {
    "human_request": [
        "转人工",
        "我要转人工客服",
        "轉人工",
        "能不能转人工",
        "叫你们经理出来",
        "让你们负责人给我回电话",
        "请店长联系我",
        "我要找你们领导",
        "别让机器人跟我说话，找个能拍板的人来",
        "账不太对，请让财务的同事联系我一下",
        "要求升级处理",
        "I want to speak to a manager",
        "get me your supervisor",
        "Can I talk to a real person please?",
        "agent please",
        "Manager. Now.",
        "Escalate",
        "please escalate this to your manager",
        "put a human on",
        "HUMAN PLEASE",
        "Have your service manager call me",
        "Ich möchte mit einem echten Menschen sprechen",
        "Quiero hablar con un gerente",
        "Quero falar com um atendente",
        "Соедините меня с руководителем",
    ],
    "public_threat": [
        "再不解决我就打12315",
        "我要向市场监管局投诉",
        "等着收律师函吧",
        "法院见",
        "我要曝光你们",
        "明天就去你们店门口拉横幅",
        "已经联系了电视台记者",
        "發到網上讓大家看看你們的嘴臉",
        "我马上报警",
        "走法律程序",
        "See you in court",
        "My lawyer will be in touch",
        "I'm filing a complaint with the BBB",
        "I will sue you",
        "I reported you to the attorney general",
        "Channel 7 is getting the dashcam video",
        "taking this to the press",
        "I'll post this all over social media",
        "Ich schalte einen Anwalt ein",
        "Voy a demandarlos, hablen con mi abogado",
        "Vou abrir reclamação no Procon",
        "Я подам в суд",
    ],
    "safety_danger": [
        "高速上突然没动力了",
        "刹车失灵",
        "刹车踩下去没反应",
        "方向盘突然锁死",
        "充电的时候冒烟了",
        "电池起火",
        "气囊没弹出来",
        "车子自己加速往前冲",
        "幽灵刹车，后面差点追尾",
        "剎車失靈，差點撞到人",
        "the brakes failed on the hill",
        "car lost power on the highway",
        "steering locked up while turning",
        "there is smoke coming from the charge port",
        "My car caught fire",
        "airbags did not deploy",
        "the vehicle accelerated on its own",
        "burning smell from the battery",
        "phantom braking again",
        "Die Bremsen haben versagt",
        "se incendió el coche",
        "o carro pegou fogo",
        "отказали тормоза",
    ],
    "churn_threat": [
        "我要退车",
        "退定金",
        "再也不会买你们的车",
        "下次换别家",
        "以后绝对不来了",
        "这车我不要了",
        "背刺老车主，再也不会买你们家的车",
        "I will never buy from you again",
        "I'm selling this car",
        "cancel my order",
        "you have lost a customer",
        "going back to Toyota",
        "I want my deposit back",
        "never coming back",
        "Nie wieder!",
        "Больше никогда к вам не приеду",
    ],
    "repeated_contact": [
        "这是我第三次打电话了",
        "问了五次都没人回",
        "修了三次还是响",
        "同样的问题又出现了",
        "第四次来修了",
        "每次都说在路上",
        "多次联系客服无果",
        "上周反馈过了到现在还没处理",
        "第3次報修",
        "This is the third time I have contacted you",
        "I called four times",
        "I've emailed you twice already",
        "the same problem again",
        "six calls and no answer",
        "you fixed it twice and it still leaks",
        "every time I call I get a different story",
        "Ich habe schon dreimal angerufen",
        "Es la tercera vez que llamo",
        "Já é a terceira vez",
        "Звоню в третий раз",
    ],
}

STAYS_SILENT = {
    "human_request": [
        "升级固件",
        "升级到最新版本了，怎么看更新内容？",
        "经理人很好，谢谢",
        "人工费多少钱",
        "人工智能助手挺好用",
        "我们公司的经理也买了一台",
        "The manager was great",
        "where is the escalator",
        "my manager at work drives one too",
        "I spoke to the manager yesterday, all good",
        "I just upgraded the firmware",
        "no need to talk to anyone",
        "the operator of the charging site fixed it",
    ],
    "public_threat": [
        "请问12315需要什么材料",
        "给新车拍了夜景，曝光过了一点",
        "我律师朋友也开你们的车",
        "仪表一直报警",
        "胎压报警灯亮了",
        "被人剐蹭了，已经报警处理",
        "把提车照片发到小红书夸夸你们",
        "12315宣传活动你们参加吗",
        "my lawyer friend also drives one",
        "Does the lemon law apply to leases?",
        "the window regulator failed",
        "the food court next to your showroom",
        "press the button and hold",
        "What would the BBB need from me?",
        "I am a lawyer and I love this car",
        "I posted a great review on social media, thank you",
    ],
    "safety_danger": [
        "这款车碰撞测试几星",
        "充电功率到80%就掉下来了",
        "气得我头顶冒烟",
        "下雨充电会不会漏电",
        "如果起火了怎么办",
        "刹车片更换多少钱",
        "加速很快，太爽了",
        "小区停电了充不了",
        "车机升级很快",
        "charging power drops at 80%",
        "fire sale this weekend?",
        "what is the crash rating?",
        "does it lose power in the cold?",
        "the steering wheel heater is lovely",
        "brakes feel great",
        "I was shocked by the price",
        "is the airbag under recall?",
    ],
    "churn_threat": [
        "我想把油车卖了换你们的车",
        "怎么取消明天的预约",
        "出国所以考虑卖车，不是车不好",
        "请问退车流程是什么",
        "换了新轮胎",
        "I sold my old car to buy this one",
        "returning the loaner tomorrow",
        "how do I cancel my appointment tomorrow",
        "never had a better service",
        "does the car have noise cancelling",
        "I switched from Toyota and love it",
    ],
    "repeated_contact": [
        "还是你们好",
        "第三次保养，一切顺利",
        "又来表扬了",
        "打了八折真不错",
        "第二次买你们的车了",
        "第一次来，请多关照",
        "third service this year, all smooth",
        "this is my second car from you",
        "I charge it twice a week",
        "every time I visit the staff are great",
        "the second row seats are comfy",
        "three questions about my booking",
    ],
}


def _signals(text: str) -> set[str]:
    canonical = canonicalise(text)
    return {signal.name for signal in find_signals(canonical, detect_language(canonical.text))}


@pytest.mark.parametrize(("signal", "text"), [(signal, text) for signal, texts in FIRES.items() for text in texts])
def test_a_signal_fires_where_it_must(signal: str, text: str) -> None:
    assert signal in _signals(text)


@pytest.mark.parametrize(
    ("signal", "text"), [(signal, text) for signal, texts in STAYS_SILENT.items() for text in texts]
)
def test_a_signal_stays_silent_where_it_must(signal: str, text: str) -> None:
    assert signal not in _signals(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hi,\n> I want to speak to a manager, see you in court\nThanks, that is settled.",
        "好的，知道了\n> 我要投诉到12315，叫你们经理来",
        "Your SMS said “reply MANAGER now to speak to a manager or we will see you in court”. What is that?",
        "Thanks!\n-----Original Message-----\nThe brakes failed, see you in court, get me a manager",
        "On Mon, Nov 2, 2026 at 9:14 AM Kim <k@example.com> wrote:\n> the brakes failed",
    ],
)
def test_what_others_said_gives_no_signal(text: str) -> None:
    assert _signals(text) == set()


@pytest.mark.parametrize(
    "text", ["转\u200b人\u200b工", "ｓｐｅａｋ ｔｏ ａ ｍａｎａｇｅｒ", "SPEAK TO A MANAGER", "轉人工"]
)
def test_width_case_script_and_invisible_characters_hide_no_signal(text: str) -> None:
    assert "human_request" in _signals(text)


def test_a_span_shows_the_words_as_they_were_typed() -> None:
    text = "您好！　我要ＣＡＬＬ　律師，我馬上報警！"
    threat = next(s for s in find_signals(canonicalise(text), "zh") if s.name == "public_threat")
    for span in threat.spans:
        assert text[span.start : span.end] == span.text
    assert any("報警" in span.text for span in threat.spans)


def test_every_signal_has_rules_in_every_measured_language() -> None:
    assert {(rule.signal, rule.language) for rule in rules()} >= {
        (signal, language) for signal in SIGNALS for language in ("zh", "en", "de", "es", "pt", "ru")
    }


def test_no_rule_matches_the_empty_text() -> None:
    assert not [rule for rule in rules() if re.fullmatch(rule.pattern, "")]
