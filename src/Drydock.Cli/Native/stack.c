/*
 * Where the main thread's stack is, which the framework and the runtime both ask. The C library reads and parses the list
 * of all mappings for it; the kernel's own rule says as much: the stack ends behind the program's name, and the limit of
 * its size is kept free below. Hidden, so that other libraries keep theirs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
/* What the kernel keeps free for certain, whatever else it puts into the address space. */
#define LARGEST (64ul << 20)

static int ask_library(pthread_t thread, pthread_attr_t *attributes)
{
    int (*function)(pthread_t, pthread_attr_t *) = dlsym(RTLD_NEXT, "pthread_getattr_np");
    return function(thread, attributes);
}

__attribute__((visibility("hidden"))) int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    struct rlimit limit;
    const char *name = (const char *)getauxval(AT_EXECFN);
    int is_main = getpid() == gettid() && pthread_equal(thread, pthread_self());
    if (!is_main || !name || getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur < 4 * PAGE || limit.rlim_cur > LARGEST)
        return ask_library(thread, attributes);
    uintptr_t top = ((uintptr_t)name + strlen(name) + sizeof(void *) + PAGE) & -(uintptr_t)PAGE;
    size_t size = limit.rlim_cur & -(size_t)PAGE;
    int error = pthread_attr_init(attributes);
    return error ? error : pthread_attr_setstack(attributes, (void *)(top - size), size);
}
