// SPDX-License-Identifier: MIT
/// @file
/// An archive of evaluations in an SQLite file (CMake component `sqlite`).
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/search/archive.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Evaluations in a file that processes may share: each waits for the others up to a minute. Every store() is
/// one transaction, on the disk when it returns, so that neither a kill nor a power cut costs what is in it.
///
/// Table `evaluations`: the key (hashes; `tables` holds one of 8 bytes per convolution, lowest first), `seen`
/// images, how many `correct`, `hits` (a byte per image) and `logit_errors` (4 bytes each), and the
/// evaluation_note. Table `settings`: weights and corrections of layers compensated alone.
class sqlite_archive final : public search_archive {
public:
    /// Opens the file or makes it. Throws io_error if that fails, format_error for a file of something else.
    explicit sqlite_archive(const std::string& file) : file_(file) {
        sqlite3* opened = nullptr;
        const int problem =
            sqlite3_open_v2(file.c_str(), &opened,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
        database_.reset(opened);
        if (problem != SQLITE_OK) {
            fail();
        }
        sqlite3_busy_timeout(opened, 60'000);
        // In this order: another process may make the archive in between, tables and owner at once.
        const bool empty = number("SELECT count(*) FROM sqlite_schema") == 0;
        const auto owner = number("PRAGMA application_id");
        if ((!empty && owner != application) || (owner == application && number("PRAGMA user_version") > 1)) {
            throw format_error(file, "application_id", "an archive of evaluations, version 1",
                               "a database of something else or of a later version");
        }
        use_wal();
        execute("PRAGMA synchronous = FULL");
        if (owner == application) {
            return;
        }
        execute("BEGIN IMMEDIATE");
        execute("PRAGMA application_id = " + std::to_string(application));
        execute("PRAGMA user_version = 1");
        execute(
            "CREATE TABLE IF NOT EXISTS evaluations (network INTEGER, images INTEGER, compensation INTEGER, "
            "tables BLOB, seen INTEGER, correct INTEGER, hits BLOB, logit_errors BLOB, "
            "compensation_name TEXT, engine TEXT, seed INTEGER, seconds REAL, time INTEGER, "
            "PRIMARY KEY (network, images, compensation, tables)) WITHOUT ROWID");
        execute("CREATE TABLE IF NOT EXISTS settings (network INTEGER, compensation INTEGER, layer INTEGER, "
                "products INTEGER, weights BLOB, corrections BLOB, "
                "PRIMARY KEY (network, compensation, layer, products)) WITHOUT ROWID");
        execute("COMMIT");
    }

    /// What is known under a key; nothing if there is none.
    [[nodiscard]] std::optional<measurement> find(const evaluation_key& key) override {
        const std::lock_guard lock(access_);
        statement select(*this,
                         "SELECT seen, correct, hits, logit_errors FROM evaluations WHERE network = ?1 AND "
                         "images = ?2 AND compensation = ?3 AND tables = ?4");
        bind(select, key);
        if (!select.step()) {
            return std::nullopt;
        }
        const auto seen = static_cast<std::size_t>(select.integer(0));
        const auto hits = select.bytes(2);
        const auto errors = select.bytes(3);
        if (hits.size() != seen || errors.size() != seen * sizeof(float)) {
            throw format_error(file_, "evaluations", std::to_string(seen) + " results in a row",
                               std::to_string(hits.size()));
        }
        measurement found;
        found.correct = static_cast<std::size_t>(select.integer(1));
        for (const auto hit : hits) {
            found.hits.push_back(hit != 0);
        }
        found.logit_errors.resize(seen);
        std::memcpy(found.logit_errors.data(), errors.data(), errors.size());
        return found.first(seen); // works the mean out
    }

    void store(std::span<const archive_entry> entries) override {
        const std::lock_guard lock(access_);
        execute("BEGIN IMMEDIATE");
        try {
            statement insert(
                *this, "INSERT INTO evaluations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                       "?13) ON CONFLICT DO UPDATE SET seen = excluded.seen, correct = excluded.correct, "
                       "hits = excluded.hits, logit_errors = excluded.logit_errors, "
                       "engine = excluded.engine, seed = excluded.seed, "
                       "seconds = seconds + excluded.seconds, time = excluded.time "
                       "WHERE excluded.seen > evaluations.seen");
            for (const auto& entry : entries) {
                bind(insert, entry.key);
                const auto& found = *entry.found;
                insert.bind(5, static_cast<std::int64_t>(found.images()));
                insert.bind(6, static_cast<std::int64_t>(found.correct));
                const std::vector<std::uint8_t> hits(found.hits.begin(), found.hits.end());
                insert.bind(7, hits.data(), hits.size());
                insert.bind(8, found.logit_errors.data(), found.logit_errors.size() * sizeof(float));
                insert.bind(9, entry.note.compensation);
                insert.bind(10, entry.note.engine);
                insert.bind(11, static_cast<std::int64_t>(entry.note.seed));
                insert.bind(12, entry.note.seconds);
                const auto now = std::chrono::system_clock::now().time_since_epoch();
                insert.bind(13, static_cast<std::int64_t>(
                                    std::chrono::duration_cast<std::chrono::seconds>(now).count()));
                insert.step();
                insert.reset();
            }
            execute("COMMIT");
        } catch (...) {
            sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
            throw;
        }
    }

    /// The setting that is kept under a key; nothing if there is none.
    [[nodiscard]] std::optional<stored_setting> find_setting(const setting_key& key) override {
        const std::lock_guard lock(access_);
        statement select(*this, "SELECT weights, corrections FROM settings WHERE network = ?1 AND "
                                "compensation = ?2 AND layer = ?3 AND products = ?4");
        bind(select, key);
        if (!select.step()) {
            return std::nullopt;
        }
        const auto weights = select.bytes(0);
        const auto corrections = select.bytes(1);
        if (corrections.size() % sizeof(channel_correction) != 0) {
            return std::nullopt; // of a version with other corrections
        }
        stored_setting setting{{weights.begin(), weights.end()}, {}};
        setting.corrections.resize(corrections.size() / sizeof(channel_correction));
        std::memcpy(setting.corrections.data(), corrections.data(), corrections.size());
        return setting;
    }

    /// Keeps a setting under a key.
    void store_setting(const setting_key& key, const stored_setting& setting) override {
        const std::lock_guard lock(access_);
        statement insert(*this, "INSERT OR REPLACE INTO settings VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        bind(insert, key);
        insert.bind(5, setting.weights.data(), setting.weights.size());
        insert.bind(6, setting.corrections.data(), setting.corrections.size() * sizeof(channel_correction));
        insert.step();
    }

    /// How many evaluations it holds.
    [[nodiscard]] std::size_t size() {
        const std::lock_guard lock(access_);
        return static_cast<std::size_t>(number("SELECT count(*) FROM evaluations"));
    }

private:
    static constexpr std::int64_t application = 0x414C574E; // "ALWN"
    static_assert(std::is_trivially_copyable_v<channel_correction>);

    [[noreturn]] void fail() const {
        const int problem = sqlite3_errcode(database_.get());
        const std::string text = database_ ? sqlite3_errmsg(database_.get()) : "out of memory";
        if (problem == SQLITE_NOTADB || problem == SQLITE_CORRUPT) {
            throw format_error(file_, "content", "an archive of evaluations (SQLite)", text);
        }
        throw io_error(file_, "archive: " + text);
    }

    /// One prepared statement.
    class statement {
    public:
        statement(const sqlite_archive& archive, const std::string& text) : archive_(archive) {
            sqlite3_stmt* made = nullptr;
            if (sqlite3_prepare_v2(archive.database_.get(), text.c_str(), -1, &made, nullptr) != SQLITE_OK) {
                archive.fail();
            }
            made_.reset(made);
        }
        void bind(int place, std::int64_t value) { check(sqlite3_bind_int64(made_.get(), place, value)); }
        void bind(int place, double value) { check(sqlite3_bind_double(made_.get(), place, value)); }
        void bind(int place, const std::string& text) {
            check(sqlite3_bind_text64(made_.get(), place, text.data(), text.size(), SQLITE_TRANSIENT,
                                      SQLITE_UTF8));
        }
        void bind(int place, const void* data, std::size_t size) {
            const void* some = size > 0 ? data : "";
            check(sqlite3_bind_blob64(made_.get(), place, some, size, SQLITE_TRANSIENT));
        }
        /// Whether there is a row.
        bool step() {
            const int result = sqlite3_step(made_.get());
            if (result != SQLITE_ROW && result != SQLITE_DONE) {
                archive_.fail();
            }
            return result == SQLITE_ROW;
        }
        void reset() { check(sqlite3_reset(made_.get())); }
        [[nodiscard]] std::int64_t integer(int column) { return sqlite3_column_int64(made_.get(), column); }
        [[nodiscard]] std::span<const std::uint8_t> bytes(int column) {
            const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(made_.get(), column));
            return {data, static_cast<std::size_t>(sqlite3_column_bytes(made_.get(), column))};
        }

    private:
        void check(int result) const {
            if (result != SQLITE_OK) {
                archive_.fail();
            }
        }
        struct finalize {
            void operator()(sqlite3_stmt* made) const { sqlite3_finalize(made); }
        };
        const sqlite_archive& archive_;
        std::unique_ptr<sqlite3_stmt, finalize> made_;
    };

    void execute(const std::string& text) const {
        statement one(*this, text);
        while (one.step()) {
        }
    }
    [[nodiscard]] std::int64_t number(const std::string& text) const {
        statement one(*this, text);
        return one.step() ? one.integer(0) : 0;
    }

    /// SQLite does not wait by itself where several processes change to this mode at once.
    void use_wal() const {
        for (int attempt = 0; attempt < 600; ++attempt) {
            if (sqlite3_exec(database_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) !=
                SQLITE_BUSY) {
                break;
            }
            sqlite3_sleep(100);
        }
        if (sqlite3_errcode(database_.get()) != SQLITE_OK) {
            fail();
        }
    }

    static void bind(statement& to, const evaluation_key& key) {
        to.bind(1, static_cast<std::int64_t>(key.network));
        to.bind(2, static_cast<std::int64_t>(key.images));
        to.bind(3, static_cast<std::int64_t>(key.compensation));
        std::vector<std::uint8_t> tables;
        for (auto hash : key.tables) {
            for (int i = 0; i < 8; ++i, hash >>= 8) {
                tables.push_back(static_cast<std::uint8_t>(hash & 255));
            }
        }
        to.bind(4, tables.data(), tables.size());
    }
    static void bind(statement& to, const setting_key& key) {
        to.bind(1, static_cast<std::int64_t>(key.network));
        to.bind(2, static_cast<std::int64_t>(key.compensation));
        to.bind(3, static_cast<std::int64_t>(key.layer));
        to.bind(4, static_cast<std::int64_t>(key.table));
    }

    struct close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    std::string file_;
    std::unique_ptr<sqlite3, close> database_;
    std::mutex access_;
};

} // namespace alwann::inline ALWANN_ABI
