"""Upstream and we, side by side (differential.py), as whoever runs this and as `nobody`."""

import os
import subprocess
import sys
import unittest

import upstream

HERE = os.path.dirname(os.path.abspath(__file__))


@unittest.skipUnless(upstream.python(), "SKIPPED: no upstream psutil; name one by --upstream")
class Differential(unittest.TestCase):
    """Runs in processes of their own: who becomes `nobody` stays so."""

    def compare(self, *options):
        """Compares; what it prints is shown."""
        command = [sys.executable, os.path.join(HERE, "differential.py"), *options]
        done = subprocess.run([*command, upstream.python()], timeout=900)
        self.assertEqual(done.returncode, 0)

    def test_as_we_are(self):
        """As the user who runs this."""
        self.compare()

    @unittest.skipUnless(os.geteuid() == 0, "only the superuser can become somebody else")
    def test_as_nobody(self):
        """As an ordinary user, who may not look at what is not hers."""
        self.compare("--user", "nobody")
