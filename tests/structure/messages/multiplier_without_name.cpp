// says: multiplier
// says: name\(\)
#include <alwann/multiplier/tabulate.hpp>

struct nameless {
    unsigned operator()(unsigned char x, unsigned char w) const { return x * w; }
};

auto products = alwann::tabulate(nameless{});
