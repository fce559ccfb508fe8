"""Our own tests of the Python face: `python python/tests [--upstream PYTHON] [NAME…]`.

The interpreter that runs them has sysvitals and its psutil (`python/as-psutil`) installed; the one
named by `--upstream` has upstream psutil 7.2.2. What lacks something is skipped, loudly.
"""

import argparse
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    """Runs all tests, or those of the files named."""
    parser = argparse.ArgumentParser(prog="python python/tests", description=__doc__)
    parser.add_argument("--upstream", help="the interpreter that has upstream psutil 7.2.2")
    parser.add_argument("--calls", type=int, help="calls of each function when looking for leaks")
    parser.add_argument("names", nargs="*", help="tests to run: differential, fixtures, leaks, …")
    options = parser.parse_args()
    if options.upstream:
        os.environ["SYSVITALS_UPSTREAM_PYTHON"] = os.path.abspath(options.upstream)
    if options.calls:
        os.environ["SYSVITALS_CALLS"] = str(options.calls)
    sys.path.insert(0, HERE)
    sys.argv[1:] = []
    loader = unittest.TestLoader()
    if options.names:
        suite = loader.loadTestsFromNames(f"test_{name}" for name in options.names)
    else:
        suite = loader.discover(HERE)
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
