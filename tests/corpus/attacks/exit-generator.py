# what: leave by an exception that is no error
# layer: process
# expect: stopped
def attack():
    raise GeneratorExit
