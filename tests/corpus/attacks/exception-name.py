# what: raise an exception whose name is markup, and long
# layer: process
# expect: stopped
def attack():
    raise type("<script>alert(1)</script>\x1b[2J" * 1000, (Exception,), {})
