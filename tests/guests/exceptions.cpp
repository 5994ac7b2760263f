// Exceptions of C++: what the compiler emits for throwing, catching by type, rethrowing and unwinding. Debian's C++ runtime for
// WebAssembly has no part that handles them, so the few functions the compiler calls are at the end.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <typeinfo>
#include <vector>

struct Base {
  virtual ~Base() = default;
  virtual const char *name() const { return "base"; }
};
struct Derived : Base {
  const char *name() const override { return "derived"; }
};
struct Guard {
  const char *what;
  explicit Guard(const char *w) : what(w) {}
  ~Guard() { std::printf("leave %s\n", what); }
};

__attribute__((noinline)) static void thrower(int kind) {
  Guard guard("thrower");
  switch (kind) {
    case 1: throw 42;
    case 2: throw std::string("text");
    case 3: throw Derived();
    case 4: throw 2.5;
  }
}

__attribute__((noinline)) static int middle(int kind) {
  Guard guard("middle");
  try {
    thrower(kind);
  } catch (const std::string &text) {
    std::printf("string %s\n", text.c_str());
    throw;
  }
  return kind;
}

static int run(int kind) {
  try {
    return middle(kind);
  } catch (int value) {
    std::printf("int %d\n", value);
  } catch (const Derived &object) {
    std::printf("object %s\n", object.name());
  } catch (const std::string &text) {
    std::printf("again %s\n", text.c_str());
  } catch (...) {
    std::printf("something\n");
  }
  return -kind;
}

int main() {
  for (int kind = 0; kind < 5; kind++) std::printf("%d\n", run(kind));
  long sum = 0;
  for (int i = 0; i < 100000; i++) {
    try {
      std::vector<int> numbers(8, i);
      if (i % 2) throw i;
      sum += numbers[3];
    } catch (int odd) {
      sum -= odd;
    }
  }
  std::printf("%ld\n", sum);
  return 0;
}

// What follows stands in for libc++abi and libunwind, for exceptions that are caught by their own type or by `...`.
namespace {
struct Header {
  const std::type_info *type;
  // In WebAssembly a destructor returns its argument.
  void *(*destroy)(void *);
  int handlers;
};
struct Stack {
  void *object;
  Stack *next;
};
Stack *caught;

Header *header(void *object) { return reinterpret_cast<Header *>(static_cast<char *>(object) - 16); }

uintptr_t uleb(const uint8_t *&p) {
  uintptr_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *p++;
    value |= static_cast<uintptr_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

intptr_t sleb(const uint8_t *&p) {
  intptr_t value = 0;
  int shift = 0;
  uint8_t byte;
  do {
    byte = *p++;
    value |= static_cast<intptr_t>(byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80);
  return (byte & 0x40) && shift < 32 ? value | -(static_cast<intptr_t>(1) << shift) : value;
}
}  // namespace

extern "C" {
struct LandingPadContext {
  uintptr_t index;
  const uint8_t *table;
  uintptr_t selector;
};
LandingPadContext __wasm_lpad_context;

void *__cxa_allocate_exception(size_t size) noexcept {
  return static_cast<char *>(std::calloc(1, size + 16)) + 16;
}
void __cxa_free_exception(void *object) noexcept { std::free(header(object)); }

[[noreturn]] void __cxa_throw(void *object, std::type_info *type, void *(*destroy)(void *)) {
  *header(object) = {type, destroy, 0};
  __builtin_wasm_throw(0, object);
}

void *__cxa_begin_catch(void *object) noexcept {
  header(object)->handlers++;
  caught = new Stack{object, caught};
  return object;
}

void __cxa_end_catch() {
  Stack *top = caught;
  caught = top->next;
  Header *of = header(top->object);
  if (--of->handlers == 0) {
    if (of->destroy) of->destroy(top->object);
    std::free(of);
  }
  delete top;
}

[[noreturn]] void __cxa_rethrow() {
  header(caught->object)->handlers++;
  __builtin_wasm_throw(0, caught->object);
}

void *__cxa_get_exception_ptr(void *object) noexcept { return object; }

// Finds the clause of the landing pad that takes the exception, in the table that the compiler made (Itanium C++ ABI).
int _Unwind_CallPersonality(void *object) {
  const uint8_t *p = __wasm_lpad_context.table;
  if (*p++ != 0xff) std::abort();
  const uint8_t *types = nullptr;
  if (*p++ != 0xff) {
    uintptr_t offset = uleb(p);
    types = p + offset;
  }
  p++;
  uintptr_t length = uleb(p);
  const uint8_t *actions = p + length;
  uintptr_t action = 0;
  for (uintptr_t i = 0; i <= __wasm_lpad_context.index; i++) {
    uleb(p);
    action = uleb(p);
  }
  __wasm_lpad_context.selector = 0;
  if (action == 0) return 0;
  for (const uint8_t *a = actions + action - 1;;) {
    intptr_t type = sleb(a);
    const uint8_t *here = a;
    intptr_t next = sleb(a);
    const auto *wanted = type > 0 ? reinterpret_cast<const std::type_info *const *>(types)[-type] : nullptr;
    if (type > 0 && (wanted == nullptr || *wanted == *header(object)->type)) {
      __wasm_lpad_context.selector = type;
      return 0;
    }
    if (next == 0) return 0;
    a = here + next;
  }
}
}
