// SPDX-License-Identifier: MIT
// How a model came about, as the note that its file carries (eddy/inspect.h).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "eddy/model.h"

namespace eddy::cli {

// Of a run's record (run.json): what its results depend on. Left out are the paths, the machine and
// whatever changes from run to run, so that the same run always leaves the same file.
void note_provenance(Model& model, const nlohmann::json& record);

// "eddy 0.1.0: eddy train mails --cell gru, seed 7"; "": no such note.
std::string provenance_line(const std::string& note);
// SHA-256 of the data in the note; "": it does not say.
std::string provenance_data(const std::string& note);

}  // namespace eddy::cli
