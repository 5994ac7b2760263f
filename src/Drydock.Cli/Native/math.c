/*
 * All that the framework asks libm for: its thread pool looks for the best number of threads with a sine, a cosine and a
 * power, and .NET 10 draws the allocations that it samples with a logarithm; the processor's own instructions are exact
 * enough for that. Without libm a start maps one library less. Hidden, so that other libraries keep theirs.
 */
#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN double sin(double x)
{
    long double value = x;
    __asm__("fsin" : "+t"(value));
    return (double)value;
}

HIDDEN double cos(double x)
{
    long double value = x;
    __asm__("fcos" : "+t"(value));
    return (double)value;
}

HIDDEN double log(double x)
{
    long double value;
    __asm__("fyl2x" : "=t"(value) : "0"((long double)x), "u"(0.693147180559945309417232121458176568L) : "st(1)");
    return (double)value;
}

/* Of a base that is not negative. */
HIDDEN double pow(double base, double exponent)
{
    long double product, whole, power;
    if (base == 0 || exponent == 0) return exponent == 0;
    __asm__("fyl2x" : "=t"(product) : "0"((long double)base), "u"((long double)exponent) : "st(1)");
    whole = product;
    __asm__("frndint" : "+t"(whole));
    power = product - whole;
    __asm__("f2xm1" : "+t"(power));
    power += 1;
    __asm__("fscale" : "+t"(power) : "u"(whole));
    return (double)power;
}
