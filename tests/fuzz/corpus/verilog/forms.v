/* PDK45_PWR = 0.031 mW */
`timescale 1ns/1ps
(* keep *) module mul8u_forms ( A, B, O );
  input [7:0] A, B;
  output [15:0] O; wire [15:0] O;
  wire n1, n2, n3 = A[0] ^~ B[0];
  wire [3:0] v;
  wire \odd.name[3] ;
  assign v = {A[7], B[7:6], 1'b1}, \odd.name[3] = !(v[3] & n1);
  nand g1 (n1, A[1], B[1], A[2]);
  not (n2, later), (O[1], n1);
  AND2X1 U7 ( .A(A[6] & B[6]), .B(~n3), .Y(O[2]) );
  HAX1 U8 (.A(v[0]), .YS(O[3]), .YC(O[4]), .B(n2));
  FAX1 U9 (A[3], B[3], n3, O[5], O[6]);
  AOI21X1 U10 ( .A(A[4]), .B(B[4]), .C(\odd.name[3] ), .Y(later) );
  sub s (.in({A[5], B[5]}), .out(O[8:7]));
  assign O[15:9] = {7{later}}, O[0] = n2 ? A[0] : B[0];
endmodule
module sub(in, out);
  input [1:0] in;
  output [1:0] out;
  MUX2X1 U1 ( in[0], in[1], in[0], out[0] );
  assign out[1] = ^in & |in | &in;
endmodule
