"""Sentences about the protection of data and people: refusals, the audit, keys, receipts."""

from words.desk import ACTION_KINDS, CALL_OUTCOMES, EVENT_KINDS, OVERPAYMENT_STATUSES
from words.matching import KINDS
from words.staff import ACTIONS, LIVING_MARKS, MESSAGES, VISIT_OUTCOMES

REFUSED = {
    "protect_needs_postgresql": "只有PostgreSQL数据库才有角色可以限制。",
    "protect_role_unknown": "数据库里没有这个角色。请先用CREATE ROLE建好，再来一次。",
    "protect_role_too_strong": "这个角色是超级用户，或者拥有这些表，限制不住。请换一个普通角色。",
    "database_forbids": "数据库用户没有这个权限。升级要用表的所有者，别的命令要先让所有者运行flask database protect。",
    "database_full": "数据库的磁盘满了，没有写完。请腾出空间，再来一次。",
    "database_failed": "数据库出了错或断了一下，没有做完。请看数据库的日志，再来一次。",
    "key_missing": "有的数据是用别的密钥封的。请把旧密钥写进DATA_KEY_PREVIOUS，再来一次。",
    "receipt_not_genuine": "这不是我们开的回执，或者被改过。请不要相信。要问，请打12333。",
    "too_often": "操作太快了。请等{seconds}秒，再试一次。",
    "path_unusable": "{path}用不了（{why}）。请检查权限和磁盘空间，再来一次。",
    "anchors_unreadable": "锚定文件第{line}行读不懂，多半是断电时没写完。请留好原文件，抄一份并删去这一行，"
    "用flask audit verify --anchors核对抄件。没问题就换上抄件；有问题请交给审计人员。",
}
NEXT: dict[str, str] = {}

KEYS = {
    "status": "现用密钥{key}，还有{left}条用别的密钥封着。",
    "finished": "都换好了，旧密钥可以拿掉。",
    "unfinished": "还没有换完，旧密钥不能拿掉。请运行flask keys rotate。",
    "rotating": "正在换密钥",
    "rotated": "{rows}条改用密钥{key}封存。",
}
# What an act's receipt says, and what the command says of any.
ACTS = {
    "certification": "养老金资格认证",
    "death": "报告过世",
    "address_change": "改地址",
    "phone_change": "改电话",
    "moving_away": "搬到外地",
    "missing": "报告走失",
    "fraud": "举报",
    "still_alive": "我还活着",
    "home": "请人上门",
    "window": "到窗口办",
    "handed_over": "问工作人员",
    "assisted_certification": "社区帮忙认证",
    "manual_review": "看照片",
    "data_discrepancy": "核对信息",
    "death_verification": "核实情况",
    "information_collection": "登记信息",
    "welfare_call": "上门看望",
    "complaint": "意见和申诉",
}
RECEIPT_LABELS = {"kind": "办的事", "number": "编号", "day": "哪天办的", "due_by": "最晚哪天有结果"}
RECEIPT_VERDICTS = {
    "counts": "回执是真的, 有效到{last_day}: {number} {name}",
    "expired": "回执是真的, 但{last_day}已经到期: {number} {name}",
    "revoked": "回执已经撤销: {number}",
    "act": "回执是真的: {number}",
}
# The heading of the column that says who took a list of people, and when.
EXPORT_MARK = "导出标记"

# What somebody reads of what we hold about them: a heading for each section, and a label for each line.
MINE = {
    "withdrawn": "已经收回。以后请人上门，或到窗口认证。",
    "asked": "记下了。社区核实后就改。",
}
MINE_SECTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "details": (
        "基本信息",
        {
            "name": "姓名",
            "id_number": "身份证号",
            "phone": "电话",
            "address": "地址",
            "position": "家的位置",
            "community": "社区",
            "group": "小组",
            "entitled_from": "哪天开始领养老金",
        },
    ),
    "pension": (
        "养老金",
        {"paid": "正在发，编号", "suspended": "暂时停发，编号", "terminated": "不再发，编号", "amount": "每月多少元"},
    ),
    "certifications": (
        "认证记录",
        {"self_service": "刷脸", "home_visit": "上门", "counter": "窗口", "data_match": "数据比对"},
    ),
    "attempts": (
        "刷脸记录",
        {
            "running": "正在刷脸",
            "certified": "通过",
            "retry": "再试一次",
            "review": "人工看过",
            "refused": "没通过",
            "superseded": "换了一次",
        },
    ),
    "faces": (
        "照片和脸部信息",
        {
            "templates": "脸部信息几条",
            "reference": "底图，存于",
            "attempt": "刷脸照片，到期删除",
            "visit_face": "上门照片，到期删除",
            "visit_signature": "签名，到期删除",
            "life_event": "交来的材料，到期删除",
        },
    ),
    "agreements": ("刷脸的同意", {"given": "同意", "withdrawn": "收回"}),
    "helpers": (
        "谁能帮您办",
        {
            "self": "本人",
            "direct_relative": "父母、配偶或子女",
            "relative": "亲戚",
            "interested_party": "利害关系人",
            "entrusted": "委托的亲属",
        },
    ),
    "cases": ("办的事", ACTS),
    "visits": ("上门和到窗口", VISIT_OUTCOMES | {"notes": "当时的记录", "position": "当时的位置"}),
    "signs": ("别的部门告诉我们的", KINDS),
    "events": ("核实过的变动", EVENT_KINDS),
    "decisions": ("待遇处理", ACTION_KINDS),
    "overpayments": ("多发的待遇，元", OVERPAYMENT_STATUSES),
    "marks": ("生活状况", LIVING_MARKS),
    "exclusions": ("刷脸不用做的动作", ACTIONS),
    "responsible": ("归哪里管", {"owner": "社区或机构"}),
    "calls": ("打过的电话", CALL_OUTCOMES),
    "messages": ("发过的消息", MESSAGES),
    "looks": (
        "谁打开过、改过",
        {
            "account": "您或家人",
            "public": "没有登录的人",
            "staff": "工作人员",
            "command": "系统管理员",
            "system": "系统",
        },
    ),
}
DATABASE_PROTECTED = "角色{role}现在可以读写各表, 审计表只能添加, 不能改也不能删。"

# What the check of the audit says.
AUDIT = {
    "whole": "审计记录完整: {rows}行, {blocks}块, 还未成块{unsealed}行, 锚点{anchors}个。",
    "broken": "审计记录有问题: {rows}行, {blocks}块, 还未成块{unsealed}行, 锚点{anchors}个。",
    "changed": "第{place}行被改过 ({id})。",
    "missing": "第{place}行不见了。",
    "inserted": "第{place}行是塞进来的 ({id})。",
    "copied": "第{place}行是重复的 ({id})。",
    "unsealed": "第{place}行等了一天还没成块: 成块的任务停了 ({id})。",
    "block_changed": "第{place}块被改过。",
    "block_missing": "第{place}块不见了。",
    "anchor_broken": "第{place}块和锚点不一样。",
    "unanchored": "从第{place}块起没有锚点: 锚定文件不见了，或者一天多没有写。",
    "sealed": "已成块: {rows}行。",
}
