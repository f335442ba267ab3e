// SPDX-License-Identifier: MIT
// What a trained model does with one input: what each step adds to the answer, what the answer
// would have been had the input ended earlier, and the gates and states of its recurrent layers.
// The model answers as predict() does, without dropout, and is not changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "eddy/model.h"
#include "eddy/tensor.h"

namespace eddy {

struct ExplainOptions {
  // What a share is:
  //   "leave-one-out"  f(x) - f(x without the step). Ids: the others close up and padding fills the
  //                    row. Reals: the value becomes the baseline's.
  //   "gradient"       gradient of f times the distance from the baseline; of an id: of its
  //                    embedding
  //   "integrated"     the mean of that gradient on the straight way from the baseline (integrated
  //                    gradients: Sundararajan, Taly and Yan 2017): all shares add up to
  //                    f(x) - f(baseline)
  std::string method = "leave-one-out";
  int64_t output = 0;  // number of the model's output that is f
  bool logit = false;  // f: what the last sigmoid or softmax takes, not what it gives
  bool complement =
      false;           // f: 1 - output (with logit: its negative), the other one of two classes
  int64_t steps = 64;  // integrated: points on the way, 1 to 10000; the middles of equal parts
  // What stands for "nothing there":
  //   "pad"   the embedding of id 0, at every step
  //   "zero"  zeros: of the embedding, or of the values
  //   "mean"  values: the means that the Normalization in front of the model has learned
  //   "auto"  ids: zero for gradient (so that it is gradient x input) and where padding is masked,
  //           else pad; values: mean if there is one, else zero
  std::string baseline = "auto";
  // Whether to compute Explanation::after, which takes time in proportion to the steps' square.
  bool after = true;
};

struct Explanation {
  int64_t steps = 0, features = 1;  // T, X; ids have one feature
  double answer = 0;                // f(x)
  // [T]  f had the input ended after the step: ids, the row of ids up to here; reals, the values up
  // to here. NaN at padding; empty where it was not asked for or where the model takes only whole
  // inputs.
  std::vector<double> after = {};
  std::vector<double> shares = {};  // [T, X]  in the units of f; 0 at left out padding
  std::string baseline = {};        // the one that was used; "": none
  // integrated: f(baseline), and |sum of shares - (f(x) - f(baseline))|; otherwise NaN.
  double baseline_answer = 0, completeness_error = 0;
};

// x  [1, T] ids, zeros at one end are padding, or [1, T, X] reals
// The model has one input and one output [None, outputs]. Throws Error{invalid_argument} for
// options out of range, Error{shape_mismatch} for another input, Error{not_supported} for another
// model, for `logit` without a sigmoid or softmax at the end and for gradients of ids that do not
// go to one Embedding; Error{bad_data} for more than 4096 steps or 2^26 values in all variants of
// the input.
EDDY_API Explanation explain(const Model& model, const Input& x,
                             const ExplainOptions& options = {});

// One token of a text. Tokens of one word "don't-miss" have its place in common.
struct TextToken {
  std::string token;           // as the vocabulary has it; "": the start of the text
  int64_t begin = 0, end = 0;  // bytes of the text where it comes from; n-grams: all of it
  int32_t id = -1;             // -1: not in the vocabulary, left out
  int64_t step = -1;           // of the model's input; -1: the model does not see it
  double after = 0;            // f had the text ended here; NaN: not known
  double share = 0;            // 0: not seen
};

struct TextExplanation {
  std::string text;
  std::vector<TextToken> tokens;
  double answer = 0;
  double padding = 0;  // shares of the padding together
  std::string baseline;
  double baseline_answer = 0, completeness_error = 0;  // as above
};

// The same for a text, with the model's vocabulary. Left out is a token of the text: where the text
// is longer than the model's rows, another one moves into the row. Throws as explain(), and
// Error{not_supported} without an encoder, Error{bad_data} for a text without a token that the
// model knows.
EDDY_API TextExplanation explain_text(const Model& model, const std::string& text,
                                      const ExplainOptions& options = {});

// What a recurrent layer did with one input.
struct LayerTrace {
  std::string layer;       // name; inside of others: "bidirectional/forward_lstm", "rnn/cell_1"
  std::string cell;        // "lstm", ...
  bool backwards = false;  // it reads from the end
  struct Series {
    std::string name;
    // [T, units] in the order of time: at step t what it was after the layer had read step t. NaN
    // at steps that a mask hides.
    Tensor values;
  };
  // As the equations call them, each after its activation.
  //   LSTM: i, f, c (the candidate), o; states h, c     GRU: z, r, h (the candidate); state h
  //   SimpleRNN: state h
  std::vector<Series> gates, states;
};

// Gates and states of every SimpleRNN, LSTM, GRU, also in Bidirectional and RNN, in the order of
// their calls, for x [1, T] or [1, T, X]. Throws Error{not_supported} for a model without one (a
// model within a model and TimeDistributed are not looked into) and for several cells in one RNN
// that go backwards, Error{shape_mismatch} for another input, Error{bad_data} for more than 2^27
// numbers of a layer.
EDDY_API std::vector<LayerTrace> trace(const Model& model, const Input& x);
// For the tokens of a text: T is the model's row, TextToken::step says where a token stands in it.
EDDY_API std::vector<LayerTrace> trace_text(const Model& model, const std::string& text);

struct TracePicture {
  std::vector<std::string> labels;  // of the steps to show
  std::vector<int64_t> steps;       // their numbers in the trace; as many
  int64_t unit = -1;                // one unit as curves; -1: all as a heat map
};

// PREFIX-LAYER.svg and .png, a plot for each gate and state; without the dash when the prefix ends
// in '/'. Drawn by gnuplot (eddy/plot.h). Returns the paths. Throws Error{invalid_argument} for a
// unit or steps that are not there, Error{io}.
EDDY_API std::vector<std::filesystem::path> plot_trace(const LayerTrace& trace,
                                                       const TracePicture& picture,
                                                       const std::string& prefix);

// How an explanation is shown to a person.
struct ExplanationView {
  std::string title;        // of the page
  std::string model;        // its file
  std::string quantity;     // of f: "probability of 'positive'", "temp_max"
  std::string method;       // ExplainOptions::method
  bool probability = true;  // f is from 0 to 1
  int64_t top = 10;         // rows of the table
  int64_t width = 80;       // text: columns
  bool color = false;       // text: 256-colour escape codes
};

// For a terminal: the text in colours (without them the shares of the strongest words stand beside
// them), then the strongest words in numbers. Control characters of the text become U+FFFD.
EDDY_API std::string explanation_text(const TextExplanation& explanation,
                                      const ExplanationView& view);
// One page of HTML without anything from outside.
EDDY_API std::string explanation_html(const TextExplanation& explanation,
                                      const ExplanationView& view);

// Values of a series with the names of their columns and steps.
struct SeriesExplanation {
  Explanation explanation;
  Tensor values;                     // [T, X]
  std::vector<std::string> columns;  // [X]
  std::vector<std::string> labels;   // [T]
};

EDDY_API std::string explanation_text(const SeriesExplanation& explanation,
                                      const ExplanationView& view);
EDDY_API std::string explanation_html(const SeriesExplanation& explanation,
                                      const ExplanationView& view);

}  // namespace eddy
