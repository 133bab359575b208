// SPDX-License-Identifier: MIT
// Calls into what each target is supposed to bring along.
#ifdef CONSUMER_WHOLE
#include <alwann/alwann.hpp>
#else
#include <alwann/core/version.hpp>
#include <alwann/multiplier/table.hpp>
#endif

#include <boost/hana/tuple.hpp>
#include <xsimd/xsimd.hpp>
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

#ifdef CONSUMER_HAS_onnx
#include <onnx/onnx_pb.h>
#endif
#ifdef CONSUMER_HAS_json
#include <nlohmann/json.hpp>
#endif
#ifdef CONSUMER_HAS_compressed
#include <lzma.h>
#include <zlib.h>
#endif
#ifdef CONSUMER_HAS_tbb
#include <alwann/core/tbb_executor.hpp>
#endif

#ifdef CONSUMER_HAS_sqlite
#include <alwann/io/sqlite_archive.hpp>
#endif

#include <cstdio>
#include <string>

#ifdef CONSUMER_HAS_separate_compressed
#include <alwann/report/png.hpp>
#endif
#ifdef CONSUMER_HAS_separate
#include <alwann/circuit/families.hpp>

std::string truncated_in_verilog();
#endif

int main() {
    std::printf("alwann %d\n", alwann::version);
#ifdef CONSUMER_HAS_onnx
    onnx::ModelProto model;
    model.mutable_graph()->set_name("empty");
    std::printf("onnx %zu\n", model.ByteSizeLong());
#endif
#ifdef CONSUMER_HAS_json
    std::printf("json %s\n", nlohmann::json{{"a", 1}}.dump().c_str());
#endif
#ifdef CONSUMER_HAS_compressed
    std::printf("compressed %s %s\n", zlibVersion(), lzma_version_string());
#endif
#ifdef CONSUMER_HAS_tbb
    std::printf("tbb %zu\n", alwann::tbb_executor{}.concurrency());
#endif
#ifdef CONSUMER_HAS_sqlite
    std::printf("sqlite %zu\n", alwann::sqlite_archive(":memory:").size());
#endif
#ifdef CONSUMER_HAS_separate
    std::printf("separate %zu %zu\n", truncated_in_verilog().size(),
                alwann::circuits::truncation(2, 2).gates().size());
#endif
#ifdef CONSUMER_HAS_separate_compressed
    std::printf("base64 %s\n", alwann::to_base64("alwann").c_str());
#endif
    return alwann::version > 0 ? 0 : 1;
}
