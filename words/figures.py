"""What the supervisors' figures are called. Imports nothing."""

# The columns of the table, in their order.
COLUMNS = {
    "retirees": "退休人员",
    "certified": "已认证",
    "self_service": "刷脸",
    "home_visit": "上门",
    "counter": "窗口",
    "data_match": "数据比对",
    "due_30": "30天内到期",
    "overdue": "已过期",
    "tickets_open": "未结工单",
    "tickets_late": "超期工单",
    "visits": "走访次数",
    "median_days": "办结天数（中位）",
    "first_rate": "刷脸首次通过",
    "end_rate": "刷脸最终通过",
}
REGION = "地区"
TOTAL = "合计"
OWN = "{name}直接管理"
NONE = "—"
LONGEST = "{days}天以上"
RATE_SERIES = ("首次通过", "最终通过")
NUMBER_SERIES = "人数"
CHANNELS_TITLE = "按方式看已认证"
DIMENSIONS = {"age": "年龄", "sex": "性别", "action": "动作", "phone": "手机"}
AGES = {"first": "{age}岁以下", "last": "{age}岁以上", "between": "{age}岁"}
UNKNOWN_PART = "不清楚"
OTHER_PHONE = "其他手机"
FACES = {"tried": "刷过脸的", "first": "首次通过的", "end": "最终通过的", "failed": "没有通过的"}
PEOPLE = {"all": "退休人员", "certified": "已认证人员", "due_30": "30天内到期人员", "overdue": "已过期人员"}
CASES = {"visits": "走访", "closed": "办结的工单", "faces": "刷脸认证"}
PEOPLE_HEADINGS = ("姓名", "身份证号", "电话", "住址", "归哪里", "组", "最晚认证", "认证到", "方式")
VISIT_HEADINGS = ("时间", "姓名", "工单", "工作人员", "在哪里", "结果")
CLOSED_HEADINGS = ("工单", "种类", "姓名", "开单", "办结", "天数")
FACE_HEADINGS = ("时间", "姓名", "年龄", "性别", "手机", "结果")
UNBOUND = "未绑定的人"
BUSY = "正在统计，或者一分钟内刚统计过。请过一会儿再看。"
RISK_REASONS = {
    "days_left": "还有{value}天到期",
    "old": "{value}岁",
    "failed_attempts": "今年刷脸{value}次没有通过",
    "late_last_time": "上次过了期才认证",
    "close_last_time": "上次快到期才认证",
    "first_time": "没有认证过",
    "mark": "{value}",
    "no_phone": "没有登记电话",
    "no_account": "没有人绑定微信",
}
NO_BUILDING = "没有登记楼栋"
