/*
 * The objects of static fields, two thousand small ones, which the framework allocates one by one when it starts: half of
 * the instructions of a start, since the heap of objects that do not move is made for large ones. Here they are cut out
 * of one allocation. The heap is a row of objects, and stays one: the collector's own type for free space holds the rest,
 * as if these objects had been allocated in turn. It is done only before the program's main function, when there is
 * one thread with managed code and nothing has been collected; the framework does it in any other case.
 */
#include <stddef.h>
#include <stdint.h>

/* MethodTable: flags, the highest of which marks arrays, and the size of an object including its header. */
struct type {
    uint32_t flags, size;
};

/* What free space begins with, as a row of bytes does. */
struct space {
    const struct type *type;
    uint64_t length;
};

#define HAS_FINALIZER 0x00100000u
#define IS_ARRAY 0x80000000u
#define DOES_NOT_MOVE 0x40u
/* What a row of bytes takes up beside its bytes; no object is smaller. */
#define LEAST 24
#define BLOCK (64 << 10)
#define LARGEST 1024

void __real_RhAllocateNewObject(const struct type *type, uint32_t flags, void **result);
int __real___managed__Main(int count, char **words);
void RhAllocateNewArray(const struct type *type, uint32_t count, uint32_t flags, void **result);
int32_t RhGetGcCollectionCount(int32_t generation, uint32_t special);
const struct type *free_space(void) __asm__("_ZN15GCToEEInterface24GetFreeObjectMethodTableEv");

static const struct type *space;
static char *next, *end;
static int is_over;

static int has_room(size_t size)
{
    void *block = NULL;
    if ((size_t)(end - next) >= size + LEAST) return 1;
    space = free_space();
    RhAllocateNewArray(space, BLOCK - LEAST, DOES_NOT_MOVE, &block);
    is_over = !block || RhGetGcCollectionCount(0, 0);
    next = block;
    end = next + BLOCK;
    return !is_over;
}

static int can_cut(const struct type *type, uint32_t flags)
{
    return !is_over && flags == DOES_NOT_MOVE && !(type->flags & (IS_ARRAY | HAS_FINALIZER)) && type->size >= LEAST
        && type->size <= LARGEST && type->size % 8 == 0 && has_room(type->size);
}

void __wrap_RhAllocateNewObject(const struct type *type, uint32_t flags, void **result)
{
    if (!can_cut(type, flags)) {
        __real_RhAllocateNewObject(type, flags, result);
        is_over |= RhGetGcCollectionCount(0, 0) != 0;
        return;
    }
    struct space *object = (struct space *)next;
    next += type->size;
    *(struct space *)next = (struct space){ space, (uint64_t)(end - next) - LEAST };
    *object = (struct space){ type, 0 };
    *result = object;
}

int __wrap___managed__Main(int count, char **words)
{
    is_over = 1;
    return __real___managed__Main(count, words);
}
