# what: fetch a page (from the loopback)
# layer: filter
# expect: stopped
import urllib.error
import urllib.request


def attack():
    try:
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=0.2).read(1)
        return True
    except urllib.error.URLError as error:
        return isinstance(error.reason, ConnectionRefusedError)
