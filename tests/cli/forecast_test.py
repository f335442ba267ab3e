# SPDX-License-Identifier: MIT
"""eddy forecast: training, backtest, files, forecasts of the future, wrong data and flags."""
import csv
import io
import math
import shutil
import unittest

from support import ProgramTest

SMALL = ["--window", "12", "--horizon", "3", "--season", "6", "--units", "8", "--epochs", "4",
         "--seed", "3", "--cell", "gru"]


def wave(steps=300, season=6):
    return [round(20 + 5 * math.sin(2 * math.pi * t / season) + 0.01 * t, 3) for t in range(steps)]


def table(columns, rows):
    return "\n".join([",".join(columns)] + [",".join(str(c) for c in row) for row in rows]) + "\n"


class ForecastTest(ProgramTest):
    def series(self, name="data.csv", steps=300):
        rows = [(f"day {t}", x, t % 6) for t, x in enumerate(wave(steps))]
        return self.write(name, table(["date", "heat", "phase"], rows))

    def forecast(self, *arguments, **options):
        return self.succeed("forecast", self.series(), "--target", "heat", "--out", "run", *SMALL,
                            *arguments, **options)

    def rows(self, *parts):
        return list(csv.DictReader(io.StringIO(self.read(*parts).decode())))


class Train(ForecastTest):
    def test_prints_the_setting_and_the_backtest(self):
        out = self.forecast().stdout
        for row in (r"Data        data.csv: 300 steps\n",
                    r"Columns     heat, phase -> heat, 3 steps ahead from 12 steps\n",
                    r"Time        column 'date' \(guessed; --time names another one\)\n",
                    r"Windows     196 to train, then 28 to validate, then 58 to test",
                    r"Scale       standardized by the training part; 'heat': mean 21\.\d+, ",
                    r"Backtest    58 forecasts of 3 steps on the held-out end, errors in the units of 'heat'",
                    r"network +\d", r"last value +\d[\d.]+ +\d[\d.]+ +\d", r"seasonal naive \(6\) +",
                    r"\n +3 +\d", r"4 epochs; the model keeps the weights of epoch \d, the best by val"):
            self.assertRegex(out, row)
        self.assertNotRegex(out, "[\x1b\b\r]")

    def test_writes_all_files(self):
        self.forecast()
        pictures = [f"{name}.{end}" for name in ("errors", "forecast", "loss", "mae")
                    for end in ("png", "svg")] if shutil.which("gnuplot") else []
        self.assertEqual(self.files("run"), sorted(
            ["backtest.csv", "forecast.csv", "history.csv", "history.json", "model.keras",
             "run.json"] + pictures))
        record = self.read_json("run/run.json")
        self.assertEqual(record["command"], "forecast")
        self.assertEqual(record["status"], "finished")
        self.assertEqual(record["options"]["window"], 12)
        self.assertEqual(record["backtest"]["forecasts"], 58)

    def test_errors_follow_from_the_forecasts(self):
        """Every forecast against the truth, computed here from the data."""
        self.forecast("--horizon", "1")
        rows, data = self.rows("run/forecast.csv"), wave()
        self.assertEqual(len(rows), 60)
        for row in rows:
            step = int(row["step"]) - 1
            self.assertEqual(row["date"], f"day {step}")
            self.assertAlmostEqual(float(row["truth"]), data[step], places=3)
            self.assertAlmostEqual(float(row["last_value"]), data[step - 1], places=3)
            self.assertAlmostEqual(float(row["seasonal_naive"]), data[step - 6], places=3)
        record = self.read_json("run/run.json")["backtest"]
        for name in ("network", "last_value", "seasonal_naive"):
            misses = [abs(float(r[name]) - float(r["truth"])) for r in rows]
            self.assertAlmostEqual(record[name]["mae"], sum(misses) / len(misses), places=5)
        errors = self.rows("run/backtest.csv")
        self.assertEqual(len(errors), 1)
        self.assertAlmostEqual(float(errors[0]["last_value_mae"]), record["last_value"]["mae"])

    def test_says_whether_the_network_pays(self):
        flat = table(["x"], [(t % 2,) for t in range(200)])  # seasonal naive makes no mistake
        out = self.succeed("forecast", self.write("flat.csv", flat), "--season", "2", "--epochs", "1",
                           "--window", "4", "--units", "4", "--out", "flat").stdout
        self.assertIn("The network does NOT beat seasonal naive (2)", out)
        trend = table(["x"], [(math.sin(t / 2),) for t in range(400)])
        out = self.succeed("forecast", self.write("trend.csv", trend), "--epochs", "15", "--window",
                           "8", "--units", "8", "--learning-rate", "0.01", "--seed", "1", "--out",
                           "trend").stdout
        self.assertRegex(out, r"The network beats the better naive forecast, last value: 0\.\d\d of")

    def test_the_same_seed_gives_the_same_model_for_any_threads(self):
        self.forecast("--threads", "1")
        first = self.read("run/forecast.csv")
        self.forecast("--threads", "2")
        self.assertEqual(self.read("run/forecast.csv"), first)

    def test_many_series_of_different_lengths(self):
        rows = [(name, x) for name, steps in (("a", 100), ("b", 150)) for x in wave(steps)]
        data = self.write("many.csv", table(["id", "x"], rows))
        out = self.succeed("forecast", data, "--id", "id", "--out", "run", *SMALL).stdout
        self.assertIn("many.csv: 2 series with 250 steps", out)
        self.assertEqual({row["id"] for row in self.rows("run/forecast.csv")}, {"a", "b"})
        done = self.succeed("forecast", data, "--model", "run/model.keras").stdout.splitlines()
        self.assertEqual(done[0], "id,step,ahead,x")
        self.assertEqual([line.split(",")[:3] for line in done[1:]],
                         [["a", "101", "1"], ["a", "102", "2"], ["a", "103", "3"],
                          ["b", "151", "1"], ["b", "152", "2"], ["b", "153", "3"]])

    def test_stacked_layers_dropout_and_no_early_stopping(self):
        out = self.forecast("--units", "6,4", "--dropout", "0.1", "--patience", "0",
                            "--validation-split", "0").stdout
        self.assertIn("(None, 12, 6)", out)
        self.assertIn("(None, 4)", out)
        self.assertNotIn("keeps the weights", out)

    def test_a_constant_column_is_named_and_does_no_harm(self):
        rows = [(x, 7 if t < 250 else 8) for t, x in enumerate(wave())]
        data = self.write("constant.csv", table(["heat", "gate"], rows))
        out = self.succeed("forecast", data, "--target", "heat", "--out", "run", *SMALL).stdout
        self.assertIn("column 'gate' is constant in the training part", out)
        self.assertTrue(all(abs(float(r["network"])) < 100 for r in self.rows("run/forecast.csv")))


class Future(ForecastTest):
    def test_a_model_foretells_what_comes_next(self):
        self.forecast("--epochs", "30", "--learning-rate", "0.01")
        done = self.succeed("forecast", self.series(steps=290), "--model", "run/model.keras", "--out",
                            "next")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "step,ahead,heat")
        self.assertEqual([line.split(",")[0] for line in lines[1:]], ["291", "292", "293"])
        for line in lines[1:]:  # in the data's own units
            step, _, value = line.split(",")
            self.assertLess(abs(float(value) - wave()[int(step) - 1]), 2.5)
        self.assertEqual(self.read("next/forecast.csv").decode(), done.stdout)

    def test_the_model_file_alone_knows_its_columns(self):
        self.forecast()
        shutil.move(self.path("run/model.keras"), self.path("moved.keras"))
        rows = [(t % 6, x) for t, x in enumerate(wave(40))]
        data = self.write("other.csv", table(["phase", "heat"], rows))
        out = self.succeed("forecast", data, "--model", "moved.keras").stdout
        self.assertTrue(out.startswith("step,ahead,heat\n41,1,"), out)
        renamed = self.write("renamed.csv", table(["p", "h"], rows))
        self.fail_with(2, "columns: expected one column 'heat', got none", "forecast", renamed,
                       "--model", "moved.keras")
        again = self.succeed("forecast", renamed, "--model", "moved.keras", "--columns", "h,p",
                             "--target", "h").stdout
        self.assertEqual(again.splitlines()[1:], out.splitlines()[1:])

    def test_refusals(self):
        self.forecast()
        short = self.write("short.csv", table(["heat", "phase"], [(x, 1) for x in wave(11)]))
        self.fail_with(3, "series: expected at least 12 steps, the model's window, got 11",
                       "forecast", short, "--model", "run/model.keras")
        self.fail_with(2, "[--epochs] flag: expected none for training together with --model",
                       "forecast", short, "--model", "run/model.keras", "--epochs", "3")
        self.fail_with(3, "", "forecast", short, "--model", "nowhere.keras")
        self.succeed("train", "reviews", "--train-size", "100", "--test-size", "50", "--epochs", "1",
                     "--units", "2", "--out", "texts")
        self.fail_with(2, "[--window] value", "forecast", short, "--model", "texts/model.keras")


class BadData(ForecastTest):
    def refused(self, status, words, content, *arguments, name="bad.csv"):
        self.write(name, content)
        self.fail_with(status, words, "forecast", name, *arguments, *SMALL)
        self.assertEqual([f for f in self.files() if f == "runs"], [])

    def test_every_bad_table_has_its_message(self):
        good = [(x, 1) for x in wave(60)]

        def spoiled(cell, row=40, column=0):
            rows = [list(r) for r in good]
            rows[row][column] = cell
            return table(["x", "y"], rows)
        target = ["--target", "x"]
        for cell, words in (("NaN", "line 42, column 'x': expected a number, got 'NaN'"),
                            ("", "line 42, column 'x': expected a number, got an empty cell"),
                            ("warm", "line 42, column 'x': expected a number, got 'warm'"),
                            ("inf", "got 'inf'"), ("1e400", "got '1e400'"),
                            ("1,5", "line 42: expected 2 fields, as the first line has, got 3"),
                            ('"1,5"', "write decimals with a point")):
            with self.subTest(cell=cell):
                self.refused(3, words, spoiled(cell), *target)
        lines = spoiled(1).splitlines()
        lines[10] = "3"
        self.refused(3, "line 11: expected 2 fields", "\n".join(lines), *target)
        self.refused(3, "an empty file", "", *target)
        self.refused(3, "at least one row", "x,y\n", *target)
        self.refused(3, "the names of the columns, got numbers", "1,2\n3,4\n", *target)
        self.refused(3, "", b"x,y\n1,\x00\n", *target)
        self.refused(3, "", bytes(range(256)) * 20, *target)
        self.refused(3, "got '.txt'", "x\n1\n", *target, name="bad.txt")
        self.refused(3, "", "not an array", name="bad.npy")
        self.refused(3, "", "not an archive", name="bad.npz")
        self.refused(3, "a row of at most 16777216 bytes, got more", b"x\n" + b"1" * (17 << 20))

    def test_columns_that_are_not_there(self):
        content = table(["alpha", "beta"], [(x, 1) for x in wave(60)])
        self.refused(2, "[--target] column: expected one of alpha, beta", content)
        self.refused(2, "did you mean 'alpha'", content, "--target", "alfa")
        self.refused(2, "columns: expected one column 'gamma', got none", content, "--columns",
                     "beta,gamma", "--target", "beta")
        self.refused(2, "id: expected one column 'series'", content, "--target", "beta", "--id",
                     "series")
        self.refused(2, "[--columns] list", content, "--columns", "beta,,alpha", "--target", "beta")

    def test_series_that_are_too_short(self):
        self.refused(3, "expected at least 15 steps (window 12 and horizon 3), got 14",
                     table(["x"], [(x,) for x in wave(14)]))
        self.refused(3, "part: expected at least", table(["x"], [(x,) for x in wave(16)]))
        many = [("long", x) for x in wave(60)] + [("short", 1)] * 3
        self.refused(3, "sequence 'short'", table(["id", "x"], many), "--id", "id")

    def test_flags(self):
        data = self.series()
        for flag, value in (("--window", "0"), ("--horizon", "0"), ("--units", "8,"),
                            ("--units", "0"), ("--units", "many"), ("--season", "-1"),
                            ("--test-split", "0"), ("--dropout", "1"), ("--stride", "0")):
            with self.subTest(flag=flag, value=value):
                self.fail_with(2, f"[{flag}]", "forecast", data, "--target", "heat", flag, value)
        self.fail_with(2, "less than 1 for validation and test", "forecast", data, "--target", "heat",
                       "--test-split", "0.6", "--validation-split", "0.4")
        self.fail_with(2, "data: expected one, got none", "forecast")
        self.fail_with(3, "season: expected at most", "forecast", data, "--target", "heat", *SMALL,
                       "--season", "5000")
        self.fail_with(3, "No such file", "forecast", "nowhere.csv")


if __name__ == "__main__":
    unittest.main()
