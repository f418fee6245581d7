"""What staff read in the console about benefits, life events, recoveries, tips and calls, by its code."""

BENEFIT_STATUSES = {"paid": "发放", "suspended": "暂停", "terminated": "终止"}
REASONS = {
    "not_certified": "未按期认证",
    "missing": "下落不明",
    "imprisoned": "服刑",
    "duplicate": "重复领取",
    "other": "其他法定情形",
}
ACTION_KINDS = {
    "suspend": "暂停",
    "resume": "恢复",
    "back_pay": "补发",
    "terminate": "终止",
    "reinstate": "改回（弄错了）",
    "recover": "追回",
}
ACTION_STATUSES = {
    "proposed": "等批准",
    "excluded": "已排除",
    "approved": "已批准",
    "refused": "没有批准",
    "lapsed": "已作废",
    "undone": "已撤销",
}
# Why a proposal stays as it is.
LEFT = {
    "took_part": "是您提出或核实的，要由别人批准",
    "held_by_case": "本人说还健在，先办那件事",
    "open_case": "还有没办完的事，不是本人的原因",
    "not_reached": "没有联系过本人，先上门",
    "no_ground": "理由已经没有了，会作废",
    "month_closed": "那个月的发放决定已定",
    "undo_later_first": "后面还有别的处理，先撤销后面的",
    "money_came_back": "已经有钱退回来了",
    "overpayment_moved_on": "已经办到下一步了",
}
ATTEMPTS = {"message": "消息送到", "call": "打过电话", "visit": "上门"}
CALL_OUTCOMES = {
    "reached": "联系上本人",
    "relative_reached": "联系上家人",
    "no_answer": "没有人接",
    "wrong_number": "号码不对",
}
EVENT_KINDS = {
    "death": "过世",
    "address_change": "改地址",
    "phone_change": "改电话",
    "moving_away": "搬到外地或境外",
    "missing": "下落不明",
    "reappearance": "重新出现",
    "imprisoned": "开始服刑",
    "released": "服刑结束",
    "duplicate_benefit": "重复领取",
    "duplicate_ended": "重复领取结束",
    "fraud": "有人举报",
    "still_alive": "我还活着",
    "reversal": "更正",
}
EVENT_STATUSES = {
    "notified": "等社区核实",
    "corroborated": "社区已核实，等确认",
    "confirmed": "已确认",
    "rejected": "不属实",
    "withdrawn": "报告人收回",
    "reversed": "已更正",
}
EVENT_SOURCES = {"account": "本人或家人", "anonymous": "匿名", "staff": "工作人员", "data": "数据比对"}
# What followed from an event, before the colon; what stands behind it is a number or one of the words above.
EFFECTS = {
    "reminders_stopped": "不再提醒",
    "ended": "工单办结",
    "opened": "新开工单",
    "phone": "电话已改",
    "address": "住址已改",
    "responsibility": "归属社区",
    "condolence": "走访慰问取消",
    "help": "因去世取消的工单",
    "moved": "换了负责的社区或机构",
    "abroad": "改由使领馆方式提醒",
    "on_its_day": "到日子再生效",
    "earlier": "记入以前的情况，现在的以更晚的变动为准",
    "certified": "认证通过",
    "reversed": "更正",
    "rejected": "不属实",
    "overpayment": "多发的待遇",
    "refund": "要退还的钱",
}
BECAME = {"undone": "已改回", "lapsed": "建议已作废", "proposed": "已建议，等批准", "listed": "请人工办理"}
TOLD = {
    "address": "新地址",
    "phone": "新电话",
    "place": "地方",
    "what_happened": "情况",
    "name": "姓名",
    "relation": "关系",
    "note": "说明",
    "recorded_on": "登记的日子，不是去世的日子",
}
PLACES_TOLD = {"city": "省内别的城市", "province": "外省", "abroad": "国外或港澳台"}
OVERPAYMENT_STATUSES = {
    "investigating": "正在查",
    "claimed": "已通知，等退回",
    "settled": "已退清",
    "referred": "已移交行政部门",
    "cancelled": "不用退",
}
LEAD_STATUSES = {"received": "刚收到", "investigating": "正在查", "found": "查实", "not_found": "没有查实"}
TELLER = {"phone": "电话", "teller_name": "姓名", "account": "账号"}
CHANGES = {"begins": "开始发", "ends": "不再发", "amount": "金额变了"}
# Why somebody is paid otherwise than the month before: beside the reasons above.
CHANGE_REASONS = {
    "first_month": "第一次发",
    "resumed": "恢复",
    "suspended": "暂停",
    "terminated": "过世",
    "amount_changed": "调整金额",
    "amount_known": "补上金额",
}
# An article of the regulation, and one of its items.
ARTICLE = "第{article}条"
ARTICLE_ITEM = "第{article}条第{item}项"
