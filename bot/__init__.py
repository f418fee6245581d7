"""The WeChat surface: the callback, what people say there, what is answered, and the one door to WeChat's API.

Not here: the pages and JSON (`api`), what is asked for itself (`casework`, `certification`), sending it (`jobs`).
"""
