from sysvitals._ntuples import *
