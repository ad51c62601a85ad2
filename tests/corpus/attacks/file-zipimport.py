# what: import out of a zip archive of this host
# layer: files
# expect: stopped
import glob
import os
import zipimport


def attack():
    wheels = os.path.join(os.path.dirname(os.__file__), "ensurepip", "_bundled", "*.whl")
    return any(zipimport.zipimporter(path).is_package("pip") for path in glob.glob(wheels))
