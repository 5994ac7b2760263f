/* Sorts a table when it is initialised: at build time with a snapshot, at the first use without. */
#include <stdio.h>
#include <stdlib.h>

static unsigned *table;
static int count;
static int initialised;

static int compare(const void *a, const void *b) {
  unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
  return x < y ? -1 : x > y;
}
static int (*order)(const void *, const void *);

__attribute__((export_name("wizer.initialize"))) void initialise(void) {
  unsigned state = 1;
  count = 100000;
  table = malloc(count * sizeof *table);
  for (int i = 0; i < count; i++) table[i] = state = state * 1664525 + 1013904223;
  order = compare;
  qsort(table, count, sizeof *table, order);
  initialised++;
}

int main(int argc, char **argv) {
  int before = initialised;
  if (!before) initialise();
  unsigned sum = 0;
  for (int i = 1; i < count; i++) sum += (order(&table[i - 1], &table[i]) <= 0) * (unsigned)i ^ table[i];
  printf("%s %d %u\n", before ? "ready" : "fresh", argc, sum);
  return 0;
}
