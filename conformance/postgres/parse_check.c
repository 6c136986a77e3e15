/* Judges SQL as the parser does: reads statements, each followed by a NUL, from standard input and
 * writes a line for each, "ok" or "error POSITION MESSAGE", where POSITION is the character counted
 * from 1. For comparing the parser with another one over many statements. */
#include <stdio.h>
#include <stdlib.h>

#include "emulators/postgres/syntax/parse.h"

/* All of the input; exits when there is no memory for it. */
static struct slice read_input(void)
{
    size_t room = 1 << 20, len = 0, got;
    uint8_t *bytes = malloc(room);
    while (bytes && (got = fread(bytes + len, 1, room - len, stdin)) > 0) {
        len += got;
        if (len == room)
            bytes = realloc(bytes, room *= 2);
    }
    if (!bytes)
        exit(1);
    return slice_of(bytes, len);
}

static unsigned character_at(struct slice text, uint32_t position)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < position && i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return position > text.len ? count + 1 : count;
}

static void judge(struct arena *arena, struct slice text)
{
    struct sql_error error;
    struct ast_list list = {0};
    sql_error_begin(&error, arena);
    if (pg_parse(arena, text, &pg_parse_options_default, &list, &error)) {
        puts("ok");
        return;
    }
    printf("error %u ", character_at(text, error.position));
    for (size_t i = 0; i < error.message.len; i++)
        putchar(error.message.ptr[i] == '\n' ? ' ' : error.message.ptr[i]);
    putchar('\n');
}

int main(void)
{
    struct slice in = read_input();
    struct arena arena;
    arena_init(&arena);
    for (size_t at = 0; at < in.len;) {
        const uint8_t *end = memchr(in.ptr + at, '\0', in.len - at);
        size_t len = end ? (size_t)(end - in.ptr) - at : in.len - at;
        judge(&arena, slice_of(in.ptr + at, len));
        arena_reset(&arena);
        at += len + 1;
    }
    arena_done(&arena);
    free((void *)(uintptr_t)in.ptr);
    return 0;
}
