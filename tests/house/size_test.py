# SPDX-License-Identifier: MIT
"""size.py counts functions rightly and fails beyond each limit."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "size.py"
sys.path.insert(0, str(SCRIPT.parent))
sys.dont_write_bytecode = True
import size  # noqa: E402


def body(lines):
    return "  f();\n" * lines


class Size(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)

    def expect(self, name, lines, code, words, first=""):
        result = self.check({name: first + "// x\n" * lines, "src/core/other.cc": "\n"})
        self.assertEqual(result.returncode, code, result.stdout)
        self.assertIn(words, result.stdout)

    def test_files(self):
        self.expect("src/core/a.cc", 300, 0, "lines:")
        self.expect("src/core/a.cc", 301, 0, "note: src/core/a.cc: 301 lines")
        self.expect("src/core/a.cc", 600, 0, "note:")
        self.expect("src/core/a.cc", 601, 1, "error: src/core/a.cc: 601 lines")

    def test_special_files(self):
        cell = "static constexpr CellSpec kSpec;\n"
        self.expect("src/cells/lstm-inl.h", 79, 0, "lines:", first=cell)
        self.expect("src/cells/lstm-inl.h", 80, 1, "a cell file has at most 80", first=cell)
        self.expect("src/cells/frame-inl.h", 81, 0, "lines:")
        self.expect("include/eddy/a.h", 251, 1, "a public header has at most 250")
        self.expect("CMakeLists.txt", 121, 1, "the root CMakeLists.txt has at most 120")

    def test_function_limit(self):
        for lines, code in [(58, 0), (59, 1)]:
            text = "namespace a {\nvoid long_one(int x,\n" + "int y) {\n" + body(lines - 1) + "}\n}\n"
            result = self.check({"src/core/a.cc": text})
            self.assertEqual(result.returncode, code, result.stdout)
        self.assertIn("src/core/a.cc:2: long_one has 61 lines", result.stdout)

    def test_finds_functions(self):
        source = """
namespace a {
#define MACRO(x) { \\
  x
const char* text = "void no() {";  // { a brace in a comment
constexpr int kTable[] = {1, 2};
struct S {
  S(int x) : a_{x}, b_(x) { f(); }
  bool operator==(const S&) const { return true; }
  template <template <class> class F, class G = std::less<int>>
  void with_default(std::vector<int> v = {}) const noexcept {
    auto inner = [](int y) { return y; };
    if (x) { f('{', 1'000, R"({)"); }
  }
};
TEST(Name, Claim) { f(); }
auto arrow(int x) -> int { return x; }
}
"""
        found = {name: (first, last) for first, last, name in size.functions(source)}
        self.assertEqual(found["with_default"], (10, 14))
        self.assertEqual(found["TEST"], (16, 16))
        self.assertEqual(found["arrow"], (17, 17))
        expected = {"S", "b_", "operator==", "with_default", "TEST", "arrow"}
        self.assertEqual(set(found), expected)

    def test_empty_tree_is_no_success(self):
        self.assertEqual(self.check({"README.md": "x"}).returncode, 2)


if __name__ == "__main__":
    unittest.main()
