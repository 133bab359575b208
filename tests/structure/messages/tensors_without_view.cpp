// says: tensor_policy
// says: view
#include <alwann/kernel/convolve.hpp>
#include <alwann/multiplier/exact.hpp>

struct blind_tensors {
    template <class T, std::size_t Rank>
    using tensor = alwann::plain_tensor<T, Rank>;

    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents);
};

alwann::tensor_view<const std::uint8_t, 4> codes;
auto sums = alwann::convolve<blind_tensors>(codes, codes, alwann::exact{});
