// says: compensation
// says: c.name\(\)
#include <alwann/compensation/any_compensation.hpp>

struct mute {
    static bool needs_samples() { return false; }
    void compensate(const alwann::layer_context&, alwann::layer_setting&) const {}
};

alwann::any_compensation how{mute{}};
auto both = alwann::compose(mute{}, alwann::no_compensation{});
