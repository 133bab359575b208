// says: multiplier
// says: m\(x, w\)
#include <alwann/multiplier/tabulate.hpp>

struct square {
    unsigned operator()(unsigned char x) const { return x * x; }
    static const char* name() { return "square"; }
};

auto products = alwann::tabulate(square{});
