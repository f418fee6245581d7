from __future__ import annotations

import pytest

from bot.reading.addresses import read_address
from policy.reading.understood import NotUnderstood

WHOLE = "长沙市开福区伍家岭街道某某社区3栋2单元501室"
ADDRESSES = {
    WHOLE: WHOLE,
    f"{WHOLE}。": WHOLE,
    f"我家住{WHOLE}": WHOLE,
    f"我住在{WHOLE}": WHOLE,
    f"我住{WHOLE}": WHOLE,
    f"我家在{WHOLE}": WHOLE,
    f"我现在住在{WHOLE}": WHOLE,
    f"现在住{WHOLE}": WHOLE,
    f"新地址是{WHOLE}": WHOLE,
    f"我的新地址是{WHOLE}": WHOLE,
    f"地址：{WHOLE}": WHOLE,
    f"搬到了{WHOLE}": WHOLE,
    f"我搬到{WHOLE}了": WHOLE,
    f"我妈妈搬到了{WHOLE}": WHOLE,
    f"嗯，那个，我家住在{WHOLE}吧。": WHOLE,
    f"我屋里住在{WHOLE}": WHOLE,
    f"我们家现在搬到{WHOLE}了": WHOLE,
    "在雨花区某某养老院住着": "雨花区某某养老院",
    f"改成{WHOLE}": WHOLE,
    "长沙市 开福区 伍家岭街道 某某社区": "长沙市开福区伍家岭街道某某社区",
    "长沙市开福区\n某某社区": "长沙市开福区某某社区",
    "长沙市开福区芙蓉北路５８号": "长沙市开福区芙蓉北路58号",
    "开福区芙蓉北路58号": "开福区芙蓉北路58号",
    "天心区某某街五十八号": "天心区某某街五十八号",
    "浏阳市某某镇某某村三组": "浏阳市某某镇某某村三组",
    "某某村居委会": "某某村居委会",
    "岳麓区某某小区": "岳麓区某某小区",
    "岳麓区某某花园": "岳麓区某某花园",
    "岳麓区某某苑A座1203": "岳麓区某某苑A座1203",
    "望城区某某路12-3号": "望城区某某路12-3号",
    "雨花区某某养老院": "雨花区某某养老院",
    "雨花区某某康复医院": "雨花区某某康复医院",
    "岳麓区Garden小区 Block B": "岳麓区Garden小区Block B",
    "住建局宿舍3栋": "住建局宿舍3栋",
    "开福区人工湖社区": "开福区人工湖社区",
    "㙍头村三组12号": "㙍头村三组12号",
    "𠮷山镇𠮷山村": "𠮷山镇𠮷山村",
}
TOO_COARSE = [
    "",
    "。",
    "长沙",
    "长沙市",
    "长沙市开福区",
    "我住在长沙市开福区",
    "开福区五一路",
    "五一广场附近",
    "搬到女儿家里去了",
    "某社区",
    "3栋",
    "长沙市地铁2号线旁边",
    "13800001234",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_kept_as_said_without_what_leads_to_it(text: str) -> None:
    assert read_address(text) == ADDRESSES[text]


@pytest.mark.parametrize("text", TOO_COARSE)
def test_an_address_must_go_down_to_the_community(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_address(text)
    assert refused.value.reason == "address_short"


@pytest.mark.parametrize(
    "text",
    [
        "不知道是什么小区",
        "怎么改地址到某某小区",
        "长沙市开福区某某小区😀",
        "https://example.org/某某小区",
        "<script>某某小区</script>",
        "某某小区\x00三栋五单元",
        "不是某某小区三栋",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_address(text)
    assert refused.value.reason == "address"


def test_an_address_has_up_to_two_hundred_characters() -> None:
    just = "某某小区" * 50
    assert read_address(just) == just
    for text in (just + "三", just * 20):
        with pytest.raises(NotUnderstood) as refused:
            read_address(text)
        assert refused.value.reason == "address_long"
