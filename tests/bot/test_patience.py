"""An old person who waits, wanders, sends a photograph or gives up: nothing is lost, and nothing asked twice."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from bot.intents import understand
from bot.reading.words_everywhere import read_command
from bot.replies import SAYINGS
from models.report import ReportKind
from models.ticket import TicketKind
from policy.records import read_knowledge
from tests.bot.talk import bind, claim, report_death, reports, tickets
from words import NOTICES

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.weixin import Chat

PHOTO = {"MsgType": "image", "PicUrl": "http://127.0.0.1/none", "MediaId": "m"}
ADDRESS = "开福区湘春路8号湘春社区"
QUOTED = sorted({word for said in SAYINGS.values() for word in re.findall("“([^”]+)”", said)})
TOLD = [*NOTICES.values(), *(topic.answer + topic.more for topic in read_knowledge().topics.values())]
# answers to one question alone, or a choice of its options
ANSWERS = {"不知道", "没有", "别的人", "转发", "复制"}


def test_whoever_is_not_bound_goes_right_on_to_binding(li: Chat, cast: Cast) -> None:
    assert "要先登记" in li.say("我要认证")
    li.say("好")
    assert "登记谁" in li.shown
    claim(li, cast.grandma_li)
    assert "还差一步" in li.shown


def test_a_right_answer_counts_also_after_a_person_took_over(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改地址")
    bound_li.say("长沙")
    assert "交给工作人员" in bound_li.say("开福区")
    assert ADDRESS in bound_li.say(ADDRESS)
    bound_li.say("对")
    assert [one.kind for one in reports(parts)] == [ReportKind.ADDRESS_CHANGE]
    assert len(tickets(parts, TicketKind.HANDED_OVER)) == 1


def test_after_a_person_took_over_other_words_begin_anew(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改电话")
    for _ in range(2):
        bound_li.say("不晓得")
    assert "哪种情况" in bound_li.say("我走不动 请派人来家里")
    assert len(tickets(parts, TicketKind.HANDED_OVER)) == 1


@pytest.mark.parametrize("said", ["等一下", "等一下 我去拿身份证", "等一下我去拿身份证", "等哈我去问我崽", "我想想"])
def test_whoever_needs_time_is_asked_again_as_often_as_it_takes(bound_li: Chat, parts: Services, said: str) -> None:
    bound_li.say("改电话")
    for _ in range(3):
        assert "不着急" in bound_li.say(said)
        assert "新电话" in bound_li.shown
    assert tickets(parts, TicketKind.HANDED_OVER) == []


def test_a_photograph_in_the_middle_loses_nothing(li: Chat) -> None:
    li.say("绑定")
    li.say("同意")
    li.say("我自己")
    li.send(PHOTO)
    assert "请打字" in li.shown
    assert "姓名" in li.shown
    assert "身份证号" in li.say("李桂香")


@pytest.mark.parametrize("word", sorted({word for told in TOLD for word in re.findall("(?:回复|点)“([^”]+)”", told)}))
def test_every_word_that_answers_and_notices_ask_for_is_understood(word: str) -> None:
    assert read_command(word) is not None or understand(word) is not None


@pytest.mark.parametrize("word", QUOTED)
def test_every_word_that_people_are_asked_to_reply_leads_somewhere(word: str) -> None:
    assert word in ANSWERS or read_command(word) is not None or understand(word) is not None


@pytest.mark.parametrize(
    ("said", "part"), [("认证", "刷脸"), ("上门", "哪种情况"), ("我是要改地址，我要改地址", "新地址")]
)
def test_another_wish_in_the_middle_begins_it(bound_li: Chat, said: str, part: str) -> None:
    bound_li.say("改电话")
    assert part in bound_li.say(said)


@pytest.mark.parametrize("at", ["改电话", "搬到外地", "绑定"])
def test_despair_in_the_middle_is_heard_at_once(bound_li: Chat, parts: Services, at: str) -> None:
    bound_li.say(at)
    assert "12356" in bound_li.say("我不想活了")
    assert "最晚" not in bound_li.shown
    assert [one.is_urgent for one in tickets(parts, TicketKind.HANDED_OVER)] == [True]


def test_a_word_of_despair_in_a_tip_leads_to_nobody(li: Chat, parts: Services) -> None:
    li.say("举报")
    li.tap("匿名")
    assert "对吗" in li.say("老王三年前自杀了，他崽还在领钱")
    assert tickets(parts, TicketKind.HANDED_OVER) == []


def test_the_day_that_was_told_at_once_is_not_asked_for(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我爸爸昨天晚上走了")
    assert "电话是多少" in daughter.tap("周*田")
    assert "2025年3月9日过世" in daughter.say("13900000003")


def test_the_telephone_that_was_told_at_once_is_not_asked_for(bound_li: Chat) -> None:
    assert "新电话：13800000008" in bound_li.say("我要改电话 13800000008")


def test_a_lunar_day_told_at_once_is_asked_for(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我爸爸正月初三走了")
    assert "哪一天走的" in daughter.tap("周*田")


def test_whoever_has_no_telephone_can_still_report_a_death(daughter: Chat, parts: Services) -> None:
    for said in ("我屋里老倌子走哒", "周守田", "冇得", "前天夜里", "我是他老婆"):
        daughter.say(said)
    assert "您的电话：没有" in daughter.say("我冇得电话")
    assert "节哀" in daughter.say("对")
    (filed,) = reports(parts)
    assert json.loads(filed.content) == {"name": "周守田", "kin": "direct_relative"}


def test_where_somebody_moves_is_not_asked_where_it_was_said(bound_li: Chat) -> None:
    assert "地址是什么" in bound_li.say("我要去深圳跟儿子住")
    bound_li.say("广东省深圳市南山区海德路3号海德社区")
    assert "搬到外省" in bound_li.say("下个月1号")


def test_a_country_and_an_address_in_letters_are_understood(bound_li: Chat) -> None:
    bound_li.say("搬到外地")
    bound_li.say("美国")
    bound_li.say("123 Main Street, Los Angeles")
    assert "搬到国外或港澳台" in bound_li.say("昨天")


def test_whoever_does_not_know_a_number_says_so_in_any_words(daughter: Chat) -> None:
    daughter.say("我妈妈走丢了怎么办")
    assert "110" in daughter.shown
    assert "没看懂这个姓名" in daughter.say("找不到我妈了")
    daughter.say("刘翠英")
    assert "哪一天" in daughter.say("没带身份证")


def test_a_question_is_not_taken_for_having_no_telephone(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我爸爸昨天走了")
    daughter.tap("周*田")
    assert "没看到电话" in daughter.say("死亡证明要不要")


def test_another_wish_is_taken_up_before_a_person_is_called(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改地址")
    bound_li.say("长沙")
    assert "新电话" in bound_li.say("我换了手机号")
    assert tickets(parts, TicketKind.HANDED_OVER) == []


def test_whoever_is_at_a_loss_hears_who_helps(li: Chat) -> None:
    assert "家人帮忙" in li.say("我不会弄")
    assert "我要认证" in li.options


def test_several_ailments_are_one_reason(bound_li: Chat) -> None:
    bound_li.say("上门")
    assert "因为行动不便" in bound_li.say("我眼睛看不清 脚也走不动")


def test_having_no_time_is_no_reason_and_no_choice(bound_li: Chat) -> None:
    bound_li.say("上门")
    assert "没听懂" in bound_li.say("我没有办法")


@pytest.mark.parametrize("said", ["你是真的吗", "你们是不是骗子？", "你是骗人的吧"])
def test_whoever_asks_whether_we_are_real_hears_who_we_are(li: Chat, said: str) -> None:
    assert "从不要钱" in li.say(said)
    assert "12333" in li.shown


def test_whoever_asks_that_in_the_middle_is_asked_again_and_loses_nothing(li: Chat, parts: Services) -> None:
    li.say("绑定")
    li.say("同意")
    li.say("我自己")
    for _ in range(3):
        shown = li.say("你们是骗子吧")
        assert "从不要钱" in shown
        assert "姓名" in shown
    assert "打110" in li.say("我被骗了")
    assert "姓名" not in li.shown
    assert "身份证号" in li.say("李桂香")
    assert tickets(parts, TicketKind.HANDED_OVER) == []


@pytest.mark.parametrize(
    ("begun", "first", "then"),
    [
        ("改地址", "开福区湘春路8号", ADDRESS),
        ("改电话", "13900000005", "13900000006"),
    ],
)
def test_what_is_said_anew_without_a_word_is_read_back_anew(
    bound_li: Chat, parts: Services, begun: str, first: str, then: str
) -> None:
    bound_li.say(begun)
    bound_li.say(first)
    assert then in bound_li.say(then)
    assert "对吗" in bound_li.shown
    bound_li.say("是")
    (filed,) = reports(parts)
    assert list(json.loads(filed.content).values()) == [then]


def test_the_address_that_was_told_with_the_place_is_not_asked_for(bound_li: Chat) -> None:
    bound_li.say("搬到外地")
    assert "哪一天搬的" in bound_li.say("广东省深圳市南山区海德路3号海德社区")
    assert "搬到外省" in bound_li.say("上个月5号")


@pytest.mark.parametrize("said", ["我要报死亡", "我还在世", "坐牢的还在领钱", "钱没到账", "我爸昨天走了"])
def test_what_somebody_wants_or_tells_is_no_name(li: Chat, said: str) -> None:
    li.do("CLICK", "report_death")
    assert "没看懂这个姓名" in li.say(said)
    assert "身份证号" in li.say("李桂香")


@pytest.mark.parametrize("name", ["任正", "王邦定"])
def test_a_name_that_sounds_like_a_wish_is_a_name(li: Chat, name: str) -> None:
    li.do("CLICK", "report_death")
    assert "身份证号" in li.say(name)


def test_a_face_of_wechat_is_no_question(li: Chat) -> None:
    li.say("[微笑]")
    assert "我要认证" in li.options


def test_who_has_no_helper_hears_how_to_get_one(bound_li: Chat) -> None:
    assert "请回复“人工”" in bound_li.say("谁能帮我办")


def test_whoever_does_not_want_it_after_all_is_not_asked_again(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("解除绑定")
    assert "不办了" in daughter.say("不对")
    assert "周*田" in daughter.say("我的家人")


@pytest.mark.parametrize("said", ["点错了，我妈没死", "我搞错了，人救回来了", "写错了"])
def test_whoever_was_wrong_about_a_death_is_asked_what_to_take_back(
    daughter: Chat, parts: Services, cast: Cast, said: str
) -> None:
    report_death(daughter, cast.far_chen.name, cast.far_chen.id_number, "昨天")
    (filed,) = reports(parts)
    assert filed.number in daughter.say(said)
    assert "已经撤回" in daughter.say("对")


def test_words_that_end_something_begin_nothing_where_nothing_is_under_way(bound_li: Chat) -> None:
    assert "您要办什么" in bound_li.say("不举报了")
    assert "还健在" in bound_li.say("点错了，我妈没死") or "电话" in bound_li.shown


@pytest.mark.parametrize("said", ["不想留名字", "我怕他报复"])
def test_whoever_is_afraid_stays_unnamed(li: Chat, parts: Services, said: str) -> None:
    li.say("举报")
    assert "您知道的事" in li.say(said)
    assert "不办了" in li.say("算了 我怕他报复")
    assert reports(parts) == []


def test_somebody_not_bound_can_say_that_they_live(li: Chat, parts: Services) -> None:
    assert "叫什么名字" in li.say("你们搞错了 我还没死")
    li.say("李桂香")
    assert "李桂香还健在" in li.say("13900000001")
    li.say("对")
    assert [(one.kind, one.retiree_id) for one in reports(parts)] == [(ReportKind.STILL_ALIVE, None)]


def test_a_daughter_says_that_her_father_lives(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    assert "是哪一位还健在" in daughter.say("我爸还活着")
    daughter.tap("周*田")
    assert "周*田还健在" in daughter.say("13900000003")
    daughter.say("对")
    assert [one.retiree_id for one in reports(parts)] == [cast.old_zhou.id]


def test_consent_is_not_asked_again_of_whoever_was_misread(li: Chat, cast: Cast) -> None:
    for said in ("绑定", "同意", "我自己", "李贵香", cast.grandma_li.id_number, "同意"):
        li.say(said)
    assert "登记谁" in li.say("不对")


def test_a_neighbour_hears_how_to_help(li: Chat) -> None:
    li.say("绑定")
    li.say("同意")
    assert "发链接" in li.say("我是隔壁的邻居")
    assert "老人的姓名" not in li.shown


@pytest.mark.parametrize("said", ["我是她的孙子", "儿媳妇", "我奶奶", "姑妈"])
def test_other_kin_are_told_by_their_own_words(li: Chat, said: str) -> None:
    li.say("绑定")
    li.say("同意")
    assert "您自己叫什么名字" in li.say(said)
