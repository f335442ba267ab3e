// SPDX-License-Identifier: MIT
#include "manual_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>

#include "eddy/version.h"

namespace eddy::cli {
namespace {

constexpr size_t kSourceWidth = 72;  // columns of a line of roff
constexpr size_t kFewWords = 5;      // that stand behind their flag; more get a sentence

constexpr const char* kEnvironment =
    ".SH ENVIRONMENT\n"
    ".TP\n.B EDDY_DATA_DIR\nThe folder of imdb.npz, reuters.npz and their word indexes.\n"
    ".TP\n.B NO_COLOR\nIf set, there are no colours.\n"
    ".TP\n.B COLUMNS\nColumns of the terminal, where it does not say them itself.\n";

std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '"':
        escaped += "\\(dq";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Hyphens stay hyphens in running text; what is in backticks is bold.
std::string roff_word(const std::string& word, bool& bold) {
  std::string text;
  for (const char c : word) {
    if (c == '`') {
      bold = !bold;
      text += bold ? "\\fB" : "\\fR";
    } else if (c == '-' && !bold && text.find('-') == std::string::npos && !word.starts_with('-') &&
               word.find("--") == std::string::npos) {
      text += c;
    } else {
      text += roff({&c, 1});
    }
  }
  return text;
}

// Lines of running text, a sentence on lines of its own. `line` is what it begins with, in roff.
std::string paragraph(const std::string& text, std::string line = "") {
  std::istringstream words(text);
  std::string lines;
  bool bold = false;
  const auto end_line = [&] {
    if (line.starts_with('.') || line.starts_with("\\(aq")) line.insert(0, "\\&");
    if (!line.empty()) lines += line + '\n';
    line.clear();
  };
  for (std::string word; words >> word;) {
    const std::string escaped = roff_word(word, bold);
    if (line.size() + escaped.size() > kSourceWidth) end_line();
    if (!line.empty() && !line.ends_with(' ')) line += ' ';
    line += escaped;
    if (word.ends_with('.') && word != "...") end_line();
  }
  end_line();
  return lines;
}

// Of the build, as makers of packages set it, or today's.
std::string date() {
  std::time_t seconds = std::time(nullptr);
  if (const char* given = std::getenv("SOURCE_DATE_EPOCH")) {
    std::from_chars(given, given + std::strlen(given), seconds);
  }
  std::tm day{};
  if (gmtime_r(&seconds, &day) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string ended(std::string sentence) {
  if (!sentence.empty() && !sentence.ends_with('.')) sentence += '.';
  return sentence;
}

std::string capital(std::string sentence) {
  if (!sentence.empty() && sentence.find(':') > sentence.find(' ')) {  // no name of a value
    sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
  }
  return sentence;
}

std::string values_of(const Parameter& parameter) {
  const auto words = parameter.words();
  if (words.size() <= kFewWords) return parameter.placeholder;
  return "NAME";
}

std::string entry(const Parameter& parameter) {
  std::string text = ".TP\n";
  if (!parameter.short_name.empty())
    text += fmt::format("\\fB{}\\fR, ", roff(parameter.short_name));
  text += fmt::format("\\fB{}\\fR", roff(parameter.name));
  const bool is_flag = parameter.name.starts_with('-');
  if (is_flag && !parameter.placeholder.empty()) {
    text += fmt::format(" \\fI{}\\fR", roff(values_of(parameter)));
  }
  if (parameter.several) text += " ...";
  text += '\n' + paragraph(ended(capital(parameter.help)));
  const auto words = parameter.words();
  if (words.size() > kFewWords || (!is_flag && words.size() > 1)) {
    text += paragraph(fmt::format("One of {}{}.", fmt::join(words, ", "),
                                  parameter.takes_file() ? ", or a path" : ""));
  }
  if (!parameter.preset.empty()) text += paragraph(fmt::format("Default: {}.", parameter.preset));
  return text;
}

std::string entries(const char* title, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return "";
  std::string text = fmt::format(".SH {}\n", title);
  for (const Parameter& parameter : parameters) text += entry(parameter);
  return text;
}

std::string synopsis(const CommandGrammar& command) {
  std::string text = fmt::format(".SH SYNOPSIS\n\\fBeddy{}{}\\fR [\\fIoptions\\fR]",
                                 command.name.empty() ? "" : " ", roff(command.name));
  for (const Parameter& argument : command.arguments) {
    text += fmt::format(" [\\fI{}\\fR{}]", roff(argument.name), argument.several ? " ..." : "");
  }
  if (command.name.empty()) text += " \\fIcommand\\fR ...";
  return text + '\n';
}

std::string list_of_commands(const std::vector<CommandGrammar>& commands) {
  std::string text = ".SH COMMANDS\n";
  for (const CommandGrammar& command : commands) {
    if (command.name.empty()) continue;
    text += fmt::format(".TP\n.BR {} (1)\n", roff(page_name(command)));
    text += paragraph(command.description);
  }
  return text;
}

// "  eddy train imdb   what it does"
std::string example(const std::string& line) {
  const size_t gap = std::min(line.find("   ", 2), line.size());
  const std::string remark =
      gap == line.size() ? "" : line.substr(line.find_first_not_of(' ', gap));
  return fmt::format(".TP\n.B {}\n{}", roff(line.substr(2, gap - 2)),
                     remark.empty() ? "\\&\n" : paragraph(capital(ended(remark))));
}

std::string examples_and_status(const CommandGrammar& command, const std::string& footer) {
  std::istringstream lines(footer);
  const std::string begin = "  eddy " + command.name + (command.name.empty() ? "" : " ");
  const std::string status = "Exit status: ";
  std::string examples, exit_status;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) examples += example(line);
    if (line.starts_with(status)) {
      exit_status = ".SH EXIT STATUS\n" + paragraph(ended(line.substr(status.size())));
    }
  }
  if (!examples.empty()) examples.insert(0, ".SH EXAMPLES\n");
  return examples + exit_status;
}

std::string see_also(const std::vector<CommandGrammar>& commands, size_t which) {
  std::string text = ".SH SEE ALSO\n";
  for (size_t i = 0; i < commands.size(); ++i) {
    if (i == which || (which != 0 && i != 0)) continue;
    text += fmt::format(".BR {} (1){}\n", roff(page_name(commands[i])),
                        which != 0 || i + 1 == commands.size() ? "" : ",");
  }
  return text;
}

}  // namespace

std::string page_name(const CommandGrammar& command) {
  return command.name.empty() ? "eddy" : "eddy-" + command.name;
}

std::string manual_page(const std::vector<CommandGrammar>& commands, size_t which,
                        const std::string& footer) {
  const CommandGrammar& command = commands[which];
  std::string title = page_name(command), summary = command.description;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (summary.ends_with('.')) summary.pop_back();
  if (summary.starts_with("eddy ")) summary.erase(0, 5);
  // Aligned at the left and without hyphens: flags and paths stay whole.
  std::string page =
      fmt::format(".TH {} 1 \"{}\" \"eddy {}\" \"eddy manual\"\n.ad l\n.nh\n.SH NAME\n",
                  roff(title), date(), EDDY_VERSION);
  page += paragraph(summary, roff(page_name(command)) + " \\- ");
  page += synopsis(command) + ".SH DESCRIPTION\n";
  page += paragraph(command.description);
  if (which == 0) page += list_of_commands(commands);
  page += entries("ARGUMENTS", command.arguments) + entries("OPTIONS", command.flags);
  page += examples_and_status(command, footer);
  if (which == 0) page += kEnvironment;
  return page + see_also(commands, which);
}

}  // namespace eddy::cli
