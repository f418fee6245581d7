"""What people want by their words: orders begin something, questions and sighs do not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.intents import Intent, says_own_mistake, understand
from bot.replies import SAYINGS
from policy.reading.understood import NotUnderstood

ROOT = Path(__file__).resolve().parent.parent.parent.parent

WANTED = {
    Intent.REPORT_DEATH: (
        "我爸过世了 我妈妈没了 我妈昨晚上没了 老人家仙逝了 我爷老倌老了 我要报告死亡 邻居张爹走了 我娘断了气 去世了"
        " 我爸爸是上个月初三走的 我妈2026年3月5号晚上走了 我爱人病逝了"
        " 我妈昨天咽气了 我妈15号没了 老伴走了三天了"
        " 我娭毑老了 我堂客走哒 我男人走了 我伢老子死哒 我岳老子走了 我家那口子走了 我哥哥走了 我弟弟死了 我妈走啦"
        " 我爸爸走咯 妈妈走掉了 老伴离开了 妈妈离开我们了 我爸爸火化了 我爸昨天出殡 我爸去逝了 我娘冇得哒"
        " 我爸医院里没抢救过来 我妈不在人世了 我爸在屋里断了气 我妈走了好几年了 我老伴跟我过了五十年走了"
        " 我妈摔断了腿没了 我爸在打牌的时候走了 我婆婆接到我家住后走了 我妈回家后第二天走了 我爸走了没人管"
    ),
    Intent.REPORT_FRAUD: "我要举报 有人冒领养老金 邻居死了，他崽还在领他的钱 有人死了还在领钱 他妈死了三年他还在取钱",
    Intent.STILL_ALIVE: "我还活着 我没死 我还冇死咧 我爸还活着"
    " 我搞错了我爸没死 你们搞错了我还没死 我没死为什么停我的养老金 老子还没死 我活得好好的你们怎么说我死了"
    " 我还没有去世 我妈没去世 他没死 我人还在 我活着呢 我妈还健在 你们把我当死人了 系统里显示我已死亡"
    " 为什么显示我已经去世 谁报的我死亡 我怎么成死人了 我妈好好的谁说她死了 是他们搞错了不是我死了 没死",
    Intent.TAKE_BACK: "我要撤销上门 我要撤回死亡报告 我报错了 取消上门 我刚才报的那个取消掉",
    Intent.CRISIS: "我不想活了 活着没意思 我想死 死了算了 不如死了",
    Intent.MOVE_AWAY: "我搬到深圳去了 我现在住在北京 我移居外省了 我搬到株洲了 我要去深圳跟儿子住",
    Intent.CHANGE_ADDRESS: "我搬家了 改地址 该地址 我要换住址 搬到了开福区湘春路8号 我住的地方换了 搬到南京路3号",
    Intent.HOME_VISIT: "请上门 我要上门 派人来我家 请你们到我家里来",
    Intent.CERTIFY: "我要认证 认证 帮我妈认证 刷脸 我想认证 认正 给我爸认证 “认证” 请回复“认证” 点这里刷脸"
    " 忍证 我要人证 认政 我要耍脸 退休人员认证 养老认证 做认证 我来认证 我妈要认证",
    Intent.BIND: "绑定 邦定 我要绑定我妈 注册 帮我妈妈登记一下",
    Intent.ENTER_CODE: "确认码 12345678 我的码是87654321",
    Intent.LEAVE: "解除绑定 解绑",
    Intent.CHANGE_PHONE: "我换手机号了 改电话 电话号码改了 我手机丢了换了号",
    Intent.REPORT_MISSING: "我爸走失了 老人走丢了 我妈不见了 找不到我妈了"
    " 我妈昨天下午从家里出去到现在还没回来 我妈妈走丢了怎么办 我爸不见了三天了",
    Intent.HUMAN: "人工 我要投诉 没人管我 12333打不通",
    Intent.MENU: "菜单 我能办什么 你能干嘛",
    Intent.THANKS: "好 好的 谢谢 嗯 要得 晓得哒 👍",
    Intent.AT_A_LOSS: "我不会弄 不会用手机 我不识字 教我一下 教教我 怎么弄啊 那我怎么办 我不会打字 我看不清字 字太小了",
    Intent.GREETING: "你好 您好 在不",
    Intent.PEOPLE: "我认证到什么时候 我妈认证了没有 我爸认证了吗 我认证过了 我上个月刷过脸了",
    Intent.REQUESTS: "我的申请 进度 我上次申请的上门什么时候来 人什么时候来 怎么还没来 什么时候来人 还要等多久",
}
NOTHING = (
    "爸爸过世了养老金停不停 我爸去世了，抚恤金找谁要 老人去世了怎么办 累死了 烦死了 手机没电死了 我要走了，再见"
    " 我妈的身份证找不到了 我妈手机不见了 去北京怎么认证"
    " 我爸出门走了 上门要钱不 我不要上门"
    " 该地址属于哪个社区 任正非是谁 人证物证要带吗 认证要带什么 如果说我死了钱给哪个 搬家要不要报告 举报有奖金吗"
    " 我爸的养老金没了 我爸手机没了 爷爷的存折没了 我妈没了身份证 我妈老了不会用手机 我爸老了走不动 我妈走了一趟社区"
    " 我爸爸说你们走了 我爸差点死了 我妈快不在了 我爸出去走走了 我老伴去世十年了我自己认证"
    " 认证失败了 认证不了 刷脸刷不上 认证时间 认证流程 我在外地能认证吗 我能代替我妈认证吗 只要我活着就能领吗"
    " 人家说我死了以后钱归谁 不是我爸去世 怕我爸走了"
    " 我妈摔断了气垫床 我爸弄断了气管 我老公跟别人走了 我老公跟我离婚走了 我妈跟姐姐走了 我妈被我哥接走了"
    " 我爸被救护车拉走了 我妈的钱被骗走了 我老公去广东打工走了 我爸坐车走了 我妈回老家走了 我老公走了又来了"
    " 我妈走了很远的路 我妈走了三个窗口 我爸走了两里路 我爸走了神 我爸自己走了回来 你们的人走了 女儿带我妈走了"
    " 我妈刚走了你们就来了 我妈低保没了 我爸记性没了 我妈眼睛没了 我爸冇得手机 我妈没了信号 我妈手机死了"
    " 我妈笑死了 我妈疼死了 我爸热死了 我妈死了心 我妈离开了长沙 岳麓区的人走了 我哥们走了 我儿子走了"
)


@pytest.mark.parametrize(
    ("said", "intent"), [(said, intent) for intent, many in WANTED.items() for said in many.split()]
)
def test_orders_are_understood(said: str, intent: Intent) -> None:
    wanted = understand(said)
    assert wanted is not None
    assert wanted.intent is intent


@pytest.mark.parametrize("said", NOTHING.split())
def test_questions_and_sighs_begin_nothing(said: str) -> None:
    assert understand(said) is None


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("我搬到株洲了", "city"),
        ("我要出国到女儿那里住", "abroad"),
        ("我从广州搬到株洲了", None),
        ("我搬到外地了", None),
    ],
)
def test_where_somebody_moves_is_heard_at_once(said: str, place: str | None) -> None:
    wanted = understand(said)
    assert wanted is not None
    assert wanted.slots.get("place") == place


def test_every_sentence_that_is_said_exists() -> None:
    said, reasons = set(), set()
    for path in (ROOT / "bot").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            if name in {"Say", "_menu"} and call.args and isinstance(call.args[0], ast.Constant):
                said.add(call.args[0].value)
            if name == NotUnderstood.__name__ and call.args and isinstance(call.args[0], ast.Constant):
                reasons.add("why_" + str(call.args[0].value))
    assert len(said) > 20
    assert (said | reasons) - set(SAYINGS) == set()


@pytest.mark.parametrize("text", ["我搞错了，我爸还活着", "刚才报错了哒", "是我弄错了"])
def test_somebody_says_that_they_were_wrong(text: str) -> None:
    assert says_own_mistake(text)


@pytest.mark.parametrize("text", ["你们搞错了，我还活着", "我还活着", "他们搞错了"])
def test_that_others_were_wrong_is_no_mistake_of_ones_own(text: str) -> None:
    assert not says_own_mistake(text)


@pytest.mark.parametrize("text", ["我的信息", "看一下我的资料", "你们存了我的什么", "收回刷脸的同意", "删掉我的人脸"])
def test_what_we_hold_is_asked_for_in_many_words(text: str) -> None:
    wanted = understand(text)
    assert wanted is not None
    assert wanted.intent is Intent.OWN_DATA
