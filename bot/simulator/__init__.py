"""`/simulator`: a chat window for trying the conversation without WeChat, and the little of WeChat's API it needs.

Not here: anything that answers. What is typed is sent, signed and encrypted, to `/wechat` like WeChat's own messages.
"""

from bot.simulator.views import simulator

__all__ = ["simulator"]
