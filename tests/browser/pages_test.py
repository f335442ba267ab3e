# SPDX-License-Identifier: MIT
"""The pages that eddy writes, opened in headless Chromium on a desk and on a phone: nothing in the console, every picture
is there, nothing is wider than the screen. Skipped aloud (exit status 77) where there is no Chromium."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from support import ProgramTest  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENS = {"desk": (1200, 900), "phone": (390, 844)}
MEASURE = """<script>addEventListener('load', () => { document.body.dataset.measured = JSON.stringify({
width: innerWidth, content: document.documentElement.scrollWidth, text: document.body.innerText.length,
boxes: [...document.querySelectorAll('.wide')].map(b => [b.scrollWidth, b.clientWidth]),
pictures: [...document.images].map(i => [i.alt, i.complete && i.naturalWidth > 0 ? i.getBoundingClientRect().width : 0]),
drawings: [...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width),
colors: [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]})})</script>"""
# A window is never narrower than 500 pixels; a frame is.
FRAME = """<!DOCTYPE html><html><head><link rel="icon" href="data:,"></head><body>
<iframe src="measured.html" width="{}" height="{}" style="border:0"></iframe><script>addEventListener('load', () => {{
document.body.dataset.measured = document.querySelector('iframe').contentDocument.body.dataset.measured}})</script>
</body></html>"""


class PagesTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.train("run", "--epochs", "1")

    def opened(self, page, screen, *flags):
        """What the page measures, on a screen."""
        html = self.read(page).decode()
        self.assertNotRegex(html, r"(?i)<script|\b(?:src|href)=\"(?!data:)")  # nothing runs, nothing is fetched
        self.write("measured.html", html.replace("</head>", MEASURE + "</head>"))
        self.write("frame.html", FRAME.format(*SCREENS[screen]))
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(
                [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--hide-scrollbars", "--enable-logging=stderr", f"--user-data-dir={profile}",
                 "--allow-file-access-from-files", "--window-size=1300,1000", *flags, "--dump-dom",
                 "file://" + self.path("frame.html")],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("CONSOLE", done.stderr)
        found = re.search(r'data-measured="([^"]*)"', done.stdout)
        self.assertTrue(found, done.stdout[:2000])
        return json.loads(found.group(1).replace("&quot;", '"').replace("&amp;", "&"))

    def check_page(self, page, pictures=0, drawings=0):
        for screen in SCREENS:
            seen = self.opened(page, screen)
            self.assertLessEqual(seen["content"], seen["width"], f"{page} on a {screen}: {seen}")
            for content, width in seen["boxes"]:
                self.assertLessEqual(content, width, f"a table of {page} on a {screen}")
            self.assertEqual(len(seen["pictures"]), pictures, seen)
            for name, width in seen["pictures"]:
                self.assertGreater(width, 200, f"{name} of {page} on a {screen}")
            self.assertEqual(len(seen["drawings"]), drawings, seen)
            self.assertTrue(all(width > 200 for width in seen["drawings"]), seen)
            self.assertGreater(seen["text"], 300)
            self.assertEqual(seen["width"], SCREENS[screen][0])
        light = self.opened(page, "desk")["colors"]
        dark = self.opened(page, "desk", "--blink-settings=preferredColorScheme=0")["colors"]
        self.assertNotEqual(light, dark, "dark mode looks as light mode")

    def test_a_report(self):
        self.succeed("evaluate", "run/model.keras", "reviews", "--test-size", "200", "--report", "report")
        self.check_page("report/report.html", pictures=5)

    def test_an_explanation(self):
        self.succeed("explain", "run/model.keras", "a film that begins badly and ends " + "wonderfully " * 20,
                     "--html", "why.html")
        self.check_page("why.html", drawings=1)

    def test_what_is_too_wide_is_found(self):
        self.write("wide.html", "<!DOCTYPE html><html><head></head><body>" + "x " * 400 +
                   "<div style='width:450px'>x</div></body></html>")
        with self.assertRaisesRegex(AssertionError, "on a phone"):
            self.check_page("wide.html")

    def test_a_picture_that_lacks_is_found(self):
        self.write("bad.html", "<!DOCTYPE html><html><head></head><body>" + "x" * 400 +
                   "<img alt='a' src=\"data:image/png;base64,AAAA\"></body></html>")
        with self.assertRaises(AssertionError):
            self.check_page("bad.html", pictures=1)


if __name__ == "__main__":
    if not CHROMIUM:
        print("SKIPPED: there is no chromium to open the pages with")
        sys.exit(77)
    unittest.main()
