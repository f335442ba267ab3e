# SPDX-License-Identifier: MIT
"""eddy explain: texts and series, JSON, pages, pictures, wrong input and flags."""
import html.parser
import json
import math
import os
import shutil
import unittest

from support import ProgramTest

FORECAST = ["--window", "8", "--horizon", "2", "--units", "5", "--epochs", "2", "--seed", "3"]


class Page(html.parser.HTMLParser):
    """Tags in order, all closed; what a reader sees, and what hovering tells."""
    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.notes, self.attributes = [], "", [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        self.notes += [value for name, value in attrs if name == "data-n"]
        if tag not in ("meta", "link", "line", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text += data


class ExplainTest(ProgramTest):
    def reviews(self):
        self.train()
        return "run/model.keras"

    def mails(self):
        rows = ["text,label"]
        for i in range(60):
            rows.append(f"cheap pills buy now {i % 7},spam")
            rows.append(f"the meeting is on monday {i % 5},ham")
            rows.append(f"win money with one click {i % 3},fraud")
        self.write("mails.csv", "\n".join(rows) + "\n")
        self.succeed("train", "mails.csv", "--units", "4", "--embedding", "4", "--epochs", "8",
                     "--seed", "2", "--out", "mails")
        return "mails/model.keras"

    def forecaster(self, columns=2):
        lines = ["date,heat,wind" if columns == 2 else "date,heat"]
        for t in range(80):
            row = [f"day {t}", f"{20 + 5 * math.sin(t):.3f}", f"{t % 7}"]
            lines.append(",".join(row[:1 + columns]))
        self.write("data.csv", "\n".join(lines) + "\n")
        self.succeed("forecast", "data.csv", "--target", "heat", "--out", "f", *FORECAST)
        return "f/model.keras"

    def explain_json(self, *arguments):
        return json.loads(self.succeed("explain", *arguments, "--json").stdout)


class Texts(ExplainTest):
    def test_leaving_out_is_what_predict_says_without_the_word(self):
        model, words = self.reviews(), "a truly wonderful film and a bad end".split()

        def predict(kept):
            return float(self.succeed("predict", model, " ".join(kept)).stdout)

        found = self.explain_json(model, " ".join(words))
        self.assertAlmostEqual(found["answer"], predict(words), delta=2e-6)
        self.assertEqual(found["class"], "positive")
        seen = [t for t in found["tokens"] if t["step"] is not None and t["end"] > t["begin"]]
        self.assertGreater(len(seen), 4)
        text = " ".join(words)
        for token in seen:
            kept = (text[:token["begin"]] + text[token["end"]:]).split()
            # predict prints six decimals.
            self.assertAlmostEqual(token["share"], found["answer"] - predict(kept), delta=3e-6)
            self.assertAlmostEqual(token["after"], predict(text[:token["end"]].split()), delta=2e-6)

    def test_prints_words_and_numbers(self):
        model = self.reviews()
        out = self.succeed("explain", model, "a wonderful film, a <bad> end", "--top", "3").stdout
        self.assertRegex(out, r"^Answer      0\.\d{4}  probability of 'positive'\n")
        self.assertRegex(out, r"Shares      leave-one-out: ")
        self.assertRegex(out, r"\nWord +No\. +Share +So far\n")
        self.assertEqual(out.count("[+") + out.count("[-"), 3)
        self.assertNotIn("\x1b", out)

    def test_every_method_and_class_agree_on_the_answer(self):
        model, text = self.reviews(), "a truly wonderful film and a bad end"
        answers = {m: self.explain_json(model, text, "--method", m)
                   for m in ("leave-one-out", "gradient", "integrated")}
        for found in answers.values():
            self.assertAlmostEqual(found["answer"], answers["gradient"]["answer"], delta=1e-6)
        other = self.explain_json(model, text, "--class", "negative", "--method", "integrated",
                                  "--steps", "300")
        self.assertAlmostEqual(other["answer"], 1 - answers["gradient"]["answer"], delta=1e-6)
        total = other["padding"] + sum(t["share"] or 0 for t in other["tokens"])
        self.assertAlmostEqual(total, other["answer"] - other["baseline_answer"], delta=1e-4)
        self.assertLess(other["completeness_error"], 1e-4)
        logit = self.explain_json(model, text, "--logit")["answer"]
        self.assertAlmostEqual(1 / (1 + math.exp(-logit)), answers["gradient"]["answer"], delta=1e-5)

    def test_explains_the_class_that_is_answered_or_a_named_one(self):
        model = self.mails()
        found = self.explain_json(model, "buy cheap pills")
        self.assertEqual(found["class"], self.succeed(
            "predict", model, "buy cheap pills").stdout.split("\t")[0])
        named = self.explain_json(model, "buy cheap pills", "--class", "ham")
        self.assertEqual(named["class"], "ham")
        self.assertNotAlmostEqual(named["answer"], found["answer"], delta=1e-3)
        self.fail_with(2, ["--class", "did you mean 'ham'?"], "explain", model, "x y", "--class", "hum")

    def test_writes_a_page_that_holds_everything(self):
        model = self.reviews()
        text = "a <i>wonderful</i> & \"bad\" film's end \u00e9 xyzzyx"
        self.write("text.txt", text)
        out = self.succeed("explain", model, "--file", "text.txt", "--html", "why.html").stdout
        self.assertIn("\nwhy.html\n", out)
        content = self.read("why.html").decode("utf-8")
        page = Page(content)
        self.assertEqual(page.open, [])
        self.assertIn(text, page.text)
        self.assertTrue(any(n.startswith("wonderful: share ") or "wonderful" in n for n in page.notes))
        self.assertIn("not seen by the model", page.notes)
        for name, value in page.attributes:
            self.assertNotIn(name, ("src", "onclick", "onload"))
            if name == "href":
                self.assertEqual(value, "data:,")
        self.assertNotIn("://", content)
        self.assertNotIn("<script", content)

    def test_reads_a_text_from_stdin(self):
        model = self.reviews()
        piped = json.loads(self.succeed("explain", model, "-", "--json", stdin="a bad\nfilm\n").stdout)
        self.assertEqual(piped["text"], "a bad\nfilm\n")
        self.assertEqual([t["token"] for t in piped["tokens"]], ["", "a", "bad", "film"])

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_draws_and_prints_gates(self):
        model = self.reviews()
        found = self.explain_json(model, "a wonderful film", "--gates", "pictures", "--unit", "2")
        self.assertEqual(self.files("pictures"), ["lstm.png", "lstm.svg"])
        self.assertTrue(self.read("pictures/lstm.png").startswith(b"\x89PNG"))
        (layer,) = found["trace"]
        self.assertEqual(layer["cell"], "lstm")
        self.assertEqual(sorted(layer["gates"]), ["c", "f", "i", "o"])
        self.assertEqual(sorted(layer["states"]), ["c", "h"])
        self.assertEqual((len(layer["gates"]["i"]), len(layer["gates"]["i"][0])), (40, 8))
        i, f, g, o = (layer["gates"][n] for n in "ifco")
        c, h = layer["states"]["c"], layer["states"]["h"]
        for t in range(1, 40):
            for j in range(8):
                self.assertAlmostEqual(c[t][j], f[t][j] * c[t - 1][j] + i[t][j] * g[t][j], delta=1e-5)
                self.assertAlmostEqual(h[t][j], o[t][j] * math.tanh(c[t][j]), delta=1e-5)
        self.fail_with(2, "expected 0 to 7, the units of layer 'lstm', got 8", "explain", model,
                       "a film", "--gates", "pictures", "--unit", "8")

    def test_long_texts_cost_what_the_model_sees(self):
        model = self.reviews()
        self.write("long.txt", "a wonderful film " * 34000)
        out = self.succeed("explain", model, "--file", "long.txt").stdout
        self.assertRegex(out, r"\[\d+ words that the model does not see\]")
        self.assertLess(len(out), 6000)
        self.write("longer.txt", "a " * (9 << 20))
        self.fail_with(3, "at most 16777216 bytes", "explain", model, "--file", "longer.txt")


class Series(ExplainTest):
    def test_explains_every_value_of_the_last_window(self):
        model = self.forecaster()
        found = self.explain_json(model, "data.csv", "--step", "2")
        forecast = self.succeed("forecast", "data.csv", "--model", model).stdout.splitlines()
        self.assertAlmostEqual(found["answer"], float(forecast[2].split(",")[2]), delta=1e-3)
        self.assertEqual(found["columns"], ["heat", "wind"])
        self.assertEqual(found["labels"], [f"day {t}" for t in range(72, 80)])
        self.assertEqual((len(found["shares"]), len(found["shares"][0])), (8, 2))
        self.assertEqual(found["baseline"], "mean")
        self.assertAlmostEqual(found["after"][-1], found["answer"], delta=1e-4)
        whole = self.explain_json(model, "data.csv", "--method", "integrated", "--steps", "200")
        total = sum(map(sum, whole["shares"]))
        self.assertAlmostEqual(total, whole["answer"] - whole["baseline_answer"], delta=1e-2)

    def test_prints_columns_and_writes_a_page(self):
        model = self.forecaster()
        out = self.succeed("explain", model, "data.csv", "--html", "why.html").stdout
        self.assertRegex(out, r"^Answer      \d+\.\d+  heat, 1 step after the end\n")
        self.assertRegex(out, r"\nColumn +Sum +Sum of \|\.\|\n")
        self.assertRegex(out, r"\nday 7\d +(heat|wind) ")
        page = Page(self.read("why.html").decode())
        self.assertEqual(page.open, [])
        self.assertIn("day 79", page.text)

    def test_wrong_flags_and_data(self):
        model = self.forecaster()
        for status, word, arguments in (
                (2, "expected 1 to 2, the model's horizon, got 3", ["data.csv", "--step", "3"]),
                (2, "data (.csv, .tsv, .npy or .npz): expected one", []),
                (2, "--class", ["data.csv", "--class", "ham"]),
                (2, "--series", ["data.csv", "--series", "b"]),
                (2, "--baseline", ["data.csv", "--baseline", "none"]),
                (2, "got pad", ["data.csv", "--baseline", "pad"]),
                (3, "expected a model that ends with a sigmoid", ["data.csv", "--logit"]),
                (3, "file", ["missing.csv"])):
            with self.subTest(word):
                self.fail_with(status, word, "explain", model, *arguments)
        self.write("short.csv", "date,heat,wind\nday 1,2,3\n")
        self.fail_with(3, "expected at least 8 steps", "explain", model, "short.csv")


class Mistakes(ExplainTest):
    def test_wrong_flags_and_texts(self):
        model = self.reviews()
        self.write("empty.txt", "")
        for status, words, arguments in (
                (2, "model: expected one, got none", []),
                (2, "text (or --file FILE, or - for stdin)", [model]),
                (2, "expected a text or a file, got both", [model, "x", "--file", "empty.txt"]),
                (2, "--method", [model, "a film", "--method", "shap"]),
                (2, "expected --gates DIR beside it", [model, "a film", "--unit", "1"]),
                (2, "expected integrated, got leave-one-out", [model, "a film", "--steps", "9"]),
                (2, "--step", [model, "a film", "--step", "1"]),
                (2, "got mean", [model, "a film", "--method", "gradient", "--baseline", "mean"]),
                (2, "expected auto for leave-one-out", [model, "a film", "--baseline", "pad"]),
                (3, "words: expected at least one, got none", [model, " ... "]),
                (3, "words: expected at least one, got none", [model, "--file", "empty.txt"]),
                (3, "vocabulary, got none among 2", [model, "xyzzyx qqqqq"]),
                (3, "file: expected a text", [model, "--file", "."]),
                (3, "missing.txt", [model, "--file", "missing.txt"]),
                (3, "missing.keras", ["missing.keras", "a film"]),
                (3, "empty.txt", ["empty.txt", "a film"])):
            with self.subTest(words):
                self.fail_with(status, words, "explain", *arguments)

    def test_a_page_that_cannot_be_written_leaves_nothing(self):
        model = self.reviews()
        self.fail_with(3, "why.html", "explain", model, "a film", "--html", "no/why.html")
        self.assertFalse(os.path.exists(self.path("no")))


if __name__ == "__main__":
    unittest.main()
