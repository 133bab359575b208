// says: optimizer
// says: minimise
#include <alwann/search/problem.hpp>

struct lazy {};

template <alwann::optimizer O>
void search(const O&) {}

void start() {
    search(lazy{});
}
