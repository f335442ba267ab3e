// SPDX-License-Identifier: MIT
#include "files/saved_objects.h"

#include "layers/bidirectional.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

class Walk {
 public:
  void graph(const GraphOptions& graph, const std::string& path, const std::string& name) {
    std::vector<const LayerSpec*> layers;
    std::vector<std::string> classes;
    for (const LayerSpec& spec : graph.layers) {
      if (graph.sequential && std::holds_alternative<InputOptions>(spec)) continue;
      layers.push_back(&spec);
      classes.push_back(class_name(spec));
    }
    const auto slots = slot_names(classes);
    for (size_t i = 0; i < layers.size(); ++i) {
      // Keras has named the variables of a functional model before it knew the model.
      layer(*layers[i], path + "layers/" + slots[i], graph.sequential ? name : "");
    }
  }

  std::vector<SavedObject> found;

 private:
  void layer(const LayerSpec& spec, const std::string& path, const std::string& before) {
    add(path, layer_name(spec), before);
    const std::string variables = found.back().variables;
    if (const auto* recurrent = std::get_if<RecurrentOptions>(&spec)) {
      add(path + "/cell", cell_name({.cell = recurrent->cell}), variables);
    } else if (const auto* rnn = std::get_if<RNNOptions>(&spec)) {
      cells(*rnn, path + "/cell", variables);
    } else if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) {
      const auto [forward, backward] = both_layers(*both);
      layer(forward, path + "/forward_layer", variables);
      layer(backward, path + "/backward_layer", variables);
    } else if (const auto* steps = std::get_if<TimeDistributedOptions>(&spec)) {
      layer(*steps->layer, path + "/layer", variables);
    } else if (const auto* nested = std::get_if<NestedOptions>(&spec)) {
      graph(*nested->model, path + "/", variables);
    }
  }

  void cells(const RNNOptions& rnn, const std::string& path, const std::string& variables) {
    if (!rnn.stacked) {
      add(path, cell_name(rnn.cells.at(0)), variables);
      return;
    }
    add(path, "stacked_rnn_cells", variables);
    const std::string below = found.back().variables;
    std::vector<std::string> classes;
    for (const auto& cell : rnn.cells) classes.push_back(cell_class(cell));
    const auto slots = slot_names(classes);
    for (size_t i = 0; i < slots.size(); ++i) {
      add(path + "/cells/" + slots[i], cell_name(rnn.cells[i]), below);
    }
  }

  void add(const std::string& path, const std::string& name, const std::string& before) {
    found.push_back({path, name, before + name + "/"});
  }

  static std::string cell_class(const RecurrentOptions& cell) {
    return find_cell(cell.cell).class_name + std::string("Cell");
  }
  static std::string cell_name(const RecurrentOptions& cell) {
    return cell.name.empty() ? snake_case(cell_class(cell)) : cell.name;
  }
};

}  // namespace

std::vector<SavedObject> saved_objects(const GraphOptions& graph, const std::string& name) {
  Walk walk;
  walk.graph(graph, "", name + "/");
  return walk.found;
}

}  // namespace eddy::files
