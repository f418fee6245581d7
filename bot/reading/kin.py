"""Words for kin: parents, spouses and children, and everybody else who is related."""

from __future__ import annotations

_DIRECT = "子女 配偶 父母 父亲 母亲 爸 妈 爹 娘 老爷子 爱人 老公 老婆 丈夫 妻子 老伴 老倌子 堂客 儿子 女儿 姑娘 崽"
# Among them those that hold a word for somebody nearer.
_OTHERS = (
    "亲戚 亲属 爷爷 奶奶 外公 外婆 爹爹 嗲嗲 娭毑 公公 婆婆 岳父 岳母 丈母娘 儿媳 女婿 孙子 孙女 外孙 侄子 侄女 外甥"
    " 兄弟 姐妹 哥哥 姐姐 弟弟 妹妹 大哥 大姐 叔 伯 姑 舅 姨 姑妈 舅妈 姨妈 伯母 姑爹 姨爹 干妈 干爹"
)
DIRECT_KIN = tuple(_DIRECT.split())
OTHER_KIN = tuple(_OTHERS.split())
