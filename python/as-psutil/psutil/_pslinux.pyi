import sys

if sys.platform == "linux":
    from sysvitals._pslinux import *
    from sysvitals._pslinux import __extra__all__ as __extra__all__
