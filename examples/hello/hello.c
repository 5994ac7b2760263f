#include <stdio.h>
#include <stdlib.h>

/* Greets whoever the first argument names, or what NAME in the environment says. */
int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : getenv("NAME");
  printf("Hello, %s, from a WebAssembly container!\n", name ? name : "sailor");
  return 0;
}
