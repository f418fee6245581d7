"""Every sentence around a policy answer; the answers themselves are records in `policy/knowledge`. Imports nothing."""

# Behind every answer: where it stands, and whether that still counts.
SOURCE = "依据：{places}。"
PLACE = "{document}{places}"
ARTICLE, ITEM, NUMBER = "第{number}条", "第（{number}）项", "第{number}点"
JOIN_PLACES, JOIN_DOCUMENTS = "、", "；"
IN_FORCE = "该文件有效期至{day}。"
RUN_OUT = "该文件有效期至{day}，现已到期，请以12333答复为准。"
NOT_YET = "该文件自{day}起施行，现在还没有生效。"
OTHER_RULES = "认证期限现按{document}办理，请以12333答复为准。"
DAY, SHORT_DAY = "{year}年{month}月{day}日", "{month}月{day}日"
DIGITS = "零一二三四五六七八九"
TENS, HUNDREDS = "十", "百"
UNSAID = "请留意：{text}"

# A date of death in the question, worked into the answer.
DEATH_REPORT_BY = "您说是{day}去世，请在{by}前报告。"
DEATH_REPORT_LATE = "您说是{day}去世，已经过了{by}，请今天就报告。"

CLARIFY = "您是想问：\n1 {first}\n2 {second}\n请回复数字。都不是，请回复3。"
ALSO = "您还问到：{answer}"
NONE_OF_THEM = "都不是"

# Why a question is not answered, by kind, and what to do next.
OUTSIDE = {
    "amount": "金额要看您本人的档案，我算不准，不敢乱说。请打12333，或带身份证去社区窗口查。",
    "injection": "我只回答养老金认证和退休服务的问题。您想问哪一件？也可以打12333。",
    "third_party": "别人的信息要保密，我不能查，也不能说。本人或已绑定的家人可以查自己的。",
    "credential": "密码、验证码、银行卡号，请不要告诉任何人，也不要发到这里。有疑问打12333；被骗了请马上打110。",
    "health": "身体不舒服，请先找医生。情况急，马上打120。心里难受，请打12356，随时有人听您说。",
    "other_city": "我只知道长沙的规定。外地的规定，请打当地的12333（前面加当地区号）。",
    "near": "这件事不在我掌握的文件里，我不敢乱说。请打12333问，或请社区工作人员答复。",
    "offtopic": "这件事我不懂。我只回答养老金认证和退休服务的问题。别的事请打12345。",
    "insult": "让您生气了，对不起。您有什么难处，请慢慢说，也可以请工作人员和您谈。",
    "nonsense": "我没有看懂。请用一句话说您想问什么，比如：怎么认证。也可以打12333。",
    "empty": "我没有收到文字。请用一句话说您想问什么，比如：怎么认证。",
    "too_long": "您写得有点长，我没看明白。请用一句话说最要紧的事，或打12333。",
    "crisis": "您别急，我们都在。请马上打12356，随时有人听您说；有危险请打120或110。",
    "offline": "这件事的答复正在更新，暂时不能告诉您。请打12333问。",
}

# What the commands say.
EVALUATED = "已回答{count}个问题，写入 {out}。"
TRAINING = "正在训练，要几秒钟。"
TRAINED = "已训练：{topics}个主题，{examples}个例句，{outside}个范围外的问题，用时{seconds}秒。写入 {file}。"
STILL_FITS = "知识没有变，不用重新训练：{file}。"
NO_FAULTS = "没有发现问题。"
IMPORTED = "已读入 {document}：{articles}条，{items}项。写入 {file}。"
MEASURE_LINE = "{name:<34}{percent:6.1f} %  [{low:.0f}–{high:.0f}]  {hits}/{of}"
TIME_LINE = "每题用时：平均 {mean:.2f} 毫秒，p99 {p99:.2f} 毫秒"
CONFUSIONS = "答错的：{list}"
CURVE_LINE = "每个主题{count}个例句：{resolved:.1f} % 解决，{wrong:.1f} % 答错，{outside:.1f} % 范围外拒答"
MEASURES = {
    "resolved": "答对或在两个选项里",
    "right_at_once": "一次答对",
    "wrong_shown": "答成别的主题",
    "wrongly_refused": "该答没答",
    "article_cited": "引用了应引的条文",
    "nothing_beside": "没有多引",
    "service_right": "服务对",
    "outside_refused": "范围外拒答",
    "outside_answered": "范围外当成知道的答了",
    "must_refuse": "必须拒答的拒答了",
    "ambiguous_asked": "含糊的问了回去",
    "follow_up_resolved": "接着问的答对",
    "polite": "寒暄",
    "slots_right": "日期等读对",
}

# Refusals of the commands and of the console's pages about policy.
REFUSALS = {
    "draft_malformed": "草稿填得不完整。",
    "draft_title": "标题没有写，或超过{most}个字。",
    "draft_title_taken": "已经有一个主题叫“{title}”，请换个标题。",
    "draft_answer": "回答没有写，或超过{most}个字。",
    "draft_few_examples": "例句只有{count}句，至少要{least}句。请想想别人还会怎么问。",
    "draft_no_source": "没有写依据。请写明是哪个文件、哪一条。",
    "draft_no_document": "没有{document}这个文件。",
    "draft_no_place": "{document}里没有您写的那个地方（第{article}条）。",
    "draft_not_quoted": "第{article}条里没有“{quote}”这句话，请照原文抄。",
    "draft_outlives": "有效期比文件还长：文件到{day}为止。",
    "draft_figure": "依据的原文里没有“{figure}”这个数，请核对。",
    "draft_claimed": "“{text}”已经是“{other}”的例句，不能两个主题都要。",
    "draft_claimed_outside": "“{text}”已经列在不回答的问题里。",
    "figures_fell": "发布以后，检查题会答得更差，不能发布。请改好再提。",
    "not_measured": "正在用检查题检验，请过一会儿再来。",
    "document_disordered": "文件的条、项编号不连续，请先整理。",
    "document_no_articles": "没有找到“第一条”，这个文件读不出条文。",
    "document_no_text": "文件里没有文字。扫描件请先做文字识别。",
    "document_too_long": "文件太大了。",
    "document_unreadable": "这个文件读不出来。请存成文本、DOCX 或带文字的 PDF。",
    "knowledge_unreadable": "知识文件读不出来：{reason}。",
    "questions_row_wrong": "问题文件第 {line} 行不对。",
}
