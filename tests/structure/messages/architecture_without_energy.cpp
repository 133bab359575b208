// says: architecture
#include <alwann/accelerator/architecture.hpp>

struct nothing {};

template <alwann::architecture A>
void build(const A&) {}

void start() {
    build(nothing{});
}
