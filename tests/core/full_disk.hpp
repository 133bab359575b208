// SPDX-License-Identifier: MIT
// Writes that fail for want of space.
#pragma once

#include "../catch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

// Whether this system has a device that is always full; says so if not.
inline bool has_full_device() {
    if (::access("/dev/full", W_OK) != 0) {
        WARN("skipped: no /dev/full that can be written to");
        return false;
    }
    return true;
}

// Until it goes, what is about to replace a file is written to a full device: files are written under a name
// with
// `.new` at its end first.
class full_disk_for {
public:
    explicit full_disk_for(const std::filesystem::path& file) : link_(file) {
        link_ += ".new";
        std::filesystem::create_symlink("/dev/full", link_);
    }
    full_disk_for(const full_disk_for&) = delete;
    full_disk_for& operator=(const full_disk_for&) = delete;
    ~full_disk_for() {
        std::error_code ignored;
        std::filesystem::remove(link_, ignored);
    }

private:
    std::filesystem::path link_;
};

inline std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}
