// says: residual: the result of the layers has another shape than their input
#include <alwann/nn/sequential.hpp>

namespace layer = alwann::layer;

constexpr auto layers = alwann::sequential(layer::conv2d<16>{}, alwann::residual(layer::conv2d<32>{}));
constexpr auto count = alwann::static_network<alwann::image_shape{8, 8, 3}, decltype(layers)>::weights;
