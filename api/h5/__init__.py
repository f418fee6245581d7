"""Pages for retirees and their families, inside WeChat: parse, one use case, render.

Not here: what staff see (`console`), JSON (`v1`); the pages' scripts speak to `v1` like any other client.
"""
