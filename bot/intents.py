"""What somebody wants who is not in the middle of a conversation: from words, a menu entry or a number. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from bot.reading.places import PLACES, find_place


class Intent(StrEnum):
    """What the person wants. The first ones are flows of the same name."""

    BIND = "bind"
    ENTER_CODE = "enter_code"
    CERTIFY = "certify"
    CHANGE_ADDRESS = "change_address"
    CHANGE_PHONE = "change_phone"
    MOVE_AWAY = "move_away"
    REPORT_DEATH = "report_death"
    REPORT_MISSING = "report_missing"
    HOME_VISIT = "home_visit"
    HUMAN = "human"
    REPORT_FRAUD = "report_fraud"
    FOLLOW_REPORT = "follow_report"
    HELPERS = "helpers"
    LEAVE = "leave"
    STILL_ALIVE = "still_alive"
    CRISIS = "crisis"
    TAKE_BACK = "take_back"
    CHECK_MESSAGE = "check_message"
    NOT_ME = "not_me"
    OWN_DATA = "own_data"
    PEOPLE = "people"
    REQUESTS = "requests"
    MENU = "menu"
    AT_A_LOSS = "at_a_loss"
    GREETING = "greeting"
    THANKS = "thanks"


@dataclass(frozen=True)
class Wanted:
    """An intent and what of the text it already answers: slots."""

    intent: Intent
    slots: dict[str, str]


# The numbers of the list that `menu` says, in its order.
NUMBERED = (
    Intent.CERTIFY,
    Intent.BIND,
    Intent.CHANGE_ADDRESS,
    Intent.HOME_VISIT,
    Intent.REPORT_DEATH,
    Intent.REQUESTS,
    Intent.HUMAN,
)

# Whoever asks how, when or whether asks a question; these words order something done. The first rule that fits counts.
_KIN = (
    r"(爸|妈|爹|娘|爷|奶|公公|婆婆|外公|外婆|爱人|老伴|老公|老婆|丈夫|妻子|父亲|母亲"
    r"|老人|老头|老倌|老太|邻居|舅|叔|伯|姑|姨|嗲)"
)
# In a report of a death there are more of them; a son who 走了 has gone back to his work.
_LOST_KIN = rf"({_KIN}|娭毑|堂客|(?<!的)男人|那口子|岳[父母老]|伢老子|哥(?!们)|弟|姐|妹)"
# 走了一趟社区 and 我妈老了不会用手机 are of the living, and so are their things: 我爸的钱没了.
_WALKED = (
    r"(一?[趟圈]|路|一?[步站]|半天|一个?[上下]午|亲戚|后门|(一?个)?(流程|程序|手续)|.{0,6}才到"
    r"|[好很]?(远|多路)|[0-9一二两三四五六七八九十几]+(公?里|站|米|家|个(地方|窗口|社区))|[样神运眼味]了?$|又?[来回]|去|你们)"
)
_THING = (
    r"(手机号?|电话号?|号码|钱|[工薪]资|[养退].{1,2}金|卡|证|存折|认证|短信|信息|消息|记录|照片"
    r"|资格|待遇|力气|耐心|办法|低保|补贴|津贴|微信|名[字额]|户口|房子|眼睛|头发|牙齿?|记[性忆]|信号|精神|声音)"
)
# Somebody was taken along, or went to something: no 走 of a death stands right behind these.
_WENT = r"(?<![走接拉带拿收抬转骗取领抢偷吓赶送调搬抓叫喊出车])(?<!打[工牌])(?<!回家)(?<!老家)走"
_DIED = (
    rf"(去[世逝]|过世|过逝|病[故逝]|逝世|身故|离世|仙逝|不在(人世)?[了哒]|{_WENT}掉?[了哒啦咯](?!{_WALKED})|走的$"
    rf"|[没冇]得?[了哒](?!.{{0,2}}{_THING})|死[了哒啦咯](?!心)|断了?气(?![垫管血瓶罐阀])|咽了?气|落了?气|过身|老了人|老[了哒]$"
    r"|离开[了哒]?(我们|人[世间])|离开[了哒]$|火化[了哒]|出殡|下葬|归西|驾鹤|寿终|与世长辞|抢救无效|[没冇]有?抢?救过来)"
)
_NEVER_DIED = r"[没冇未]有?([去过离逝]世|病故|死|过身)"
# Words of a death that tell of none: 我爸的养老金没了, 我爸说你们走了, 我妈差点死了; or of one long ago: 我自己认证.
_NO_DEATH = (
    rf"(?!.?的|.?(也|都|刚才?|昨天|今天|老是|总)?[说讲问]"
    rf"|.{{0,14}}{_THING}(就|也|都|又|全|怎么|已经|早|突然|一直)*([没冇断停丢死]|不在)"
    rf"|.{{0,6}}(出门|出去|上班|旅游|[累烦急气吓忙电疼痛笑恨愁冷热饿渴困]死)"
    rf"|.{{0,10}}(差点|险些|差一点|[快要][要得]?[走没死不]|{_NEVER_DIED}|离了?婚|你们的?人?走)"
    rf"|.*(我(自己|一个人)|没人帮|不会[弄搞用操]))"
)
# 怕我爸走了, 不是我爸去世, 我妈跟我姐走了
_NOT_OF = "^(?!.*(怕|担心|不是|以为|梦见|跟[^了过]{1,6}走|[带接]我.{1,3}走))"
_NOT_DEAD = r"(?<!有)[没冇未]有?(死(?!心)|去世|过世|病故|过身)(?!.{0,3}(之?前|的?时|多久))"
# Whoever says so speaks of what is to come, and not of what somebody took them for.
_SUPPOSED = "^(?!.*(如果|要是|假如|万一|等我|哪天|以后|将来|百年))"
_TAKEN_FOR = r"([把说当写报][了的成]?|显示|变成|登记成?|系统里?)"
_DEAD = r"(死人|死[了哒的]|死亡|去世|过世|身故|没了)(?!以后|之后|后|钱|养老|能|可以)"
# 认证失败了 and 认证时间 begin nothing: the one is told what helps, the other when.
_CERTIFY_LEAD = (
    r"我要|我想|要|去|请?回复|点这里|我?[想要来]?[帮给替].{1,6}|我?[想要来去]*(做|办|办理|开始|进行)|我来"
    rf"|(我的?)?{_KIN}.?要"
)
_CERTIFY = r"(养老(金|保险)?|社保|退休(人员|金)?|老年|生存|今年的?|待遇|资格)*(认证|刷脸|人脸(认证|识别)?|年审)"
_NO_CERTIFY = (
    r".{0,6}([不没冇错]|失败|过[了哒期]?|到期|成功|好[了哒]|完[了哒]"
    r"|时间|期限|地点|地址|中心|电话|方[式法]|流程|步骤|材料|软件|网址)"
)
_ONESELF = f"((我|他|她|我?{_KIN}{{1,2}})(本人)?|本人)"
_UNFOUND = "找不到(人|他|她|[了哒]|$)"
_SO_LONG = "好?[几0-9一二两三四五六七八九十半]+个?(天|月|年|小时|晚上|夜)"
_ELSEWHERE = f"({'|'.join(chain(*PLACES.values()))})(?!路|街|大道|社区|小区|村|巷)"
_RULES: tuple[tuple[Intent, str], ...] = (
    (
        Intent.CRISIS,
        r"不想活|想死(?!心)|活着没(有)?意思|活不下去|自杀|寻短见|(?<!个)死了算[了哒]|不如死|活[够腻][了哒]",
    ),
    (
        Intent.OWN_DATA,
        r"^[查看]?(一下)?我的(个人)?(信息|资料|数据)$|存了我(的)?(什么|哪些)|(删[除掉]?|收回).{0,6}(人脸|脸部|照片|刷脸|同意)",
    ),
    (Intent.TAKE_BACK, r"撤(回|销|掉)|报错了|取消.{0,3}(上门|申请|报告|举报)|报的.{0,4}取消"),
    (
        Intent.NOT_ME,
        rf"^(请?回复)?(这|那|上面|刚才)?(个|条)?(记录|消息)?都?(不是|冇是|不系){_ONESELF}(的|的记录|看的病)?$",
    ),
    (Intent.STILL_ALIVE, rf"(我|老子)(还|人|都|又|根本|明明)*{_NOT_DEAD}|我人?还(冇死|活着|在世|健在|喘气)|我活得好"),
    (
        Intent.STILL_ALIVE,
        r"我(人|都|明明)*(活着|在世|健在)(?=[啊呢的咧呀]?$|怎么|为|凭|你们)|我人还在$|我(又|并|可)?不是死人|不是我死|^没死[啊呢]?$",
    ),
    (
        Intent.STILL_ALIVE,
        rf"({_KIN}|[他她])(.{{0,6}}(还(活着|在世|健在)|(活着|在世|健在)[着啊呢的咧]?$)|.{{0,3}}{_NOT_DEAD})",
    ),
    (Intent.STILL_ALIVE, rf"{_SUPPOSED}.*{_TAKEN_FOR}(我|老子)[是成]?(当成?|已经?|就)*{_DEAD}"),
    (Intent.STILL_ALIVE, rf"{_SUPPOSED}.*我.{{0,4}}[成变][了成]?死人|{_KIN}.{{0,3}}好好的.{{0,8}}(死|去世|过世)"),
    (Intent.STILL_ALIVE, rf"(谁|哪个)(说|讲|乱说|报的)({_KIN}|[他她]).{{0,2}}(死|去世|过世|没了|不在了)"),
    (Intent.FOLLOW_REPORT, r"^(查(询)?)?(举报|编号).*(进度|结果|查)|^查编号|^查举报"),
    (Intent.ENTER_CODE, r"^(输入|填)?确认码"),
    (Intent.REPORT_FRAUD, r"举报|冒领|骗(取)?养老金|死了.{0,6}还在领|还在领.{0,4}钱"),
    (Intent.REPORT_FRAUD, r"(死|去世|过世)[了哒]?.{0,8}(?<!我)还在?[领取拿吃]"),
    (Intent.REPORT_MISSING, r"走失|走丢|失踪|下落不明|人不见了"),
    (
        Intent.REPORT_MISSING,
        rf"{_KIN}(?!的|.{{0,4}}[证卡机话码折片]).{{0,16}}(不见[了哒]?({_SO_LONG}[了哒]?)?$|(没|没有|冇)回来|{_UNFOUND})",
    ),
    (Intent.REPORT_MISSING, rf"找不到(我|我的|我屋里)?{_KIN}[妈爸娘爹爷奶]?(人|[了哒])*$"),
    (Intent.REPORT_DEATH, r"报(告)?(死亡|去世|过世)|死亡(报告|登记|申报)"),
    (Intent.REPORT_DEATH, rf"{_NOT_OF}.*(?<![没冇未])(?<!没有)(去世|过世|病故)了?$"),
    (Intent.REPORT_DEATH, rf"{_NOT_OF}.*{_LOST_KIN}{_NO_DEATH}.{{0,14}}{_DIED}.{{0,8}}$"),
    (Intent.REQUESTS, r"(人|你们|上门).{0,4}(什么时候|几时|好久)(来|到|上门)|怎么(还)?(没|没有|冇)(人)?来"),
    (Intent.REQUESTS, r"(什么时候|几时|哪天)(才|会)?(派|来|有|上门)(一?个)?(人|我家|我屋里)?(来)?[啊呢]?$"),
    (Intent.REQUESTS, r"还要等(多久|好久|几天)|[办弄搞]好了?(没|吗|冇)"),
    (Intent.HOME_VISIT, r"上门|(来|到)(我|我们|我的)?(家|屋)里|来我家|派(一?个)?人(来|到)"),
    (Intent.HELPERS, r"谁(能|可以)?帮我|家人(绑定|管理|申请)|^家人$|同意家人|取消家人"),
    (Intent.LEAVE, r"解(除)?绑|取消绑定|不绑了"),
    (Intent.BIND, r"绑定|登记我|^注册$|^登记$|加(我)?(爸|妈|父|母|老)|[帮给替].{1,6}登记"),
    (
        Intent.CHANGE_PHONE,
        r"(换|改|变更|更新)(了)?(新)?(的)?(手机|电话|号码)|(手机|电话)(号码?)?(换|改|变)|换[了过]?(个|新|个新)?号([了哒码]|$)",
    ),
    (Intent.MOVE_AWAY, r"(搬|住|迁).{0,3}(外地|外省|国外|外市)|移居|出国(定居)?|去外地(住|生活)|定居"),
    (Intent.MOVE_AWAY, rf"(搬|迁|住)[到在去].{{0,2}}{_ELSEWHERE}|[到去].{{0,2}}{_ELSEWHERE}.{{0,8}}(住|生活|养老)"),
    (
        Intent.CHANGE_ADDRESS,
        r"(换|改|变更|更新)(了)?(新)?(的)?(地址|住址)|(地址|住址|住的地方)(换|改|变|搬)|搬家|搬(了)?新家|搬到",
    ),
    (
        Intent.REQUESTS,
        r"(我的)?(申请|办理|报告)(进度|结果|情况|到哪)|办得怎么样|我的申请|我办的事|进度",
    ),
    (
        Intent.PEOPLE,
        r"认证到(什么|几|哪)|(?<![替帮给])(?<![替帮给]我)(我|老人|爸|妈)((?![能会可要该得用替每]).){0,4}认证(了)?(没有|没|吗)",
    ),
    (
        Intent.PEOPLE,
        r"^.{0,4}认证([过好完]|成功)?了(没|冇|吗)|(认证|刷脸|年审)([过好完]|成功)[了哒]$|刷[过完好]了?脸[了哒]?$|^我?(已经)?[刷做弄认][完好][了哒]$",
    ),
    (Intent.PEOPLE, r"^我的$|我的家人|有效期|什么时候到期|我的认证"),
    (
        Intent.CERTIFY,
        rf"^({_CERTIFY_LEAD})?{_CERTIFY}(?!{_NO_CERTIFY})|(我要|我想).{{0,6}}(认证|刷脸)(?!{_NO_CERTIFY})",
    ),
    (Intent.HUMAN, r"人工|找(个)?人|转(接)?客服|打(个)?电话给|投诉|没人管|(电话|12333).{0,4}(打不[通进]|没人接|占线)"),
    (
        Intent.AT_A_LOSS,
        r"^(我|老人家)?(也|都|还|又)?(不会|搞不|弄不)[弄用搞办来懂清]?(操作|手机|微信)?(这个)?[啊了咯哒]?$",
    ),
    (Intent.AT_A_LOSS, r"不(识|认识|认得)字|^[请你您]?(教教?|帮帮)我?(一?下)?[咯吧啊]?$|^那?我?怎么[弄搞办][啊呢咯]?$"),
    (Intent.AT_A_LOSS, r"^我?(老了)?(不会打字|看不(清楚?|见)字|字太小)[啊了咯哒]?$"),
    (
        Intent.MENU,
        r"^(菜单|帮助|主页|([你您我]|这里)(能|会|可以)(做|办|干)?[点些]?(什么|么子|嘛|啥)(事|业务)?|怎么用|办事|我要办事)$",
    ),
    (Intent.THANKS, r"^(谢谢|多谢|感谢|麻烦了|辛苦了|好的|好|嗯+|晓得哒|知道了|要得|再见|[👍🙏]+)"),
    (Intent.GREETING, r"^(您|你)好(啊|呀|吗)?$|^(在吗|在不|喂|哈喽|早上好|上午好|下午好|晚上好)$"),
)
_QUESTION = re.compile(
    r"[?？]|怎么|如何|为什么|为啥|多久|几时|什么时候|多少|什么|谁|哪个|哪里|吗$|么子|需要|(.)[不没]\1|[不没冇]$|如果|要是"
)
_ORDER = re.compile(r"我要(?!不要)|我想(?!问|知道)|帮我|给我|(?<!申)请(?!问)")
# Whoever takes something back or wants none of it begins nothing.
_NOT_WANTED = re.compile(
    r"搞错|(不(要|用|想|需要)|莫)(你们|人|来|去|给我)?(上门|绑定|登记|改|换|认证|刷脸|举报|报告|搬)"
)
_OWN_MISTAKE = re.compile(
    r"(?<!你们)(?<!他们)(?:^|我|是|刚才|前面)(?:搞|弄|报|说|讲|听|看|打|填|写|点|按|选|发)错[了哒]?|手滑"
)
_COMPILED = tuple((intent, re.compile(pattern)) for intent, pattern in _RULES)
# What speech and haste make of the words for what we do.
_ALIKE = (
    (re.compile(r"(?:^|(?<=[要想我]))[该盖](?=(?:一下)?(?:我的)?(?:地址|住址|电话|手机))"), "改"),
    (re.compile(r"认[正政]|(?:^|(?<=[要想办]))[忍任仁人][证正政](?=[啊吧咯]?$)"), "认证"),
    (re.compile(r"[邦帮][定订]|绑订"), "绑定"),
    (re.compile(r"[耍涮擦]脸|刷[练连]"), "刷脸"),
    (re.compile(r"[伤尚]门"), "上门"),
)
# 不是死了, 没死，我们离婚了; and not of a day or a cause: 没死多久, 不是病死.
_DENIES_DEATH = re.compile(
    r"[没冇未]有?(死|去世|过世)(?!.{0,2}[多几天])|不是(死|去世|过世)(?![于在]|.*(病|身)故)|^不是.*离了?婚"
)
_NOT_SAID = re.compile(r"[\s，。！,.!~～、“”‘’\"'「」【】]+")
_LONGEST = 200
_ASKABLE = frozenset(
    {
        Intent.CRISIS,
        Intent.STILL_ALIVE,
        Intent.OWN_DATA,
        Intent.TAKE_BACK,
        Intent.PEOPLE,
        Intent.REQUESTS,
        Intent.HUMAN,
        Intent.MENU,
        Intent.AT_A_LOSS,
        Intent.GREETING,
        Intent.THANKS,
    }
)
_CODE = re.compile(r"(?:.{0,6}码(?:就?是|[:：])?)?([0-9]{8})")
# Who has lost somebody does not ask about a rule: 我妈走丢了怎么办.
_LOST = re.compile(rf"^(?!.*(养老金|钱|停发)).*我.{{0,3}}{_KIN}.{{0,6}}(走失|走丢|失踪|不见[了哒])")


def understand(text: str) -> Wanted | None:
    """Return what somebody wants by their words, or None: a question about policy, or nothing we know."""
    plain = _NOT_SAID.sub("", text)
    if not plain or len(plain) > _LONGEST:
        return None
    for written, meant in _ALIKE:
        plain = written.sub(meant, plain)
    if found := _CODE.fullmatch(plain):
        return Wanted(Intent.ENTER_CODE, {"code": found[1]})
    for intent, pattern in _COMPILED:
        if pattern.search(plain):
            if intent not in _ASKABLE and not _LOST.search(plain) and _begins_nothing(plain):
                return None
            place = find_place(plain) if intent is Intent.MOVE_AWAY else None
            return Wanted(intent, {} if place is None else {"place": place})
    return None


def _begins_nothing(plain: str) -> bool:
    """Say whether a text asks about something, or wants it not, and so orders nothing."""
    return bool(_NOT_WANTED.search(plain)) or bool(_QUESTION.search(plain) and not _ORDER.search(plain))


def is_order(text: str) -> bool:
    """Say whether a text orders something."""
    return bool(_ORDER.search(text))


def says_own_mistake(text: str) -> bool:
    """Say whether somebody says that they themselves were wrong: 我搞错了, and not 你们搞错了."""
    return bool(_OWN_MISTAKE.search(_NOT_SAID.sub("", text)))


def denies_death(text: str) -> bool:
    """Say whether somebody who is asked about a death says that there was none."""
    return bool(_DENIES_DEATH.search(_NOT_SAID.sub("", text)))


def by_key(key: str) -> Intent | None:
    """Return the intent of a menu entry's or a code's key; keys are looked up, never interpreted."""
    try:
        return Intent(key)
    except ValueError:
        return None
