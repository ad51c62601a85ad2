# what: have the parser recurse without end
# layer: process
# expect: stopped
import ast


def attack():
    for source in ("-" * 10**4 + "1", "(" * 10**4, "a" + ".b" * 10**4, "a=" * 10**4 + "1"):
        try:
            ast.parse(source)
        except (RecursionError, MemoryError, SyntaxError):
            pass
    return False
