// SPDX-License-Identifier: MIT
// Counts the cases that say WARN("skipped: ..."). They are listed in the file that the environment variable
// ALWANN_TEST_SKIP_LOG names, and a line is printed if nothing but such cases ran.

#if __has_include(<catch2/reporters/catch_reporter_event_listener.hpp>)
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#else
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch.hpp>
#define ALWANN_CATCH2_VERSION_2
#endif

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

#ifdef ALWANN_CATCH2_VERSION_2
using listener_base = Catch::TestEventListenerBase;
using assertion_result = bool; // whether the reporter is done with the buffered messages
#else
using listener_base = Catch::EventListenerBase;
using assertion_result = void;
#endif

class skip_listener : public listener_base {
public:
    using listener_base::listener_base;

    void testRunStarting(const Catch::TestRunInfo& run) override {
        listener_base::testRunStarting(run);
        if (log_ != nullptr) {
            std::error_code ignored;
            std::filesystem::remove(log_, ignored);
        }
    }

    void testCaseStarting(const Catch::TestCaseInfo& test) override {
        listener_base::testCaseStarting(test);
        name_ = test.name;
        reason_.clear();
    }

    assertion_result assertionEnded(const Catch::AssertionStats& stats) override {
        constexpr std::string_view mark = "skipped: ";
        const std::string message(stats.assertionResult.getMessage());
        if (stats.assertionResult.getResultType() == Catch::ResultWas::Warning && message.starts_with(mark)) {
            reason_ = message.substr(mark.size());
        }
        return listener_base::assertionEnded(stats);
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        ++cases_;
        if (!reason_.empty()) {
            skipped_.push_back(name_ + ": " + reason_);
        }
        listener_base::testCaseEnded(stats);
    }

    void testRunEnded(const Catch::TestRunStats& stats) override {
        if (log_ != nullptr && !skipped_.empty()) {
            std::ofstream file(log_);
            for (const auto& line : skipped_) {
                file << line << '\n';
            }
        }
        if (cases_ != 0 && skipped_.size() == cases_ && stats.totals.testCases.failed == 0) {
            std::cout << "all cases were skipped\n";
        }
        listener_base::testRunEnded(stats);
    }

private:
    const char* log_ = std::getenv("ALWANN_TEST_SKIP_LOG");
    std::size_t cases_ = 0;
    std::string name_;   // of the case at hand
    std::string reason_; // why it was skipped; empty if it was not
    std::vector<std::string> skipped_;
};

CATCH_REGISTER_LISTENER(skip_listener)

} // namespace
