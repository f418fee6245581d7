"""The HTTP surface: parse, call one use case, answer.

Not here: rules and tables' logic. The pages for retirees (`h5`) and the JSON (`v1`) share nothing but the files beside
this one.
"""
