dumps = loads = None
