"""The words that count everywhere in a conversation, when they are the whole of what is said."""

from __future__ import annotations

import re
from enum import StrEnum

from policy.reading.plain import lighter_forms, tidy


class Command(StrEnum):
    """What such a word asks for."""

    BACK = "back"
    CANCEL = "cancel"
    HUMAN = "human"
    RESTART = "restart"
    MENU = "menu"
    REPEAT = "repeat"
    WAIT = "wait"


_WORDS = {
    Command.BACK: (
        "返回 返回上一步 返回上一个 上一步 回上一步 退回 返回去 怎么返回 退回去 退回上一步 回去 后退 倒回去"
        " 上一个 上一题"
    ),
    Command.CANCEL: (
        "取消 取消办理 不想弄了 不办了 不办 不想办了 不办哒 算了 算哒 退出 退出去 不搞了 不搞哒 不弄了 不弄哒"
        " 不想搞了 结束 停 停止 放弃 关闭 点错了 点错哒 按错了 按错哒 选错了 进错了 不报了 不报哒 不举报了 不改了"
        " 不换了 不搬了 不登记了 不绑了 不办这个 不是办这个 不是要办这个 不是这件事 不是要报这个 不报这个"
    ),
    Command.HUMAN: (
        "人工 怎么转人工 怎么找人工 找人工服务 人工客服 人工服务 转人工 转人工服务 转人工客服 转到人工 转接人工"
        " 接人工 找人工 找人工客服 客服 找客服 转客服 联系客服 找人 找个人 找真人 真人 真人客服 活人 找活人"
        " 工作人员 找工作人员 叫工作人员 联系工作人员 转工作人员 找个人问 找人问 找人问问 找个人问问 找个人说话"
        " 跟人说 和人说 跟人讲 跟人说话 和人说话 有人吗 有没有人"
    ),
    Command.RESTART: (
        "重新开始 重来 重头来 从头 从头来 从头开始 从头再来 重头开始 从新开始 从新来 重新来 重新再来 重新来过"
        " 重新来一遍 重新办 重新办理 重新填 重填 重开"
    ),
    Command.MENU: (
        "菜单 主菜单 打开菜单 回菜单 返回菜单 返回主菜单 回主菜单 帮助 主页 回主页 返回主页 首页 回首页 返回首页"
        " 回到首页 回到主页 目录"
    ),
    Command.REPEAT: (
        "再说一遍 再说一次 再讲一遍 再讲一次 再港一遍 再念一遍 再来一遍 重说一遍 重讲一遍 重复 重复一遍 重复一次"
        " 没听清 没听清楚 没听见 没听到 没听懂 听不清 听不清楚 听不见 听不到 听不懂 冇听清 冇听清楚 冇听见 冇听懂"
        " 没看清 没看清楚 没看懂 看不清 看不懂 冇看懂 没懂 不懂 没明白 不明白 什么意思 么子意思 么子 你说什么"
        " 您说什么"
    ),
    Command.WAIT: (
        "等一下 等下 等哈 等一哈 等等 等一等 等会 等会儿 等一会 等一会儿 稍等 稍等一下 稍等一会 等我一下 慢点 慢一点"
        " 慢慢来 莫急 别急 找一下 找一找 找找 找找看 去拿 去拿一下 去拿身份证 去找 去找身份证 去找一下 想一下 想一想"
        " 想想 我想想 我想一下 等哈子 让我想想 看一下 去看一下 去问一下 问一下 去问问"
    ),
}
_COMMANDS = {word: command for command, words in _WORDS.items() for word in words.split()}
_LONGEST = 24
_PLEASE = re.compile(
    r"(?:能不能|可不可以|能否|可以|能)(?P<asked>.+?)(?:吗|不|么)?|(?P<wanted>.+?)(?:可以|好|行)(?:吗|不|么|不咯)"
)
# 等一下我去拿身份证, as people write it who put no marks
_WAITS = re.compile(
    r"(?:请|你|您|稍)*等(?:一?[下哈会等]|下子)?[儿子]?(?:我|让我)?先?(?:去|找|拿|看|问|想|戴|叫).{0,10}"
)


def read_command(text: str) -> Command | None:
    """Return the command that a text is, apart from fillers; None for anything else, also one that holds the word."""
    if len(text) > _LONGEST:
        return None
    parts = [part for part in re.split(r"[\s,，、.。!！?？;；~～]+", tidy(text)) if part]
    found = {_read_part(part) for part in parts}
    if None in found and _read_part(parts[0]) is Command.CANCEL:
        return Command.CANCEL  # whoever says why: 算了，太麻烦
    if None in found:
        # a filler may stand apart: 嗯，返回
        return _read_part("".join(parts))
    return found.pop() if len(found) == 1 else None


def _read_part(part: str) -> Command | None:
    polite = _PLEASE.fullmatch(part)
    for form in (*lighter_forms(part), *lighter_forms((polite["asked"] or polite["wanted"]) if polite else part)):
        if form in _COMMANDS:
            return _COMMANDS[form]
    if _WAITS.fullmatch(part):
        return Command.WAIT
    # two of a kind without a mark between them: 算了不搞了
    halves = ((part[:place], part[place:]) for place in range(2, len(part) - 1))
    return next(
        (_COMMANDS[one] for one, two in halves if one in _COMMANDS and _COMMANDS[one] == _COMMANDS.get(two)), None
    )
