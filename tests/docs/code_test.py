# SPDX-License-Identifier: MIT
"""Every block of C++ in the documents is compiled: whole programs as they are, pieces inside a function, after the
declarations that stand here for what the page leaves to the reader."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from documents import PAGES, ROOT, blocks, name_of  # noqa: E402

COMPILER = [os.environ["EDDY_CXX"], "-std=c++20", "-fsyntax-only", f"-I{ROOT / 'include'}",
            f"-I{os.environ['EDDY_BUILD_INCLUDE']}", "-x", "c++"]
HEADER = "#include <eddy/eddy.h>\n#include <iostream>\n#include <string>\n#include <vector>\n"
MODEL = "extern eddy::Sequential model; extern const eddy::Tensor x, y;\n"
GIVEN = {
    "README.md": "extern std::vector<std::vector<float>> samples; void use(std::span<const float> y);\n",
    "docs/embedding.md": MODEL,
    "docs/keras.md": MODEL,
    "docs/lab.md": MODEL,
    "docs/resume.md": MODEL,
    "docs/tuning.md": "double trained_epoch(int64_t units);\n",
}
# tests/docs/commands_test.py runs commands and reads toml; CMake's lines are those of tests/install, Python's need Keras.
LANGUAGES = {"", "sh", "bash", "console", "cpp", "c++", "toml", "cmake", "python"}
ELSEWHERE = {"docs/adding_a_cell.md"}  # tests/added_cell compiles and runs its blocks


class CodeTest(unittest.TestCase):
    def compile(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".cc") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([*COMPILER, file.name], stderr=subprocess.PIPE, encoding="utf-8")
        return done.returncode, done.stderr

    def test_every_block_of_code_compiles(self):
        pieces = HEADER
        for place, page in enumerate(PAGES):
            name = name_of(page)
            for number, (language, text) in enumerate(blocks(page)):
                self.assertIn(language, LANGUAGES, f"{name}: a block that no test knows")
                if language not in ("cpp", "c++") or name in ELSEWHERE:
                    continue
                if "int main(" in text:
                    status, errors = self.compile(text)
                    self.assertEqual(status, 0, f"{name}:\n{text}\n{errors}")
                    continue
                pieces += f"namespace block_{place}_{number} {{\n{GIVEN.get(name, '')}void piece() {{\n"
                pieces += f'#line 1 "{name}, block {number + 1}"\n{text}}}\n}}\n'
        status, errors = self.compile(pieces)
        self.assertEqual(status, 0, errors)

    def test_a_mistake_is_found(self):
        self.assertNotEqual(self.compile(HEADER + "void piece() { eddy::LSTM lstm; }")[0], 0)


if __name__ == "__main__":
    unittest.main()
