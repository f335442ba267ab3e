// SPDX-License-Identifier: MIT
// Functional models in config.json: what comes back, what Keras 2 wrote, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "files/graph_config.h"
#include "files_support.h"
#include "layers/options.h"
#include "model/network.h"

namespace eddy::files::functional_config_test {
namespace {

using testing::HasSubstr;

const Where kPlace{"model.keras", "config.json"};

GraphOptions read(const std::string& text, bool legacy = false) {
  return read_graph(Json::parse(text), kPlace, legacy);
}

// Every kind of call: states given on, shared layers, models as layers, several outputs.
Model large_model() {
  const Symbol ids = InputLayer({7}, "int32", "ids");
  const Symbol words = Embedding({.input_dim = 11, .output_dim = 5, .mask_zero = true})(ids);
  const Symbol first = LSTM({.units = 4, .return_sequences = true, .return_state = true})(words);
  const Symbol second =
      LSTM({.units = 4, .return_sequences = true})({first, first.output(1), first.output(2)});
  const Symbol value = InputLayer({6});
  const LayerSpec inner = Model({value}, {Dense(6, "tanh")(value)}, {.name = "inner"}).as_layer();
  const LayerSpec pair = Sequential({Dense(4), Dense(6, "tanh")}, {.name = "pair"}).as_layer();
  const Symbol both = Bidirectional(GRU(3))(second);
  const Symbol end = pair(inner(pair(inner(both))));
  const LayerSpec shared = Dense({.units = 6, .name = "shared"});
  const Symbol steps =
      TimeDistributed(Sequential({Dense(3), Dense(2)}, {.name = "steps"}).as_layer())(second);
  RNNOptions cells{.cells = {{.units = 3, .cell = "lstm"}, {.units = 2, .cell = "gru"}}};
  cells.stacked = true;
  const Symbol stack = RNN(cells)({steps, Dense(3)(both), Dense(3)(end), Dense(2)(end)});
  return Model({ids}, {Dense(1)(stack), shared(shared(end))}, {.name = "large"});
}

IntTensor ids() {
  IntTensor ids({3, 7});
  for (int64_t i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<int32_t>(i * 5 % 11);
  return ids;
}

std::vector<float> values_of(Model& model) {
  std::vector<float> all;
  for (const Tensor& output : model.predict_outputs({ids()})) {
    all.insert(all.end(), output.values().begin(), output.values().end());
  }
  return all;
}

TEST(FunctionalConfig, AnyModelComesBack) {
  Model model = large_model();
  const TestFolder folder;
  const std::string text = model.to_json();
  Model same = Model::from_json(text, {.seed = 3});
  EXPECT_EQ(same.to_json(), text);
  EXPECT_EQ(same.get_weights().size(), model.get_weights().size());
  const auto values = values_of(model);
  EXPECT_NE(values_of(same), values);
  same.set_weights(model.get_weights());
  EXPECT_EQ(values_of(same), values);
  for (const char* name : {"model.keras", "model.h5"}) {
    model.save(folder / name);
    Model loaded = Model::load(folder / name);
    EXPECT_EQ(loaded.to_json(), text) << name;
    EXPECT_EQ(values_of(loaded), values) << name;
  }
  model.save_weights(folder / "model.weights.h5");
  Model other = large_model();
  EXPECT_NE(values_of(other), values);
  other.load_weights(folder / "model.weights.h5");
  EXPECT_EQ(values_of(other), values);
}

LayerSpec frozen(LayerSpec spec) {
  spec.trainable = false;
  return spec;
}

// As Keras writes them: of wrappers and models the flags of the layers inside count.
TEST(FunctionalConfig, FrozenLayersComeBack) {
  const auto sequence = LSTM({.units = 3, .return_sequences = true});
  RNNOptions cells{.cells = {{.units = 3, .cell = "lstm"}, {.units = 2, .cell = "gru"}}};
  cells.stacked = cells.return_sequences = true;
  const LayerSpec inside = Sequential({Dense(5), frozen(Dense(3))}, {.name = "inside"}).as_layer();
  const LayerSpec other = Sequential({Dense(5), Dense(3)}, {.name = "other"}).as_layer();
  Sequential model({frozen(Embedding(11, 4)), frozen(Bidirectional(sequence)), frozen(RNN(cells)),
                    TimeDistributed(frozen(Dense(4))), frozen(TimeDistributed(Dense(3))), inside,
                    frozen(other), frozen(GRU(3)), Dense(1)},
                   {.seed = 1});
  model.build({kNone, 7});
  const std::string text = model.to_json();
  const TestFolder folder;
  for (const char* name : {"", "model.keras", "model.h5"}) {
    if (*name != '\0') model.save(folder / name);
    Model same = *name == '\0' ? Model::from_json(text) : Model::load(folder / name);
    EXPECT_EQ(same.to_json(), text) << name;
    const auto wanted = model.network().graph->weights(), got = same.network().graph->weights();
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i]->trainable, wanted[i]->trainable) << name << got[i]->holder;
    }
  }
}

TEST(FunctionalConfig, AFrozenWrapperWhoseLayerIsNotTrainsItAsKerasDoes) {
  const auto trains = [](const std::string& outer, const std::string& inner) {
    const auto text = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 5, 2]}},
      {"class_name": "TimeDistributed", "config": {"name": "t", "trainable": )" +
                      outer + R"(, "layer": {"class_name": "Dense",
      "config": {"name": "d", "units": 2, "trainable": )" +
                      inner + "}}}}]}}";
    return Model::from_json(text).network().graph->weights()[0]->trainable;
  };
  EXPECT_TRUE(trains("true", "true"));
  EXPECT_TRUE(trains("false", "true"));
  EXPECT_FALSE(trains("true", "false"));
  EXPECT_FALSE(trains("false", "false"));
}

TEST(FunctionalConfig, WeightsStandBelowTheModelsThatHoldThem) {
  Model model = large_model();
  std::vector<std::string> holders;
  for (const auto* weight : model.network().graph->weights()) {
    if (weight->name == "bias") holders.push_back(weight->holder);
  }
  EXPECT_THAT(
      holders,
      testing::UnorderedElementsAre(
          "layers/lstm/cell", "layers/lstm_1/cell", "layers/bidirectional/forward_layer/cell",
          "layers/bidirectional/backward_layer/cell", "layers/functional/layers/dense",
          "layers/sequential/layers/dense", "layers/sequential/layers/dense_1",
          "layers/time_distributed/layer/layers/dense",
          "layers/time_distributed/layer/layers/dense_1", "layers/rnn/cell/cells/lstm_cell",
          "layers/rnn/cell/cells/gru_cell", "layers/dense", "layers/dense_1", "layers/dense_2",
          "layers/dense_3", "layers/dense_4"));
}

// A model x -> d -> d, with parts to replace.
std::string chain_text(
    const std::string& nodes, const std::string& more = "",
    const std::string& ends = R"("input_layers": [["x", 0, 0]], "output_layers": [["d", 1, 0]])") {
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
     "config": {"name": "x", "batch_shape": [null, 2]}},
    {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2},
     "inbound_nodes": )" +
         nodes + "}" + more + "], " + ends + "}}";
}

std::string tensor(const std::string& layer, int node, int output = 0) {
  return fmt::format(R"({{"class_name": "__keras_tensor__", "config": {{"shape": [null, 2],
                         "dtype": "float32", "keras_history": ["{}", {}, {}]}}}})",
                     layer, node, output);
}

std::string call(const std::string& arguments, const std::string& kwargs = "{}") {
  return R"({"args": [)" + arguments + R"(], "kwargs": )" + kwargs + "}";
}

void expect_chain(const GraphOptions& graph) {
  ASSERT_EQ(graph.calls.size(), 3U);
  EXPECT_EQ(graph.calls[1].layer, 1);
  EXPECT_EQ(graph.calls[2].layer, 1);
  EXPECT_EQ(graph.calls[1].inputs.at(0).call, 0);
  EXPECT_EQ(graph.calls[2].inputs.at(0).call, 1);
  EXPECT_EQ(graph.outputs.at(0).call, 2);
}

TEST(FunctionalConfig, CallsInTheFormsOfBothKeras) {
  const std::string two = "[" + call(tensor("x", 0)) + ", " + call(tensor("d", 0)) + "]";
  expect_chain(read(chain_text(two)));
  expect_chain(read(chain_text(R"([[["x", 0, 0, {}]], [["d", 0, 0, {"training": false}]]])")));
  expect_chain(read(chain_text(R"([["x", 0, 0, {}], ["d", 0, 0]])")));
  const std::string named =
      chain_text(two, "", R"("input_layers": {"x": ["x", 0, 0]}, "output_layers": ["d", 1, 0])");
  expect_chain(read(named));
}

TEST(FunctionalConfig, ModelsInsideCountTheirOwnGraphWhereKerasDoes) {
  const std::string inner = R"(, {"class_name": "Functional", "name": "m", "config":
    {"name": "m", "layers": [{"class_name": "InputLayer", "name": "y", "inbound_nodes": [],
     "config": {"name": "y", "batch_shape": [null, 2]}},
    {"class_name": "Dense", "name": "e", "config": {"name": "e", "units": 2},
     "inbound_nodes": [[["y", 0, 0, {}]]]}],
     "input_layers": [["y", 0, 0]], "output_layers": [["e", 0, 0]]}, "inbound_nodes": )";
  const std::string ends = R"("input_layers": [["x", 0, 0]], "output_layers": [["m", 2, 0]])";
  // Keras 2: everywhere. Keras 3: only among the outputs.
  const std::string old_nodes = R"([[["d", 0, 0, {}]], [["m", 1, 0, {}]]]})";
  const std::string nodes = "[" + call(tensor("d", 0)) + ", " + call(tensor("m", 0)) + "]}";
  for (const auto& [text, legacy] : {std::pair(old_nodes, true), std::pair(nodes, false)}) {
    const GraphOptions graph =
        read(chain_text("[" + call(tensor("x", 0)) + "]", inner + text, ends), legacy);
    ASSERT_EQ(graph.calls.size(), 4U);
    EXPECT_EQ(graph.calls[3].inputs.at(0).call, 2);
    EXPECT_EQ(graph.outputs.at(0).call, 3);
  }
}

Error refusal(const std::string& text) {
  return error_of([&] { Model::from_json(text); });
}

TEST(FunctionalConfig, Damage) {
  const std::string one = "[" + call(tensor("x", 0)) + "]";
  const auto ends = [&](const std::string& inputs, const std::string& outputs) {
    return chain_text(one, "", R"("input_layers": )" + inputs + R"(, "output_layers": )" + outputs);
  };
  const std::string again = R"(, {"class_name": "Dense", "name": "d", "inbound_nodes": [],
                                  "config": {"name": "d", "units": 2}})";
  for (const std::string& text :
       {chain_text("[]"), chain_text("3"), chain_text("[3]"), chain_text(R"([{"args": []}])"),
        chain_text("[" + call("") + "]"), chain_text("[" + call(tensor("nobody", 0)) + "]"),
        chain_text("[" + call(tensor("x", 7)) + "]"), chain_text("[" + call(tensor("x", -1)) + "]"),
        chain_text("[" + call(tensor("x", 0, 1)) + "]"),
        chain_text("[" + call(tensor("x", 0, -1)) + "]"),
        chain_text("[" + call(tensor("d", 0)) + "]"),
        chain_text("[" + call(tensor("d", 1)) + ", " + call(tensor("d", 0)) + "]"),
        chain_text(one, again), ends("[]", R"([["d", 0, 0]])"), ends(R"([["x", 0, 0]])", "[]"),
        ends(R"([["d", 0, 0]])", R"([["d", 0, 0]])"),
        ends(R"([["x", 0, 0], ["x", 0, 0]])", R"([["d", 0, 0]])"),
        ends(R"([["x", 0, 0]])", R"([["d", 0, 5]])"),
        ends(R"([["x", 0, 0]])", R"([["d", 5, 0]])")}) {
    const ErrorCode code = refusal(text).code();
    EXPECT_TRUE(code == ErrorCode::bad_file || code == ErrorCode::not_supported) << text;
  }
}

TEST(FunctionalConfig, WhatEddyDoesNotHaveIsRefused) {
  const std::string sum = R"(, {"class_name": "Add", "module": "keras.src.ops.numpy", "name": "add",
    "config": {"name": "add"}, "inbound_nodes": [)" +
                          call(tensor("x", 0) + ", 3") + "]}";
  EXPECT_THAT(refusal(chain_text("[" + call(tensor("add", 0)) + "]", sum)).subject(),
              HasSubstr("the operation 'add' on values"));
  const Error training =
      refusal(chain_text("[" + call(tensor("x", 0), R"({"training": true})") + "]"));
  EXPECT_EQ(training.code(), ErrorCode::not_supported);
  EXPECT_THAT(training.subject(), HasSubstr("'training'"));
  EXPECT_EQ(refusal(chain_text("[" + call(tensor("x", 0) + ", 3") + "]")).code(),
            ErrorCode::not_supported);
}

// Each model calls the one inside it ten times: a text of some 20,000 bytes, ten million layers.
TEST(FunctionalConfig, ModelsThatGrowByTheirNestingAreRefused) {
  std::string model = R"({"class_name": "Dense", "config": {"name": "m", "units": 2}})";
  for (int depth = 0; depth < 7; ++depth) {
    std::string entry = model.substr(0, model.size() - 1) + R"(, "name": "m", "inbound_nodes": [)";
    for (int i = 0; i < 10; ++i) {
      entry += (i == 0 ? "" : ", ") + call(tensor(i == 0 ? "x" : "m", std::max(i - 1, 0)));
    }
    const bool nested = depth > 0;
    model = R"({"class_name": "Functional", "config": {"name": "m", "layers": [
      {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
       "config": {"name": "x", "batch_shape": [null, 2]}}, )" +
            entry + R"(]}], "input_layers": [["x", 0, 0]], "output_layers": [["m", )" +
            (nested ? "10" : "9") + ", 0]]}}";
  }
  const Error error = refusal(model);
  EXPECT_EQ(error.code(), ErrorCode::bad_file);
  EXPECT_THAT(error.subject(), HasSubstr("calls of layers"));
}

// What Keras 3 writes for Embedding(mask_zero=True) in front of a recurrent layer.
std::string masked_text(const std::string& embedding_input, const std::string& zero) {
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
     "config": {"name": "x", "batch_shape": [null, 2]}},
    {"class_name": "InputLayer", "name": "y", "inbound_nodes": [],
     "config": {"name": "y", "batch_shape": [null, 2]}},
    {"class_name": "Embedding", "name": "e", "inbound_nodes": [)" +
         call(tensor(embedding_input, 0)) + R"(],
     "config": {"name": "e", "input_dim": 9, "output_dim": 3, "mask_zero": true}},
    {"class_name": "NotEqual", "module": "keras.src.ops.numpy", "name": "not_equal",
     "config": {"name": "not_equal"}, "inbound_nodes": [)" +
         call(tensor("x", 0) + ", " + zero) + R"(]},
    {"class_name": "GRU", "name": "g", "config": {"name": "g", "units": 2}, "inbound_nodes": [)" +
         call(tensor("e", 0), R"({"mask": )" + tensor("not_equal", 0) + "}") +
         R"(]}], "input_layers": [["x", 0, 0], ["y", 0, 0]], "output_layers": [["g", 0, 0]]}})";
}

TEST(FunctionalConfig, MasksFollowTheValuesOrAreRefused) {
  EXPECT_EQ(read(masked_text("x", "0")).layers.size(), 4U);
  const Error error = error_of([] { read(masked_text("y", "0")); });
  EXPECT_EQ(error.code(), ErrorCode::not_supported);
  EXPECT_THAT(error.subject(), HasSubstr("layer 'g': expected a mask that comes from"));
  EXPECT_EQ(error_of([] { read(masked_text("x", "1")); }).code(), ErrorCode::not_supported);
}

}  // namespace
}  // namespace eddy::files::functional_config_test
