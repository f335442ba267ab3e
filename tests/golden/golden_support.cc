// SPDX-License-Identifier: MIT
#include "golden_support.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/npy.h"
#include "data/npz.h"
#include "data/read_file.h"

namespace eddy::golden {
namespace {

using nlohmann::json;

constexpr const char* kKeras = "3.15.1";

std::filesystem::path data_path(const std::string& name) {
  return std::filesystem::path(EDDY_GOLDEN_DIR) / name;
}

// The arrays of one GROUP.npz.
struct Arrays {
  json cases;
  std::vector<float> floats;
  std::vector<int32_t> ints;
};

template <class T>
std::vector<T> read_array(const data::Npz& npz, const std::string& member,
                          const std::string& descr) {
  const auto in = npz.open(member);
  const data::NpyHeader header = data::read_npy_header(*in);
  EXPECT_EQ(header.descr, descr) << member;
  EXPECT_EQ(header.shape.size(), 1U) << member;
  std::vector<T> values(static_cast<size_t>(header.shape.at(0)));
  EXPECT_TRUE(in->read(values.data(), values.size() * sizeof(T))) << member;
  return values;
}

Arrays read_arrays(const std::string& file) {
  std::vector<uint8_t> bytes;
  data::read_file(data_path(file), uint64_t{1} << 27, bytes);
  const data::Npz npz(file, bytes);
  const auto text = read_array<uint8_t>(npz, "cases.npy", "|u1");
  Arrays arrays{json::parse(text.begin(), text.end()), read_array<float>(npz, "floats.npy", "<f4"),
                read_array<int32_t>(npz, "ints.npy", "<i4")};
  EXPECT_EQ(arrays.cases.at("keras"), kKeras) << file;
  return arrays;
}

template <class T>
std::vector<T> part(const std::vector<T>& all, const json& facts) {
  const auto at = facts.at("at").get<size_t>();
  const auto size = static_cast<size_t>(element_count(facts.at("shape").get<Shape>()));
  if (at + size > all.size()) throw std::out_of_range("an array beyond the end of its group");
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

Array read_one(const Arrays& arrays, const json& facts) {
  Array array;
  array.shape = facts.at("shape").get<Shape>();
  array.integers = facts.at("kind") == "i";
  if (array.integers) {
    array.ids = part(arrays.ints, facts);
  } else {
    array.reals = part(arrays.floats, facts);
  }
  return array;
}

std::vector<Array> read_all(const Arrays& arrays, const json& list) {
  std::vector<Array> all;
  for (const auto& facts : list) all.push_back(read_one(arrays, facts));
  return all;
}

std::vector<std::optional<Array>> read_some(const Arrays& arrays, const json& list) {
  std::vector<std::optional<Array>> all;
  for (const auto& facts : list) {
    all.push_back(facts.is_null() ? std::nullopt : std::optional(read_one(arrays, facts)));
  }
  return all;
}

Call read_call(const Arrays& arrays, const json& facts) {
  Call call;
  if (!facts.at("training").is_null()) call.training = facts.at("training").get<bool>();
  call.reset = facts.at("reset").get<bool>();
  call.inputs = read_all(arrays, facts.at("inputs"));
  call.outputs = read_all(arrays, facts.at("outputs"));
  call.masks = read_some(arrays, facts.at("masks"));
  call.cotangents = read_all(arrays, facts.at("cotangents"));
  call.gradients = facts.contains("weight_gradients");
  if (call.gradients) {
    call.weight_gradients = read_some(arrays, facts.at("weight_gradients"));
    call.input_gradients = read_some(arrays, facts.at("input_gradients"));
  }
  call.moved = read_all(arrays, facts.at("moved"));
  return call;
}

Case read_case(const Arrays& arrays, const json& facts) {
  Case result;
  result.name = facts.at("name").get<std::string>();
  result.config = facts.at("config").dump();
  for (const auto& weight : facts.at("weights")) {
    result.weights.push_back({weight.at("name").get<std::string>(),
                              weight.at("path").get<std::string>(),
                              weight.at("trainable").get<bool>(), read_one(arrays, weight)});
  }
  for (const auto& call : facts.at("calls")) result.calls.push_back(read_call(arrays, call));
  return result;
}

std::vector<Case> read_group(const std::string& name) {
  std::vector<Case> cases;
  const Arrays arrays = read_arrays(name + ".npz");
  for (const auto& facts : arrays.cases.at("cases")) cases.push_back(read_case(arrays, facts));
  return cases;
}

}  // namespace

std::vector<CaseName> case_names() {
  std::vector<CaseName> names;
  std::ifstream file(data_path("cases.txt"));
  for (CaseName name; file >> name.group >> name.name;) names.push_back(name);
  return names;
}

const std::vector<Case>& group(const std::string& name) {
  static std::map<std::string, std::vector<Case>> groups;
  const auto found = groups.find(name);
  if (found != groups.end()) return found->second;
  return groups[name] = read_group(name);
}

Article article() {
  Arrays arrays = read_arrays("article.npz");
  return {arrays.cases.at("cells").get<std::vector<std::string>>(), std::move(arrays.floats)};
}

std::vector<Unsupported> unsupported() {
  std::vector<Unsupported> all;
  std::ifstream file(std::filesystem::path(EDDY_GOLDEN_DIR).parent_path() / "unsupported.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    Unsupported one;
    words >> one.count >> std::ws;
    std::getline(words, one.words);
    EXPECT_TRUE(one.count > 0 && !one.words.empty()) << line;
    all.push_back(one);
  }
  return all;
}

}  // namespace eddy::golden
