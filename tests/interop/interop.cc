// SPDX-License-Identifier: MIT
// eddy's side of scripts/interop.py: carries out a list of jobs on files of models.
//
// usage: eddy_interop JOBS RESULTS       JSON, a list each
// job      name of a model made here ("make"), or a file of a model ("load"), or a description and
// a
//          file of weights ("json", "weights"); arrays "x" and "y"; where to write it ("save")
// result   "predictions", the "losses" of three steps of training, then, of the model as it was
//          written, "saved_predictions" and the "saved_losses" of three steps more; or an "error"
#include <eddy/eddy.h>

#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

using nlohmann::json;

constexpr int kSteps = 3;

eddy::Input input_of(const json& array) {
  const eddy::Shape shape = array["shape"];
  if (array["type"] == "int32") {
    return eddy::IntTensor(shape, array["values"].get<std::vector<int32_t>>());
  }
  return eddy::Tensor(shape, array["values"].get<std::vector<float>>());
}

eddy::Tensor tensor_of(const json& array) {
  return {array["shape"].get<eddy::Shape>(), array["values"].get<std::vector<float>>()};
}

json predictions_of(eddy::Model& model, const std::vector<eddy::Input>& x, int64_t rows) {
  model.reset_state();
  json all = json::array();
  for (const eddy::Tensor& output : model.predict_outputs(x, rows)) all.push_back(output.values());
  return all;
}

json losses_of(eddy::Model& model, const std::vector<eddy::Input>& x,
               const std::vector<eddy::Tensor>& y, int64_t rows) {
  model.reset_state();
  return model.fit(x, y, {.epochs = kSteps, .batch_size = rows, .shuffle = false})
      .history.at("loss");
}

// Models as a program in C++ writes them: automatic names, options left out.
const std::map<std::string, std::function<eddy::Model()>>& own_models() {
  using namespace eddy;  // NOLINT(google-build-using-namespace): the words of the models
  static const std::map<std::string, std::function<Model()>> models = {
      {"Sequential",
       [] {
         Sequential model({Embedding({.input_dim = 60, .output_dim = 5, .mask_zero = true}),
                           Bidirectional(LSTM({.units = 3, .return_sequences = true})),
                           TimeDistributed(Dense(4)), Bidirectional(GRU(3), "ave"), Dropout(0),
                           Dense(4, "relu"), Dense(2)});
         model.build({kNone, 5});
         model.set_text_encoder({.words = {"good", "bad"}, .num_words = 5, .maxlen = 5});
         return model;
       }},
      {"states, shared layers, models inside",
       [] {
         const Symbol ids = InputLayer({5}, "int32"), series = InputLayer({5, 3});
         const Symbol words = Embedding({.input_dim = 60, .output_dim = 5, .mask_zero = true})(ids);
         const Symbol first =
             LSTM({.units = 4, .return_sequences = true, .return_state = true})(words);
         const Symbol second = LSTM({.units = 4})({series, first.output(1), first.output(2)});
         const Symbol value = InputLayer({4});
         const LayerSpec inner = Model({value}, {Dense(4, "tanh")(value)}).as_layer();
         const LayerSpec pair = Sequential({Dense(3), Dense(4, "tanh")}).as_layer();
         RNNOptions cells{.cells = {{.units = 3, .cell = "lstm"}, {.units = 4, .cell = "gru"}}};
         cells.stacked = true;
         const Symbol third = RNN(cells)(first);
         return Model({ids, series}, {inner(pair(inner(second))), pair(third)});
       }},
  };
  return models;
}

eddy::Model model_of(const json& job) {
  if (job.contains("make")) {
    eddy::Model model = own_models().at(job["make"])();
    model.compile({.optimizer = {"adam", {{"learning_rate", 0.01}, {"epsilon", 1e-3}}},
                   .loss = "mean_squared_error"});
    return model;
  }
  if (job.contains("load")) return eddy::Model::load(job["load"].get<std::string>());
  eddy::Model model = eddy::Model::from_json(job["json"]);
  model.load_weights(job["weights"].get<std::string>());
  return model;
}

json result_of(const json& job) {
  eddy::Model model = model_of(job);
  std::vector<eddy::Input> x;
  std::vector<eddy::Tensor> y;
  for (const json& array : job["x"]) x.push_back(input_of(array));
  for (const json& array : job["y"]) y.push_back(tensor_of(array));
  const int64_t rows = y.at(0).dim(0);
  json result;
  result["predictions"] = predictions_of(model, x, rows);
  result["losses"] = losses_of(model, x, y, rows);
  const std::string path = job["save"];
  if (path.ends_with(".weights.h5")) {
    model.save_weights(path);
  } else {
    model.save(path);
  }
  result["saved_predictions"] = predictions_of(model, x, rows);
  result["saved_losses"] = losses_of(model, x, y, rows);
  return result;
}

// Models of texts in `folder`, and what they answer: scripts/interop_texts.py compares.
void write_texts(const std::string& folder) {
  using namespace eddy;  // NOLINT(google-build-using-namespace): the words of the models
  const std::vector<std::string> texts = {"The cat sat; the CAT ran!",
                                          "a dog, na\u00efve \u00e9t\u00e9",
                                          "dog\n dog",
                                          "",
                                          "nobody knows",
                                          "x"};
  const std::map<std::string, TextVectorization> layers = {
      {"words",
       {.max_tokens = 9,
        .output_sequence_length = 5,
        .vocabulary = {"the", "cat", "\u00e9t\u00e9"}}},
      {"letters",
       {.split = "character",
        .output_sequence_length = 12,
        .vocabulary = {"a", "\n", " ", "\u00e9"}}},
      {"pairs", {.standardize = "lower", .ngrams = {1, 2}, .vocabulary = {"the cat", "dog", "x"}}},
  };
  json facts = {{"texts", texts}, {"answers", json::object()}};
  for (const auto& [name, layer] : layers) {
    Sequential model({Embedding({.input_dim = 9, .output_dim = 4, .mask_zero = true}),
                      Bidirectional(LSTM(3)), Dense(3, "softmax")});
    TextEncoder encoder;
    encoder.vectorization = layer;
    encoder.classes = {"one", "two", "three"};
    model.set_text_encoder(encoder);
    facts["answers"][name] = model.predict_text_outputs(texts).values();
    model.save(folder + "/" + name + ".keras");
  }
  std::ofstream(folder + "/texts.json") << facts << "\n";
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 3 && argv[1] == std::string("--texts")) {
    write_texts(argv[2]);
    return 0;
  }
  if (argc == 2 && argv[1] == std::string("--list")) {
    for (const auto& model : own_models()) std::cout << model.first << "\n";
    return 0;
  }
  if (argc != 3) {
    std::cerr << "usage: eddy_interop JOBS RESULTS | --list | --texts FOLDER\n";
    return 2;
  }
  json results = json::array();
  for (const json& job : json::parse(std::ifstream(argv[1]))) {
    try {
      results.push_back(result_of(job));
    } catch (const eddy::Error& e) {
      results.push_back({{"error", e.what()}});
    }
  }
  std::ofstream(argv[2]) << results << "\n";
  return 0;
} catch (const std::exception& e) {
  std::cerr << "eddy_interop: " << e.what() << "\n";
  return 1;
}
