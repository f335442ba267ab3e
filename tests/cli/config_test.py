# SPDX-License-Identifier: MIT
"""eddy train --config and --print-config: networks by Keras' JSON."""
import csv
import json
import unittest
import zipfile

from support import SMALL, ProgramTest

# SMALL without its flags of the network.
DATA = [value for at, value in enumerate(SMALL)
        if not {"--units", "--embedding"} & set(SMALL[max(0, at - 1):at + 1])]


def layer(class_name, name, inbound=None, **config):
    made = {"module": "keras.layers", "class_name": class_name, "config": {"name": name, **config},
            "registered_name": None}
    if inbound is not None:
        tensor = {"class_name": "__keras_tensor__",
                  "config": {"shape": inbound[1], "dtype": "float32", "keras_history": [inbound[0], 0, 0]}}
        made["inbound_nodes"] = [{"args": [tensor], "kwargs": {}}]
    return made


def functional(words=600, length=40, units=1, activation="sigmoid"):
    """As Keras writes keras.Model(inputs, outputs)."""
    layers = [dict(layer("InputLayer", "ids", batch_shape=[None, length], dtype="float32"), inbound_nodes=[]),
              layer("Embedding", "words", ("ids", [None, length]), input_dim=words, output_dim=7),
              layer("GRU", "read", ("words", [None, length, 7]), units=5),
              layer("Dense", "answer", ("read", [None, 5]), units=units, activation=activation)]
    for made in layers:
        made["name"] = made["config"]["name"]
    return {"module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
            "config": {"name": "reader", "trainable": True, "layers": layers, "input_layers": [["ids", 0, 0]],
                       "output_layers": [["answer", 0, 0]]}}


class Config(ProgramTest):
    def config(self, *arguments):
        done = self.succeed("train", "reviews", *arguments, "--print-config")
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_what_is_printed_trains_as_the_flags_do(self):
        network = ["--cell", "gru", "--units", "6,5", "--bidirectional", "--dropout", "0.2", "--pooling", "max"]
        printed = self.config(*SMALL, *network)
        self.assertEqual(self.files(), [])
        self.assertEqual(printed["class_name"], "Sequential")
        self.assertEqual(printed["compile_config"]["loss"], "binary_crossentropy")
        self.write("model.json", json.dumps(printed))
        self.train("flags", *network)
        self.succeed("train", "reviews", *DATA, "--config", "model.json")
        self.assertEqual(self.files("runs"), ["reviews-model"])
        run = "runs/reviews-model"
        self.assertEqual(self.read(run, "history.csv"), self.read("flags/history.csv"))
        record = self.read_json(run, "run.json")
        self.assertEqual(record["options"]["config"], self.path("model.json"))
        self.assertEqual(record["options"]["units"], None)
        self.assertEqual(record["config"], printed)
        self.assertEqual(self.config(*DATA, "--config", "model.json"), printed)
        # By the record, by the model's own description, and by the model.
        self.succeed("train", "--flags", run + "/run.json", "--out", "again")
        with zipfile.ZipFile(self.path(run, "model.keras")) as model:
            self.write("config.json", model.read("config.json"))
        for name in ("config.json", run + "/model.keras"):
            self.succeed("train", "reviews", *DATA, "--config", name, "--out", "by")
            self.assertEqual(self.read("by/history.csv"), self.read("flags/history.csv"))
        self.assertEqual(self.read("again/history.csv"), self.read("flags/history.csv"))

    def test_functional_networks(self):
        self.write("model.json", json.dumps(functional()))
        done = self.succeed("train", "reviews", *DATA, "--config", "model.json", "--out", "run")
        self.assertIn('Model: "reader"', done.stdout)
        self.assertRegex(self.succeed("predict", "run/model.keras", "a dull film").stdout, r"^0\.\d+")

    def test_texts_by_a_functional_network_answer_strings(self):
        with open(self.path("mail.csv"), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label")] + [(f"word{i % 9} and word{i % 5}", "abc"[i % 3])
                                                              for i in range(90)])
        self.write("model.json", json.dumps(functional(12, None, 3, "softmax")))
        done = self.succeed("train", "mail.csv", "--epochs", "1", "--config", "model.json", "--out", "run")
        self.assertIn("softmax", done.stdout)
        self.assertRegex(self.succeed("predict", "run/model.keras", "word1").stdout, r"^[abc]\t")
        self.write("model.json", json.dumps(functional(11, None, 3, "softmax")))
        self.fail_with(2, "layer 'words' (Embedding), input_dim: expected 12 or more, for the ids of the data, got 11",
                       "train", "mail.csv", "--config", "model.json")

    def test_networks_that_do_not_fit(self):
        two = functional()
        two["config"]["output_layers"].append(["read", 0, 0])
        floats = {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": [
            layer("InputLayer", "i", batch_shape=[None, 40], dtype="float32"),
            layer("Dense", "d", units=1, activation="sigmoid")]}}
        no_shape = {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": [
            layer("Embedding", "e", input_dim=600, output_dim=3), layer("LSTM", "l", units=2)]}}
        losses = {"optimizer": "adam", "loss": "mean_squared_error"}
        for config, words in ((functional(units=2), "output: expected (None, 1) for the loss binary_crossentropy"),
                              (functional(activation="tanh"), "activation of the last layer: expected \"sigmoid\""),
                              (functional(length=30), "input: expected (None, 40), as the data are, got (None, 30)"),
                              (functional(words=500), "input_dim: expected 600 or more"),
                              (two, "outputs: expected one, got several"),
                              (floats, "expected an Embedding, for the data are ids"),
                              (no_shape, "built before it was saved"),
                              (dict(functional(), compile_config=losses), "compile_config, loss: expected binary_cr"),
                              (functional(words=10**9), "fewer than 2147483648 weights"),
                              ([1], "expected Keras' JSON with a class_name"),
                              ({"class_name": "Sequential"}, "model.json]"),
                              ({"class_name": "Mine", "config": {}}, "model.json]")):
            with self.subTest(words=words):
                self.write("model.json", json.dumps(config))
                done = self.run_program("train", "reviews", *DATA, "--config", "model.json", "--out", "run")
                self.assertIn(done.returncode, (2, 3), done.stderr)
                self.assertRegex(done.stderr, r"(?m)^error: \[[^\]]+\] .+: expected .+ Fix: .+\.$")
                self.assertIn(words, done.stderr)
                self.assertNotIn("Epoch", done.stdout)

    def test_other_mistakes(self):
        for text in ("", "{", '{"class_name": ', "\x00\x01", "[" * 100000):
            self.write("model.json", text)
            self.fail_with(2, "JSON", "train", "reviews", *DATA, "--config", "model.json")
        self.fail_with(2, "[--config] file: expected one that can be read", "train", "reviews", "--config", "none")
        self.write("model.json", json.dumps(functional()))
        for flag in (["--units", "3"], ["--cell", "gru"], ["--bidirectional"], ["--embedding", "4"]):
            self.fail_with(2, [f"[{flag[0]}] value: expected none beside --config"], "train", "reviews", *DATA,
                           "--config", "model.json", *flag)
        self.fail_with(2, "[--print-config]", "train", "--resume", "run", "--print-config")

    def test_an_optimizer_of_the_file_that_is_not_used_is_said(self):
        compiled = {"optimizer": "adam", "loss": "BinaryCrossentropy"}
        self.write("model.json", json.dumps(dict(functional(), compile_config=compiled)))
        done = self.succeed("train", "reviews", *DATA, "--config", "model.json", "--out", "run")
        self.assertIn('note: model.json was compiled with the optimizer "adam"; this run uses "RMSprop"',
                      done.stderr.replace(self.folder + "/", ""))


if __name__ == "__main__":
    unittest.main()
