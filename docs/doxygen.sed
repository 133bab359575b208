# What Doxygen does not see: comparisons that the compiler writes, which need no words.
s/^ *friend (constexpr )?(bool|auto) operator(==|<=>)\(.*\) (noexcept )?= default;$//
