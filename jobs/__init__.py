"""Work that nobody waits for: messages out. Each round takes `now` and may run in any process.

Not here: what a message says of the rules (`certification`, `casework`), WeChat's API itself (`bot.gateway`).
"""
