int f(int8_t a, unsigned char b);
unsigned f(int8_t a, unsigned char b){long long c=a;c+=b*3;c-=-1;c<<=2;c>>=1;return(uint16_t)(c==b?~c:!a&&b||c!=7);}
