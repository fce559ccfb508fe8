"""psutil, which here is sysvitals: the module of this name is that very module."""

import sysvitals

sysvitals.install_as_psutil()
