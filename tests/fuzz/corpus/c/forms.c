// MAE% = 24.71 %
// MSE = 72829.102e2
// PDK45_PWR = 0.0040 mW
#include <stdint.h>
uint64_t mul8u_forms(const uint64_t B,const uint64_t A)
{
  uint64_t dout_1, dout_2; uint64_t O;
  int wa[8];
  uint8_t n1 = (A >> 7) & 0x1, n2 = (B >> 7) & 1; /* set here */
  dout_1=((B >> 7)&1)&((A >> 7)&1);
  dout_2=(dout_1|((A >> 6)&1))^0xFFFFFFFFFFFFFFFFU; n1 = dout_2^1;
  wa[0] = ~(n1 & n2); wa[1+1] = wa[0];
  O = 0;
  O |= (dout_1&1) << 14;
  O |= (0&1) << 13; // nothing
  O = O | ((uint64_t)(wa[2] & 1) << 1);
  return O;
}
