// Shows what a guest gets from its host. The first argument names what to do; see the branches of main.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 1;
}

static int args(int argc, char **argv) {
  for (int i = 2; i < argc; i++) puts(argv[i]);
  return 0;
}

static int env(void) {
  for (char **entry = environ; entry && *entry; entry++) puts(*entry);
  return 0;
}

static int cat(FILE *from) {
  static char buffer[65536]; // too large for the stack
  size_t count;
  while ((count = fread(buffer, 1, sizeof buffer, from)) > 0)
    if (fwrite(buffer, 1, count, stdout) != count) return fail("write");
  return ferror(from) ? fail("read") : 0;
}

static int read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return fail(path);
  int result = cat(file);
  fclose(file);
  return result;
}

static int write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  if (!file) return fail(path);
  if (fputs(text, file) < 0 || fclose(file) != 0) return fail(path);
  return 0;
}

static int list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) return fail(path);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    count++;
    puts(entry->d_name);
  }
  closedir(directory);
  fprintf(stderr, "%d entries\n", count);
  return 0;
}

// Sleeps 20 ms and checks that at least that much time has passed on the monotonic clock.
static int nap(void) {
  struct timespec start, end, wait = {0, 20000000};
  clock_gettime(CLOCK_MONOTONIC, &start);
  if (nanosleep(&wait, NULL) != 0) return fail("nanosleep");
  clock_gettime(CLOCK_MONOTONIC, &end);
  long long passed = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
  puts(passed >= 20000000 ? "slept" : "woke too early");
  return passed >= 20000000 ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "hello";
  const char *operand = argc > 2 ? argv[2] : "";
  if (strcmp(what, "hello") == 0) return puts("hello from C") < 0;
  if (strcmp(what, "args") == 0) return args(argc, argv);
  if (strcmp(what, "env") == 0) return env();
  if (strcmp(what, "cat") == 0) return cat(stdin);
  if (strcmp(what, "read") == 0) return read_file(operand);
  if (strcmp(what, "write") == 0) return write_file(operand, argc > 3 ? argv[3] : "");
  if (strcmp(what, "list") == 0) return list(operand);
  if (strcmp(what, "stderr") == 0) return fputs("to stderr\n", stderr) < 0;
  if (strcmp(what, "sleep") == 0) return nap();
  if (strcmp(what, "exit") == 0) exit(atoi(operand));
  if (strcmp(what, "abort") == 0) abort();
  if (strcmp(what, "trap") == 0) __builtin_trap();
  if (strcmp(what, "wait") == 0) for (;;) sleep(1);
  if (strcmp(what, "loop") == 0) for (volatile int i = 0;; i++) {}
  fprintf(stderr, "unknown: %s\n", what);
  return 2;
}
