"""What staff read in the console, by the code that stands for it."""

from words.desk import ACTION_STATUSES, EVENT_STATUSES

TICKET_KINDS = {
    "assisted_certification": "帮助认证",
    "manual_review": "人工复核",
    "data_discrepancy": "数据核对",
    "death_verification": "死亡核实",
    "information_collection": "信息采集",
    "welfare_call": "走访慰问",
    "handed_over": "转来的问题",
    "complaint": "投诉申诉",
}
TICKET_STATUSES = {
    "open": "待领取",
    "assigned": "已分派",
    "scheduled": "已预约",
    "in_progress": "办理中",
    "escalated": "已上报",
    "done": "已办结",
    "cancelled": "已取消",
}
TICKET_ORIGINS = {
    "requested": "本人或家人申请",
    "failed_attempts": "刷脸没有成功",
    "no_reference": "没有底图",
    "not_understood": "机器人没听懂",
    "staff": "工作人员登记",
    "deadline_near": "快到期还没认证",
    "doubtful_face": "人脸拿不准",
    "living_mark": "行动不便，系统安排",
    "report": "有人报告",
    "visit": "走访时发现",
    "check": "抽查不通过",
    "data_match": "数据比对发现",
    "not_reached": "没有联系上",
    "death": "有人过世",
}
PLACES = {"window": "社区窗口", "home": "上门"}
VISIT_REASONS = {
    "bedridden": "重病卧床",
    "hard_of_moving": "行动不便",
    "care_home": "住养老机构",
    "psychiatric_hospital": "住精神康复医院",
    "other_bodily": "其他身体原因",
}
ROLES = {
    "city_officer": "市级管理员",
    "district_officer": "区县管理员",
    "agency_officer": "经办机构人员",
    "subdistrict_officer": "街道人员",
    "community_worker": "社区工作人员",
    "auditor": "审计人员",
}
WHICH_TICKETS = {
    "standing": "全部未结",
    "mine": "我的",
    "open": "待领取",
    "due_soon": "快到期",
    "late": "已超期",
    "escalated": "已上报",
    "ended": "已办结",
}
VISIT_OUTCOMES = {
    "certified": "认证通过",
    "absent": "没有人在家",
    "refused": "本人不愿认证",
    "deceased": "家人说已过世",
    "moved": "已经搬走",
}
JUDGEMENTS = {
    "known_personally": "我认识本人",
    "documents": "证件和家人都对得上",
    "face_changed": "生病或年老，样子变了",
    "no_reference": "系统里没有照片",
}
SIGNERS = {"retiree": "本人签名", "helper": "家人或他人代签"}
CHECK_REASONS = {"own_judgement": "人工认定", "drawn": "随机抽查"}
LIVING_MARKS = {
    "living_alone": "独居",
    "no_family": "孤寡",
    "gravely_ill": "重病",
    "hardship": "特困",
    "disabled": "伤残",
    "bedridden": "卧床",
    "care_home": "住养老机构",
    "psychiatric_hospital": "住精神康复医院",
}
OVER_EIGHTY = "80岁以上"
STANDINGS = {"certified": "已认证", "due": "待认证", "overdue": "已过期"}
VERDICTS = {"match": "像本人", "review": "拿不准", "no_match": "不像本人", "unusable": "照片用不了"}
STAFF_NOTICES = {
    "due_soon": "快到期了",
    "escalated": "已经上报",
    "assigned": "分给您了",
    "taken_away": "不用您办了",
}

ISSUER = "养老金资格认证"
# What happened to a person, in the order of time; `by` is who did it.
EVENTS = {
    "certified": "{channel}：认证通过，有效期到{day}",
    "face": "刷脸：{status}",
    "ticket": "{kind}工单 {number}：{status}",
    "visit": "{place}：{outcome}",
    "report": "有人报告：{kind} {number}",
    "life_event": "{kind} {number}：{status}",
    "benefit": "待遇{kind}：{status}",
    "message": "发消息：{notice}（{status}）",
    "sign": "{title} {day}：{decision}",
    "roster.add": "进入名册",
    "roster.update": "名册更新",
    "retiree.change": "改了联系信息",
    "retiree.marks": "改了生活状况标记",
    "retiree.unmask": "查看了完整信息，原因：{reason}",
    "reference.add": "登记了底图",
    "binding.confirm": "有人绑定",
    "certify.revoke": "撤销了认证",
}
SESSION_STATUSES = {
    "open": "没有做完",
    "certified": "通过",
    "in_review": "等人工复核",
    "refused": "没有通过",
    "superseded": "换了一次重做",
}
REPORT_KINDS = {
    "death": "过世",
    "address_change": "改地址",
    "phone_change": "改电话",
    "moving_away": "搬到外地",
    "missing": "走失",
    "fraud": "冒领",
    "still_alive": "本人还健在",
}
REPORT_FIELDS = {
    "address": "新地址",
    "phone": "新电话",
    "place": "地方",
    "what_happened": "情况",
    "name": "姓名",
    "on": "日期",
    "day": "日期",
    "relation": "关系",
}
MESSAGES = {
    "certified": "认证成功",
    "certified_before": "以前那一年认证成功",
    "certified_by_data": "数据比对认证成功",
    "certify_again": "请再认证一次",
    "certify_again_abroad": "请再认证一次（境外）",
    "pension_uncertified": "养老金暂停（未按期认证）",
    "pension_suspended": "养老金暂停",
    "pension_resumed": "养老金恢复",
    "answered": "答复",
    "review_refused": "复核没有通过",
    "relative_asks": "亲属申请",
    "certify_invite": "请您认证",
    "relative_agreed": "同意亲属",
    "relative_declined": "没有同意亲属",
    "certify_reminder": "提醒认证",
    "certify_overdue": "过期提醒",
    "certify_abroad": "提醒认证（境外）",
    "phone_confirmed": "又有手机能办",
    "binding_confirmed": "有人能帮着办",
}
MESSAGE_STATUSES = {
    "waiting": "等着发",
    "sent": "已发",
    "uncertain": "不确定发到",
    "failed": "没发到",
    "cancelled": "不用发了",
}
# How far something is, by what it is: one word of the code may mean different things.
STATUSES_OF = {
    "face": SESSION_STATUSES,
    "ticket": TICKET_STATUSES,
    "message": MESSAGE_STATUSES,
    "life_event": EVENT_STATUSES,
    "benefit": ACTION_STATUSES,
}
TICKET_REASONS = {
    "taken": "领取",
    "assigned": "分派",
    "scheduled": "约时间",
    "started": "开始办",
    "given_back": "退回",
    "escalated": "上报",
    "cancelled": "取消",
    "finished": "办结",
    "certified": "认证通过",
    "reviewed": "复核有了结论",
    "deceased": "转死亡核实",
    "refused": "本人不愿认证",
    "moved": "已经搬走",
    "absent": "没有人在家",
    "face_not_matched": "照片没有比上",
    "moved_along": "人搬走了，工单跟着转",
    "staff_left": "原来的人离岗",
    "late_to_subdistrict": "超期，转街道",
    "late_to_district": "超期，转区县",
    "verified": "情况已核实",
    "by_teller": "报告人收回",
    "alive": "人还健在",
}
SEXES = {"female": "女", "male": "男"}
ATTACK_SIGNS = {
    "static_picture": "画面不动",
    "flat_surface": "像平面照片",
    "no_depth_seen": "看不出立体",
    "identity_changed": "中途换了人",
    "repeated_frames": "画面重复",
    "jump": "画面跳动",
}
REVIEW_REASONS = {
    "face_unsure": "像不像拿不准",
    "depth_not_seen": "看不出立体",
    "identity_changed": "中途像换了人",
    "picture_jumped": "画面跳动",
    "not_live": "不像真人在镜头前",
    "wechat_passed": "微信刷脸通过",
    "few_actions": "能做的动作少，要人来看",
    "death_told": "有人说已经去世，要人来看",
}
ACTIONS = {
    "blink": "眨眼",
    "open_mouth": "张嘴",
    "turn_left": "向左转头",
    "turn_right": "向右转头",
    "nod": "点头",
}
ACTORS = {"account": "本人或家人", "public": "公众", "command": "命令行", "system": "系统", "staff": "工作人员"}
# What the day's page says while it works.
VISIT_PAGE = {
    "stored": "已经存在手机里，有网就传。",
    "sending": "正在传……",
    "sent_certified": "传好了，认证通过。",
    "sent_written": "传好了，已经记下。",
    "sent_judge": "传好了，但照片没有比上。请打开工单，由您认定，或再去一次。",
    "offline": "现在没有网络，不用担心，记录在手机里。",
    "login": "登录过期了。请重新登录，记录还在手机里。",
    "refused": "没有收下：{sentence}",
    "keeps_refused": "有{count}条没有收下，看下面的原因。",
    "drop": "删掉这一条",
    "drop_sure": "删掉以后找不回来。真的要删吗？",
    "digits_right": "号码对上了。",
    "digits_wrong": "号码对不上，请再看看身份证，别认错人。",
    "looking": "正在比对……",
    "match": "像本人。",
    "no_match": "没有比上。可以再拍一张，或由您认定并选原因。",
    "later": "现在没有网络，传上去以后再比对。",
    "nothing_waits": "没有等着传的记录。",
    "waits": "有{count}条等着传。",
    "no_position": "没有拿到位置，按到期先后排。",
    "ordered": "已按路线排好。",
    "photo_missing": "认证通过要拍一张本人的照片。",
    "signature_missing": "还没有签名。",
    "next_missing": "请写下次什么时候去。",
}
# What staff read about the chat's knowledge.
KEPT_REASONS = {"unanswered": "没答上来", "none_of_them": "两个都不是", "no_use": "说没用", "of_use": "说有用"}
CHANGE_STATUSES = {"draft": "等着发布", "published": "已发布", "rejected": "没有采用", "undone": "已撤回"}
SERVICES = {
    "certify": "认证",
    "change_address": "改地址、改电话",
    "report_death": "报告老人过世",
    "request_home_visit": "请人上门",
    "report_fraud": "举报冒领",
    "bind_relative": "绑定",
    "query_status": "查办理情况",
    "talk_to_human": "找人工",
}
CONCERNS = {"retiree": "退休人员", "relative": "亲属", "staff": "工作人员", "employer": "原单位", "citizen": "其他人"}
FIGURES_OF_CHANGE = {"resolved": "答对", "wrong_shown": "答错", "outside_refused": "范围外没答"}
QUEUES = {
    "messages_out": "等待发出的消息",
    "voice_messages": "等待识别的语音",
    "attempts": "正在进行的刷脸",
    "dead_letters": "多次失败的任务",
}
WORKS = {
    "hear_waiting": "识别语音",
    "send_due": "发出消息",
    "forget_talk": "清除旧对话",
    "tickets": "工单提醒和上报",
    "figures": "统计",
    "ask_lost_again": "找回丢失的任务",
}
