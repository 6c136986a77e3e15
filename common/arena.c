#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/sanitizer.h"

#define ARENA_CHUNK_MIN ((size_t)16 << 10)
#define ARENA_CHUNK_MAX \
    ((size_t)1 << 20) /* doubling stops here; one larger request may exceed it */
#define ARENA_ALIGN 16

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* with this header */
};

_Static_assert(sizeof(struct arena_chunk) % ARENA_ALIGN == 0, "the first allocation is aligned");

static void use_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    arena->chunks = chunk;
    arena->at = (uint8_t *)(chunk + 1);
    arena->end = (uint8_t *)chunk + chunk->size;
    SANITIZER_POISON(arena->at, (size_t)(arena->end - arena->at));
}

static void free_chunk(struct arena_chunk *chunk)
{
    SANITIZER_UNPOISON(chunk, chunk->size);
    free(chunk);
}

/* Frees chunks, newest first, up to `keep` (NULL: all). */
static void free_chunks_until(struct arena *arena, const struct arena_chunk *keep)
{
    while (arena->chunks != keep) {
        struct arena_chunk *older = arena->chunks->older;
        free_chunk(arena->chunks);
        arena->chunks = older;
    }
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_done(struct arena *arena)
{
    if (!arena)
        return;
    free_chunks_until(arena, NULL);
    arena_init(arena);
}

size_t arena_size(const struct arena *arena)
{
    size_t total = 0;
    for (const struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->older)
        total += chunk->size;
    return total;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *first = arena->chunks;
    while (first && first->older)
        first = first->older;
    /* A first chunk that one huge request made would be held for ever by an idle connection. */
    if (!first || first->size > ARENA_CHUNK_MIN) {
        arena_done(arena);
        return;
    }
    free_chunks_until(arena, first);
    use_chunk(arena, first);
}

static bool add_chunk(struct arena *arena, size_t room)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : ARENA_CHUNK_MIN;
    if (size > ARENA_CHUNK_MAX)
        size = ARENA_CHUNK_MAX;
    if (size < room + sizeof(struct arena_chunk))
        size = room + sizeof(struct arena_chunk);
    struct arena_chunk *chunk = malloc(size);
    if (!chunk)
        return false;
    *chunk = (struct arena_chunk){.older = arena->chunks, .size = size};
    use_chunk(arena, chunk);
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > ARENA_ALLOC_MAX)
        return NULL;
    /* Never 0, so that two allocations never share an address. */
    size_t taken = size ? (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
    if ((size_t)(arena->end - arena->at) < taken && !add_chunk(arena, taken))
        return NULL;
    uint8_t *block = arena->at;
    arena->at += taken;
    SANITIZER_UNPOISON(block, size);
    return block;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    void *block = arena_alloc(arena, size);
    if (block)
        memset(block, 0, size);
    return block;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(arena, bytes);
}

struct slice arena_dup(struct arena *arena, struct slice bytes)
{
    uint8_t *copy = bytes.len < ARENA_ALLOC_MAX ? arena_alloc(arena, bytes.len + 1) : NULL;
    if (!copy)
        return slice_of(NULL, 0);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = 0;
    return slice_of(copy, bytes.len);
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return slice_of(NULL, 0);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return slice_of(text, (size_t)len);
}

struct slice arena_concat(struct arena *arena, struct slice a, struct slice b, struct slice c)
{
    const struct slice parts[] = {a, b, c};
    size_t at = 0;
    uint8_t *bytes = arena_alloc(arena, a.len + b.len + c.len + 1);
    for (int i = 0; bytes && i < 3; i++) {
        if (parts[i].len)
            memcpy(bytes + at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    return slice_of(bytes, at);
}
