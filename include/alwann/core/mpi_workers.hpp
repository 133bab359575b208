// SPDX-License-Identifier: MIT
/// @file
/// Jobs on the processes of an MPI program (CMake component `mpi`).
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/core/job_queue.hpp>
#include <alwann/core/packing.hpp>

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// MPI from its construction to its destruction; one per program.
class mpi_session {
public:
    mpi_session() {
        int provided = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
        if (provided < MPI_THREAD_FUNNELED) {
            MPI_Finalize();
            throw error("MPI: this installation does not allow threads beside the one that communicates");
        }
    }
    mpi_session(const mpi_session&) = delete;
    mpi_session& operator=(const mpi_session&) = delete;
    ~mpi_session() { MPI_Finalize(); }

    /// Whether a launcher (mpirun, srun, mpiexec) started this process as one of several, or of one.
    [[nodiscard]] static bool launched() {
        for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK", "MPI_LOCALNRANKS"}) {
            if (std::getenv(name) != nullptr) {
                return true;
            }
        }
        return false;
    }
};

/// Rank 0 hands out jobs, every rank works on them, rank 0 included. Who is done gets the next one, so that a
/// slow rank only does less. All communication is on the thread that calls.
class mpi_workers {
public:
    /// What came over the network, seen from rank 0.
    struct traffic {
        std::size_t jobs = 0;  ///< carried out by other ranks
        std::size_t bytes = 0; ///< sent and received
        double seconds = 0;    ///< inside MPI calls that move data
        double running = 0;    ///< seconds in run()
    };

    mpi_workers() {
        MPI_Comm_dup(MPI_COMM_WORLD, &world_);
        MPI_Comm_rank(world_, &rank_);
        MPI_Comm_size(world_, &size_);
    }
    mpi_workers(const mpi_workers&) = delete;
    mpi_workers& operator=(const mpi_workers&) = delete;
    /// On rank 0: lets the others go.
    ~mpi_workers() {
        if (rank_ == 0) {
            for (int rank = 1; rank < size_; ++rank) {
                MPI_Send(nullptr, 0, MPI_BYTE, rank, tag_stop, world_);
            }
        }
        MPI_Comm_free(&world_);
    }

    /// Of this process, from 0.
    [[nodiscard]] int rank() const noexcept { return rank_; }
    /// How many ranks there are.
    [[nodiscard]] int size() const noexcept { return size_; }
    /// What was sent so far, and how long it took.
    [[nodiscard]] const traffic& moved() const noexcept { return traffic_; }

    /// Gives all ranks what rank 0 has. Every rank calls it.
    [[nodiscard]] byte_vector broadcast(byte_vector bytes) {
        auto count = std::uint64_t{bytes.size()};
        MPI_Bcast(&count, 1, MPI_UINT64_T, 0, world_);
        bytes.resize(static_cast<std::size_t>(count));
        for (std::size_t done = 0; done < bytes.size();) { // MPI counts in int
            const std::size_t part = std::min(bytes.size() - done, std::size_t{1} << 30);
            MPI_Bcast(bytes.data() + done, static_cast<int>(part), MPI_BYTE, 0, world_);
            done += part;
        }
        return bytes;
    }

    /// Rank 0: carries out `count` jobs. message(job, rank) is what a rank other than 0 gets for a job,
    /// done(job, reply) takes its answer, both on this thread; local(job) does a job here, on another one.
    /// Returns when all are done; throws what went wrong first, here or there.
    void run(std::size_t count, const std::function<byte_vector(std::size_t, int)>& message,
             const std::function<void(std::size_t)>& local,
             const std::function<void(std::size_t, const byte_vector&)>& done) {
        run(std::vector<std::size_t>(count), message, local, done);
    }
    /// The same of jobs in groups, one number for each job: those of a group go to one rank, see job_queue.
    void run(std::span<const std::size_t> groups, const std::function<byte_vector(std::size_t, int)>& message,
             const std::function<void(std::size_t)>& local,
             const std::function<void(std::size_t, const byte_vector&)>& done) {
        const auto start = clock::now();
        std::mutex access;
        job_queue waiting(groups, static_cast<std::size_t>(size_));
        std::exception_ptr problem;
        const auto take = [&](int rank) -> std::optional<std::size_t> {
            const std::lock_guard lock(access);
            return problem ? std::nullopt : waiting.take(static_cast<std::size_t>(rank));
        };
        const auto guard = [&](const auto& work) {
            try {
                work();
            } catch (...) {
                const std::lock_guard lock(access);
                problem = problem ? problem : std::current_exception();
            }
        };
        std::vector<std::size_t> busy(static_cast<std::size_t>(size_)); // the job of each rank that has one
        std::size_t out = 0;
        const auto send = [&](int rank) {
            const auto job = take(rank);
            if (!job) {
                return;
            }
            guard([&] {
                const auto bytes = message(*job, rank);
                if (bytes.size() > most_bytes) {
                    throw error("a job of " + std::to_string(bytes.size()) +
                                " bytes, more than MPI sends at once");
                }
                const auto begin = clock::now();
                MPI_Send(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, rank, tag_job, world_);
                note(bytes.size(), begin);
                busy[static_cast<std::size_t>(rank)] = *job;
                ++out;
            });
        };
        for (int rank = 1; rank < size_; ++rank) {
            send(rank);
        }
        bool finished = false;
        patience waiting_for_reply;
        std::thread here([&] {
            for (auto job = take(0); job; job = take(0)) {
                guard([&] { local(*job); });
            }
            const std::lock_guard lock(access);
            finished = true;
        });
        while (true) {
            {
                const std::lock_guard lock(access);
                if (finished && out == 0) {
                    break;
                }
            }
            int ready = 0;
            MPI_Status status;
            MPI_Iprobe(MPI_ANY_SOURCE, tag_reply, world_, &ready, &status);
            if (ready == 0) {
                waiting_for_reply.sleep();
                continue;
            }
            waiting_for_reply = {};
            byte_vector bytes;
            guard([&] { bytes = receive(status); });
            const auto rank = static_cast<std::size_t>(status.MPI_SOURCE);
            const std::size_t job = busy[rank];
            --out;
            ++traffic_.jobs;
            send(status.MPI_SOURCE); // first, so that it does not wait for what is done with its answer
            guard([&] {
                if (bytes.empty() || bytes.back() != 0) {
                    const std::size_t length = bytes.empty() ? 0 : bytes.size() - 1;
                    throw error("rank " + std::to_string(rank) + ": " +
                                std::string(reinterpret_cast<const char*>(bytes.data()), length));
                }
                done(job, bytes);
            });
        }
        here.join();
        traffic_.running += std::chrono::duration<double>(clock::now() - start).count();
        if (problem) {
            std::rethrow_exception(problem);
        }
    }

    /// Other ranks: answers jobs until rank 0 lets go. What work() throws is thrown on rank 0.
    void serve(const std::function<byte_vector(const byte_vector&)>& work) {
        while (true) {
            MPI_Status status;
            int ready = 0;
            patience waiting_for_job;
            while (MPI_Iprobe(0, MPI_ANY_TAG, world_, &ready, &status), ready == 0) {
                waiting_for_job.sleep();
            }
            const auto bytes = receive(status);
            if (status.MPI_TAG == tag_stop) {
                return;
            }
            byte_vector reply;
            try {
                reply = work(bytes);
                reply.push_back(0);
            } catch (const std::exception& problem) {
                reply = failure(problem.what());
            } catch (...) {
                reply = failure("an exception of unknown type");
            }
            if (reply.size() > most_bytes) {
                reply = failure("an answer of " + std::to_string(reply.size()) +
                                " bytes, more than MPI sends at once");
            }
            MPI_Send(reply.data(), static_cast<int>(reply.size()), MPI_BYTE, 0, tag_reply, world_);
        }
    }

private:
    using clock = std::chrono::steady_clock;
    static constexpr int tag_job = 1, tag_reply = 2, tag_stop = 3;
    static constexpr std::size_t most_bytes = 0x7FFFFFFF; ///< of a message: MPI counts in int

    /// The reply that throws on rank 0.
    [[nodiscard]] static byte_vector failure(const std::string& text) {
        byte_vector reply(text.begin(), text.end());
        reply.push_back(1);
        return reply;
    }

    /// Sleep between two looks for a message; MPI itself waits at full power, and looking costs the threads
    /// that work. What took long to come may be found a little later.
    class patience {
    public:
        void sleep() const {
            using namespace std::chrono_literals;
            std::this_thread::sleep_for(
                std::clamp<clock::duration>((clock::now() - since_) / 64, 100us, 2ms));
        }

    private:
        clock::time_point since_ = clock::now();
    };

    void note(std::size_t bytes, clock::time_point begin) {
        traffic_.bytes += bytes;
        traffic_.seconds += std::chrono::duration<double>(clock::now() - begin).count();
    }

    byte_vector receive(const MPI_Status& status) {
        int count = 0;
        MPI_Get_count(&status, MPI_BYTE, &count);
        byte_vector bytes(static_cast<std::size_t>(count));
        const auto begin = clock::now();
        MPI_Recv(bytes.data(), count, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, world_, MPI_STATUS_IGNORE);
        note(bytes.size(), begin);
        return bytes;
    }

    MPI_Comm world_ = MPI_COMM_NULL;
    int rank_ = 0, size_ = 1;
    traffic traffic_;
};

} // namespace alwann::inline ALWANN_ABI
