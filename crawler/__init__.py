"""Gets: the only package that knows Scrapy (besides the item pipelines)."""

import logging
import sys

# sqlite-utils imports pandas and numpy wherever they are installed, and Housecall uses neither
# with it: half a second at the start of every command.
_unused = {"pandas", "numpy"} - sys.modules.keys()
sys.modules.update(dict.fromkeys(_unused))  # type: ignore[arg-type]  # None: not to be imported
import sqlite_utils  # noqa: E402, F401

for _name in _unused:
    del sys.modules[_name]

from crawler.log_records import SafeLogRecord  # noqa: E402

logging.setLogRecordFactory(SafeLogRecord)
