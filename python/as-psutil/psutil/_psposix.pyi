from sysvitals._psposix import *
from sysvitals._psposix import __all__ as __all__
