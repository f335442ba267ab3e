// SPDX-License-Identifier: MIT
// Valid small inputs for the fuzz targets to start from: make_seeds FOLDER writes FOLDER/<reader>/.
// The one for imdb_npz needs Python's pickles: scripts/make_npz_seed.py.
#include <eddy/eddy.h>
#include <eddy/tokenizer.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

void write_models(const std::filesystem::path& root) {
  for (const std::string& cell : eddy::cell_names()) {
    eddy::Sequential model({eddy::Embedding(6, 3), eddy::Recurrent({.units = 2, .cell = cell}),
                            eddy::Dropout(0.5), eddy::Dense(1, "sigmoid")},
                           {.seed = 1});
    model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"acc"}});
    model.set_text_encoder({.words = {"good", "bad"}, .num_words = 5, .maxlen = 4});
    model.fit(eddy::IntTensor({2, 4}, {0, 1, 4, 5, 0, 0, 1, 2}), eddy::Tensor({2}, {0, 1}));
    model.save(root / "keras_file" / (cell + ".keras"));
    model.save(root / "h5_file" / (cell + ".h5"));
    model.save_weights(root / "h5_file" / (cell + ".weights.h5"));
  }
  const eddy::Symbol input = eddy::InputLayer({3, 2}), value = eddy::InputLayer({2});
  const eddy::Symbol sequence =
      eddy::Bidirectional(eddy::GRU({.units = 2, .return_sequences = true}), "sum")(input);
  const eddy::Symbol first =
      eddy::LSTM({.units = 2, .return_sequences = true, .return_state = true})(sequence);
  const eddy::LayerSpec inner =
      eddy::Model({value}, {eddy::Dense(2, "tanh")(value)}, {.name = "inner"}).as_layer();
  const eddy::Symbol steps = eddy::TimeDistributed(inner)(first);
  const eddy::Symbol last = eddy::LSTM(2)({steps, first.output(1), first.output(2)});
  eddy::Model model({input}, {inner(inner(last))});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.save(root / "keras_file" / "functional.keras");
  model.save(root / "h5_file" / "functional.h5");
}

void write_all(const std::filesystem::path& root) {
  for (const char* reader :
       {"keras_file", "h5_file", "imdb_npz", "word_index", "history", "text", "labelled_csv",
        "labelled_jsonl", "number_table", "tagged", "tokenizer"}) {
    std::filesystem::create_directories(root / reader);
  }
  write_models(root);
  eddy::History history;
  history.epoch = {0, 1};
  history.history = {{"acc", {0.5, 0.75}}, {"loss", {0.7, 0.25}}};
  history.seconds = {1, 2};
  eddy::write_history(history, root / "history");
  eddy::LiveTraining live;
  live.epochs = live.batches = 3;
  live.logs = {{"loss", 0.5}};
  live.curve_keys = {"loss"};
  live.curve = {{0.5, {0.75}}, {1, {0.5}}};
  live.gradient_norms = {{"lstm", {1, 2}}};
  live.events = {{1, 0, 0, "began"}};
  eddy::write_file(root / "history" / "live.json", eddy::live_json(live));
  eddy::write_file(root / "word_index" / "index.json", R"({"the": 1, "and": 2, "caf\u00e9": 3})");
  eddy::write_file(root / "labelled_csv" / "texts.csv",
                   "id,text,label\r\n1,\"two\r\nlines, \"\"quoted\"\"\",good\r\n2,plain,bad\r\n");
  eddy::write_file(root / "labelled_jsonl" / "texts.jsonl",
                   "{\"text\": \"caf\\u00e9\", \"label\": 1}\n"
                   "{\"label\": \"b\", \"id\": [{}, 1.5e3, null], \"text\": \"x\"}\n");
  eddy::write_file(root / "number_table" / "table.csv",
                   "date,id,x,y\r\n2020-01-01,a,1,-2.5e3\r\n2020-01-02,b,\"+4\",.5\r\n");
  eddy::write_file(root / "number_table" / "labelled.csv",
                   "id,x,y,label\r\na,1,up,\r\na,2,,run\r\nb,3,down,walk\r\n");
  std::string header =
      "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 2), }                     \n";
  std::string array = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0';
  eddy::write_file(root / "number_table" / "array.npy",
                   array + header + std::string("\1\0\2\0\3\0\4\0", 8));
  eddy::Tokenizer tokenizer({.oov_token = "?"});
  tokenizer.fit_on_texts({"a b a", "caf\xc3\xa9"});
  eddy::write_file(root / "tokenizer" / "tokenizer.json", tokenizer.to_json());
  eddy::write_file(root / "tagged" / "tags.tsv",
                   "# one\n-DOCSTART- O\nTwo\tB\nwords\tI\r\n\n#\tO\n");
  eddy::write_file(root / "tagged" / "tags.conllu",
                   "# text = It's\n1-2\tIt's\t_\t_\n1\tIt\tit\tPRON\n2\t's\tbe\tAUX\n");
  eddy::write_file(root / "text" / "review.txt", "This <br />film, it's the BEST caf\xc3\xa9!");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_seeds FOLDER\n";
    return 2;
  }
  try {
    write_all(argv[1]);
    return 0;
  } catch (const eddy::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
