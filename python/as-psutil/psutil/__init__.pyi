# The types of sysvitals, which the module is: here are names only.

from sysvitals import *
from sysvitals import __all__ as __all__, __version__ as __version__, bytes2human as bytes2human
