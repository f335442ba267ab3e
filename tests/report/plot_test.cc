// SPDX-License-Identifier: MIT
#include "eddy/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "report/figure.h"
#include "report/gnuplot.h"
#include "report_support.h"

namespace eddy::plot_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Accuracy rises to `best`; epochs 0, 1, ...
History run(int64_t epochs, double best = 0.9, bool validated = true) {
  History history;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const double t = 1 - std::exp(-0.5 * static_cast<double>(epoch + 1));
    history.epoch.push_back(epoch);
    history.seconds.push_back(1);
    history.history["acc"].push_back(best * t);
    history.history["loss"].push_back(1 - t);
    if (!validated) continue;
    history.history["val_acc"].push_back(0.9 * best * t);
    history.history["val_loss"].push_back(1.1 - t);
  }
  return history;
}

void require_gnuplot() { ASSERT_TRUE(can_plot()) << "gnuplot-nox is a dependency of the tests"; }

// Sets PATH for one scope.
class PathVariable {
 public:
  explicit PathVariable(const std::string& value) : before_(getenv("PATH")) {
    setenv("PATH", value.c_str(), 1);
  }
  ~PathVariable() { setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

TEST(Plot, WritesSvgAndPngOfAccuracyAndLoss) {
  require_gnuplot();
  const TemporaryFolder folder;
  const auto paths = plot(run(10), (folder.path() / "lstm").string());
  EXPECT_THAT(paths,
              ElementsAre(folder.path() / "lstm-accuracy.svg", folder.path() / "lstm-accuracy.png",
                          folder.path() / "lstm-loss.svg", folder.path() / "lstm-loss.png"));
  const std::string svg = folder.read("lstm-accuracy.svg");
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, HasSubstr("Training and validation accuracy"));
  EXPECT_THAT(svg, HasSubstr("<title>Training acc</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>Validation acc</title>"));
  EXPECT_THAT(svg, HasSubstr("Epoch"));
  EXPECT_THAT(svg, HasSubstr("<text>10</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("<text> ")));  // a blank would move a number off its tick
  EXPECT_THAT(folder.read("lstm-loss.svg"), HasSubstr("Training and validation loss"));
  const std::string png = folder.read("lstm-loss.png");
  ASSERT_GT(png.size(), 2000U);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  const auto big_endian = [&](size_t at) {
    return (static_cast<unsigned char>(png[at + 2]) << 8) | static_cast<unsigned char>(png[at + 3]);
  };
  EXPECT_EQ(big_endian(16), 800);
  EXPECT_EQ(big_endian(20), 600);
}

TEST(Plot, APrefixThatIsAFolderHasNoDash) {
  require_gnuplot();
  const TemporaryFolder folder;
  const auto paths = plot(run(3), folder.path().string() + "/");
  EXPECT_EQ(paths.front(), folder.path() / "accuracy.svg");
}

TEST(Plot, TrainingIsDotsAndValidationALine) {
  require_gnuplot();
  const TemporaryFolder folder;
  plot(run(10), folder.path().string() + "/");
  const std::string svg = folder.read("accuracy.svg");
  const std::string dot = "<use xlink:href='#gpPt6' transform='translate";
  size_t dots = 0;
  for (size_t at = svg.find(dot); at != std::string::npos; at = svg.find(dot, at + 1)) ++dots;
  EXPECT_EQ(dots, 11U);  // one an epoch and one in the legend
  const size_t line = svg.find("<title>Validation acc</title>");
  const std::string path = svg.substr(svg.find("d='M", line), 400);
  EXPECT_EQ(std::count(path.begin(), path.begin() + static_cast<int64_t>(path.find("/>")), 'L'), 9);
}

TEST(Plot, SeveralRunsShareAPictureWithTheirNames) {
  require_gnuplot();
  const TemporaryFolder folder;
  plot({{"imdb-lstm", run(10)}, {"it's a \"gru\"; set output 'x'\n`touch x`", run(8, 0.8)}},
       folder.path().string() + "/");
  const std::string svg = folder.read("accuracy.svg");
  EXPECT_THAT(svg, HasSubstr("<text>imdb-lstm</text>"));
  EXPECT_THAT(svg, HasSubstr("gru"));
  EXPECT_THAT(svg, HasSubstr("<text>training</text>"));
  EXPECT_THAT(svg, HasSubstr("<text>validation</text>"));
  EXPECT_THAT(svg, HasSubstr("rgb( 31, 119, 180)"));
  EXPECT_THAT(svg, HasSubstr("rgb(255, 127,  14)"));
}

TEST(Plot, WorksForOneEpochAndWithoutValidation) {
  require_gnuplot();
  const TemporaryFolder folder;
  plot(run(1), (folder.path() / "one").string());
  EXPECT_THAT(folder.read("one-loss.svg"), HasSubstr("Training and validation loss"));
  plot(run(40, 0.9, false), (folder.path() / "train").string());
  const std::string svg = folder.read("train-loss.svg");
  EXPECT_THAT(svg, HasSubstr(">Training loss<"));
  EXPECT_THAT(svg, Not(HasSubstr("alidation")));
}

TEST(Plot, OtherMetricsGetPicturesUnderSafeNames) {
  require_gnuplot();
  const TemporaryFolder folder;
  History history = run(3);
  history.history["mae"] = {3, 2, 1};
  history.history["../odd name"] = {3, NAN, 1};
  const auto paths = plot(history, folder.path().string() + "/");
  ASSERT_EQ(paths.size(), 8U);
  EXPECT_EQ(paths[4], folder.path() / "___odd_name.svg");
  EXPECT_EQ(paths[6], folder.path() / "mae.svg");
}

TEST(Plot, WithoutEpochsThereIsNothingToDraw) {
  try {
    plot(History(), "/nowhere/x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  }
}

TEST(Plot, AMissingGnuplotIsNamedWithItsPackage) {
  const TemporaryFolder folder;
  const PathVariable path(folder.path().string());
  EXPECT_FALSE(can_plot());
  try {
    plot(run(3), folder.path().string() + "/");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(),
                HasSubstr("Fix: install it, on Debian: apt-get install gnuplot-nox."));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Plot, AFailingGnuplotIsReportedWithItsMessage) {
  const TemporaryFolder folder;
  const auto program =
      folder.write("gnuplot", "#!/bin/sh\necho 'unknown terminal type' >&2\nexit 1\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const PathVariable path(folder.path().string());
  try {
    plot(run(3), (folder.path() / "p").string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr("unknown terminal type"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "p-accuracy.svg"));
}

TEST(PlotText, FitsTheWindowAndShowsBothCurves) {
  require_gnuplot();
  const std::string text = plot_text({{"lstm", run(10)}}, {.width = 72, .height = 20});
  EXPECT_THAT(text, HasSubstr("Training and validation accuracy"));
  EXPECT_THAT(text, HasSubstr("Training and validation loss"));
  EXPECT_THAT(text, HasSubstr("Training acc    o"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 72U);
    begin = end + 1;
  }
  EXPECT_THAT(plot_text({{"lstm", run(10)}}, {.color = true}), HasSubstr("\x1b["));
}

TEST(PlotText, ATinyWindowIsRefused) {
  EXPECT_THROW(plot_text({{"lstm", run(10)}}, {.width = 10}), Error);
}

TEST(Figure, RangesHaveAMarginAndTicksAreWhole) {
  const auto figures = make_figures({{"a", run(10)}});
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_DOUBLE_EQ(epoch_range(figures[0]).low, 0.55);
  EXPECT_DOUBLE_EQ(epoch_range(figures[0]).high, 10.45);
  EXPECT_EQ(epoch_tick(figures[0]), 1);
  EXPECT_EQ(epoch_tick(make_figures({{"a", run(40)}})[0]), 5);
  EXPECT_EQ(epoch_tick(make_figures({{"a", run(1000)}})[0]), 100);
  EXPECT_LT(value_range(figures[0]).low, 0.9 * 0.9 * (1 - std::exp(-0.5)));
}

TEST(Figure, TheLegendAvoidsTheCurves) {
  // Rising curves leave the bottom right and, when steep, the top left free.
  const Figure rising = make_figures({{"a", run(10)}})[0];
  EXPECT_EQ(free_corner(rising, 0.4, 0.4), "bottom right");
  const Figure falling = make_figures({{"a", run(10)}})[1];
  EXPECT_EQ(free_corner(falling, 0.4, 0.4), "top right");
  EXPECT_EQ(free_corner(rising, 1, 1), "");
}

TEST(Figure, AccuracyByAnyOfItsNamesIsOnePicture) {
  History keras = run(2);
  keras.history["binary_accuracy"] = keras.history["acc"];
  keras.history.erase("acc");
  const auto figures = make_figures({{"a", run(2)}, {"b", keras}});
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].name, "accuracy");
  EXPECT_EQ(figures[0].series.size(), 2U);
}

TEST(Gnuplot, QuotedTextIsInert) {
  EXPECT_EQ(gnuplot_quoted("it's\n\"x\" `y` $z"), "'it''s \"x\" `y` $z'");
}

}  // namespace
}  // namespace eddy::plot_test
