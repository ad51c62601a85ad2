# what: run a program
# layer: filter
# expect: stopped
import subprocess


def attack():
    return subprocess.run(["/bin/true"]).returncode == 0
