"""Taking personal data out of a question before it is kept: numbers, names that people introduce, house numbers."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[0-9][0-9xX \-]{4,}[0-9xX]|[0-9]{5,}")
_ADDRESS = re.compile(r"[0-9一二三四五六七八九十]+(?=(号|栋|单元|室|楼|门|弄|巷|床))")
_NAMED = re.compile(r"((?:名字|姓名|大名)[是叫:：]{0,2}|(?:我|他|她|本人|老人)叫)[\u4e00-\u9fff]{2,4}")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹章苏潘葛范彭鲁马方任袁柳唐罗薛雷贺汤殷毕郝常傅康伍余顾孟黄萧尹姚邵"
    "汪毛贝戴宋庞熊舒屈项祝董梁杜阮蓝闵季贾江郭梅林钟徐邱骆夏蔡田樊胡凌霍虞万柯管卢莫房裘解宗丁宣邓洪石崔吉龚程邢裴陆翁荀曲封"
    "段富焦谷车侯全班宫宁栾甘厉武符刘景詹龙叶黎白蒲赖卓池乔谭劳申冉桂牛边燕冀尚农温庄晏柴瞿阎慕连习艾易廖衡耿满欧肖涂"
)
_CALLED = re.compile(
    rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?=先生|女士|同志|大爷|奶奶|爹爹|师傅|娭毑|嗲嗲|阿姨|主任|书记|医生)"
)
_HIDDEN = "*"


def mask_question(text: str) -> str:
    """Return a question without what tells who somebody is, as far as that can be seen from its form."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _NUMBER.sub(_HIDDEN, plain)
    plain = _ADDRESS.sub(_HIDDEN, plain)
    plain = _NAMED.sub(rf"\1{_HIDDEN}", plain)
    return _CALLED.sub(_HIDDEN, plain)
