int16_t mul3s_a(int8_t A, int8_t B)
{
  int16_t P, P_;
  uint8_t tmp, S_0_1 = 1;
  tmp = S_0_1^(((A>>2)&1) & ((B>>1)&1));
  P_ = (((tmp & 1)<<1)|((S_0_1 & 1)<<3)) + ((1 & 1)<<0);
  P = 0;
  P |= ((P_ >> 2) & 1) << 4;
  return P;
}
