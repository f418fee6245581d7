"""Where people say that they move: another city of the province, another province, abroad."""

from __future__ import annotations

_CITIES = "外市 别的市 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西"
_PROVINCES = (
    "外省 省外 别的省 北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 广东 海南"
    " 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 深圳 广州 珠海 东莞 佛山 武汉 南京 苏州 杭州 成都 西安"
    " 三亚 海口 厦门 昆明 贵阳 南宁 郑州 南昌 合肥"
)
_ABROAD = (
    "国外 出国 境外 香港 澳门 台湾 美国 加拿大 英国 法国 德国 意大利 西班牙 澳大利亚 澳洲 新西兰 日本 韩国 新加坡"
    " 马来西亚 泰国"
)
# What people call such a place, and the names that are heard most.
PLACES = {"city": tuple(_CITIES.split()), "province": tuple(_PROVINCES.split()), "abroad": tuple(_ABROAD.split())}


def find_place(text: str) -> str | None:
    """Return what kind of place a text names; None for none or several."""
    found = {kind for kind, names in PLACES.items() if any(name in text for name in names)}
    return found.pop() if len(found) == 1 else None
