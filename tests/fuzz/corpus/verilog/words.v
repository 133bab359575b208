module m(input signed [3:0] A, B, output [7:0] O);
assign {O[7:4], O[3:0]} = A * B + 8'h0F - (A == B) << 1;
endmodule
