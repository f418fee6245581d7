from __future__ import annotations

import pytest

from bot.reading.words_everywhere import Command, read_command

SAID = {
    Command.BACK: "返回 返回。 上一步 退回 返回上一步吧 请返回 我要返回 嗯，返回 那就返回吧 返回一下 后退 麻烦返回",
    Command.CANCEL: "取消 取消吧 不办了 不办哒 算了 算了吧 嗯算了吧 算了，不办了 算哒 退出 不搞了 我不弄了 我想退出"
    " 算了不搞了 不弄了算了 取消！ 停 点错了 按错了 不报了 不改了 不是要办这个",
    Command.HUMAN: (
        "人工 转人工 转人工吧 帮我转人工 我要找人工 找人 找个人 客服 人工客服 工作人员 找工作人员 请转人工服务"
        " 转人工可以吗 帮我转人工好不 能不能转人工 可以转人工吗 怎么转人工 我要找个人说话 有人吗"
    ),
    Command.RESTART: "重新开始 重来 从头 从头来 从头再来 我要重来 重新来过 重新填",
    Command.MENU: "菜单 帮助 主页 回到首页 返回主菜单 打开菜单 请帮助",
    Command.REPEAT: (
        "再说一遍 请再说一遍 没听清 没听清楚 没听清，再说一遍 重复 重复一下 再讲一遍 再港一遍咯 么子 么子啊 什么意思"
        " 什么意思？ 冇听清 听不懂 没看懂"
    ),
    Command.WAIT: "等一下 请等一下 稍等 等哈子 我找一下 等一下，我去拿身份证 我想想 莫急",
}
NOT_SAID = [
    "",
    "。",
    "长沙市开福区人工湖社区",
    "人工湖",
    "返回长沙了",
    "取消养老金",
    "帮助老人",
    "我不要人工",
    "不要取消",
    "没有重来",
    "张三",
    "1",
    "是的",
    "不用了",
    "返回，取消",
    "取消吗",
    "取消不",
    "取消" * 20,
    "菜" * 600,
]


@pytest.mark.parametrize(("command", "text"), [(one, text) for one, texts in SAID.items() for text in texts.split(" ")])
def test_a_command_is_heard(command: Command, text: str) -> None:
    assert read_command(text) is command


def test_a_command_may_be_spelled_out_with_spaces() -> None:
    assert read_command("人 工") is Command.HUMAN


@pytest.mark.parametrize("text", NOT_SAID)
def test_other_words_are_no_command(text: str) -> None:
    assert read_command(text) is None
