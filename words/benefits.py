"""What is said about life events and benefits, by the code that stands for it. Imports nothing."""

# Why something asked for is refused; part of `words.REFUSALS`.
REFUSALS = {
    "amount_wrong": "金额不对，请核对。",
    "call_made": "别人刚刚打过这个电话了。",
    "corroborate_first": "要先由社区核实，再由经办机构确认。",
    "day_missing": "请写明是哪一天发生的。",
    "day_to_come": "这个日子还没有到。",
    "event_ended": "这一条已经有结论了。",
    "event_not_confirmed": "只有确认过的情况才能更正。",
    "file_altered": "{month}的记录被人改过，和当时定下的文件对不上。请不要用这个月的文件，马上找技术人员核对。",
    "file_unexplained": "{month}的总数和上个月对不上，差的钱没有原因，没有定下。请找技术人员核对。",
    "ground_missing": "要写明法律、法规的依据。",
    "heap_changed": "这一批刚刚变了，请再看一遍。",
    "held_by_case": "本人说还健在，先办好这件事，钱的事先不动。",
    "later_amount_known": "以后的月份已经有金额了。",
    "lead_moved_on": "这条线索已经办到下一步了。",
    "money_came_back": "已经有钱退回来了，不能再撤销。",
    "month_closed": "这个月的发放决定已定，不能再改。",
    "month_not_open": "现在轮到 {open} 的发放决定。",
    "month_to_come": "{month}还没有开始，到了再定。",
    "no_benefit": "这个人现在没有在发的待遇。",
    "no_reward": "查实的线索才能给奖励，而且只给一次。",
    "not_reached": "没有联系过本人，先上门，不能暂停。",
    "number_fixed": "发放文件里已经用了原来的个人编号，不能再改。",
    "number_taken": "这个个人编号是别人的。",
    "number_wrong": "个人编号只能用字母、数字和短横，最多32位。",
    "open_case": "还有没办完的事，不是本人的原因，不能暂停。",
    "other_side_confirms": "要由接收的社区，或两边共同的上级确认。",
    "overpayment_moved_on": "这笔多发的待遇已经办到下一步了。",
    "pictures_full": "一条最多放{most}张照片。",
    "person_unknown": "还不知道是谁，请先在名册里找到本人。",
    "reference_taken": "这个流水号已经记过别的钱，请核对。",
    "undo_later_first": "后面还有别的处理，请先撤销后面的。",
}

# What we send by ourselves; part of `words.NOTICES`.
NOTICES = {
    "certify_reminder": (
        "{name}的养老金认证，最晚{due_by}，还有{days}天。\n刷脸一分钟就好：{url}\n不方便，请到社区窗口，或回复“上门”。"
    ),
    "certify_overdue": (
        "{name}的养老金认证过了期限：{due_by}。\n一直不办，养老金会暂停；办好了再补发。\n"
        "请尽快刷脸：{url}\n做不了没关系，请回复“上门”，或到社区窗口。"
    ),
    # instead of `certified` while the pension is suspended; whether it is resumed depends on what else stands
    "certified_stopped": (
        "{name}今年认证好了，有效期到{valid_until}。\n养老金现在停着，工作人员会核对，该恢复的恢复，该补的补。\n回执：{url}"
    ),
    "certify_again": (
        "{name}上次的认证，核对后不能算数。\n请再刷脸一次：{url}\n"
        "养老金不会因为这件事马上停发。\n不方便，请到社区窗口，或回复“上门”。"
    ),
    "certify_again_abroad": (
        "{name}上次的认证，核对后不能算数。\n人在国外也能刷脸：{url}\n"
        "养老金不会因为这件事马上停发。\n做不了，请到使领馆开健在证明，寄给参保地社保。"
    ),
    "pension_uncertified": (
        "{name}的养老金从{month}起暂停了，因为认证过期没有办。\n补办认证，就会恢复，停的月份会补发。\n"
        "请刷脸：{url}\n做不了没关系，请回复“人工”。"
    ),
    "pension_suspended": (
        "{name}的养老金从{month}起暂停了。\n想问原因，请回复“人工”，或打12333。\n本人好好的却停了，请回复“我还活着”。"
    ),
    "pension_resumed": "{name}的养老金从{month}起恢复发放，以前该补的会补发。\n没有收到，请回复“人工”，或打12333。",
    "certify_abroad": (
        "{name}的养老金认证，最晚{due_by}。\n过期一直不办，养老金会暂停；办好了再补发。\n"
        "人在国外也能刷脸：{url}\n做不了，请到使领馆开健在证明，寄给参保地社保。"
    ),
}

# The night run, payment files and monthly amounts, at the command line.
NIGHT_RUN = "夜间处理，按{day}到期："
NIGHT_STEPS = {
    "enrolled": "新建待遇",
    "moved": "到日子的搬迁",
    "reminders_ended": "不用再提醒",
    "lapsed": "建议作废",
    "reminded": "提醒",
    "calls": "请社区打电话",
    "proposed_suspension": "建议暂停（未按期认证）",
    "visits": "没联系上，先上门",
    "proposed_missing": "建议暂停（下落不明）",
    "proposed_end": "建议终止（已确认去世）",
    "proposed_resumption": "建议恢复",
    "proposed_again": "搁置过、理由还在，再次建议",
    "referred": "到期未追回，移交",
}
PAYMENT_FILE = (
    "{month} 发放决定已定：{people} 人，当月 {regular} 元，补发 {back_pay} 元，合计 {total} 元。\n"
    "文件：{file}\n该发但没有金额、没有发的：{without_amount} 人\n与上月不同：{differences}\nSHA-256：{sha256}"
)
AMOUNTS_SET = "共 {read} 行：新增 {added}，更新 {updated}，没有变化 {unchanged}，没有收 {rejected}。"
AMOUNT_HEADINGS = {
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码"),
    "amount": ("月养老金", "养老金", "金额", "月发放金额"),
    "from_month": ("从哪月起", "起始月份", "执行月份"),
    "number": ("个人编号", "社保编号"),
}
AMOUNT_REASONS = {
    "too_many_cells": "这一行的格子比标题多，请去掉金额里的逗号",
    "amount_wrong": "金额或月份不对，金额应像 3254.60，月份应像 2025-03",
    "month_closed": "这个月的发放决定已定，请从下个月起",
    "later_amount_known": "以后的月份已经有金额，请先核对",
    "number_fixed": "发放文件里已经用了原来的个人编号，不能再改",
    "number_taken": "这个个人编号是别人的",
    "number_wrong": "个人编号只能用字母、数字和短横，最多32位",
    "unknown_retiree": "没有这个身份证号的退休人员",
}
