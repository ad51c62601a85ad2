# what: have a traceback quote a line of /etc/passwd
# layer: files
# expect: stopped
import traceback


def attack():
    try:
        exec(compile("1 / 0", "/etc/passwd", "exec"))
    except ZeroDivisionError as error:
        return traceback.extract_tb(error.__traceback__)[-1].line != ""
