# what: hide Python's own functions by an import of everything
# layer: extract
# expect: stopped
from os import *

from numpy import *


def attack():
    return abs(sum([1, -1])) != 0
