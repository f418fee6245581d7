"""What is said of data matching, by the code that stands for it. Imports nothing."""

# Why a row of another department did not go in.
ROWS = {
    "id_number_missing": "没有身份证号",
    "id_number_fifteen_digits": "是15位的旧身份证号,又没有姓名,认不出是谁",
    "id_number_lost_digits": "身份证号被表格改成了数字,后几位已经丢失,请把这一列设成“文本”再发",
    "id_number_form": "身份证号应为18位,最后一位是数字或X",
    "id_number_birthday": "身份证号里的出生日期不存在",
    "id_number_check_digit": "身份证号的最后一位对不上,请核对是否写错",
    "name_too_long": "姓名太长",
    "character_lost": "有的字读不出来,请核对文件的编码",
    "happened_on_form": "日期不对,或者没有日期",
    "happened_on_future": "日期还没有到",
    "outcome_unknown": "不知道这一行是什么情况,请在比对来源的设置里补上",
}
DECISIONS = {
    "certified": "已经按这条记录认证",
    "already_certified": "本来就在有效期内,只记下来",
    "too_old": "日子太久,不能用来认证,只记下来",
    "weak_source": "这种来源只作参考,不能用来认证",
    "weak_match": "只有姓名和生日对上,不一定是本人,工作人员要看",
    "name_differs": "身份证号对上,姓名不一样,转工作人员核对",
    "seen_missing": "有人报告失踪,这条记录在那以后,转工作人员核对",
    "in_doubt": "有别的疑点没有查清,没有用来认证",
    "before_death": "有去世的消息,这条记录在那以前,没有用来认证",
    "contradictory": "一边说去世,一边说还在,两条都转给工作人员",
    "death_to_verify": "有去世的消息,转工作人员核实,养老金没有动",
    "death_known": "去世的事已经核实过,只记下来",
    "to_verify": "转工作人员核实,养老金没有动",
}
KINDS = {
    "life": "在世",
    "death": "去世",
    "custody": "服刑",
    "release": "刑满释放",
    "duplicate": "别处也领养老金",
    "departure": "户口迁走或出国定居",
}
IMPORTED = (
    "{title}共 {read} 行: 新认证 {certified} 人,转工作人员 {suspicious} 条,只记下来 {noted} 条,以前就有 {known} 条,"
    "对不上人 {unmatched} 行,没有收 {rejected} 行。用时 {elapsed_ms} 毫秒,每秒 {rows_per_second} 行。"
)
RESUMED = "上次没有做完,从第 {line} 行接着做。"
NOTHING_KNOWN = "没有这个人的比对记录。"
EXPLAINED = "{title}({department}) {day}: {kind}。{decision}。收到文件: {received},第 {line} 行,{matched_by}。"
MATCHED_BY = {"id_number": "身份证号对上", "name_and_birthday": "姓名和生日对上"}
