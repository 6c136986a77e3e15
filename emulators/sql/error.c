#include "emulators/sql/error.h"

#include <stdarg.h>
#include <stdio.h>

void sql_error_begin(struct sql_error *error, struct arena *arena)
{
    *error = (struct sql_error){.arena = arena, .severity = SQL_ERROR};
}

static struct slice format_text(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text ? slice_of(text, (size_t)len) : slice_str("out of memory");
}

static void set_code(struct sql_error *error, const char *sqlstate)
{
    memcpy(error->sqlstate, sqlstate, 5);
    error->sqlstate[5] = '\0';
}

bool sql_fail(struct sql_error *error, const char *sqlstate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_code(error, sqlstate);
    error->message = format_text(error->arena, format, args);
    va_end(args);
    return false;
}

bool sql_fail_at(struct sql_error *error, int32_t location, const char *sqlstate,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_code(error, sqlstate);
    error->message = format_text(error->arena, format, args);
    va_end(args);
    error->position = location < 0 ? 0 : (uint32_t)location + 1;
    return false;
}

bool sql_fail_memory(struct sql_error *error)
{
    set_code(error, "53200");
    error->message = slice_str("out of memory");
    return false;
}

bool sql_detail(struct sql_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error->detail = format_text(error->arena, format, args);
    va_end(args);
    return false;
}

bool sql_hint(struct sql_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error->hint = format_text(error->arena, format, args);
    va_end(args);
    return false;
}

bool sql_context_line(struct sql_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice line = format_text(error->arena, format, args);
    va_end(args);
    if (error->context.len == 0) {
        error->context = line;
        return false;
    }
    struct slice both =
        arena_concat(error->arena, error->context, (struct slice)SLICE_LITERAL("\n"), line);
    if (both.ptr)
        error->context = both;
    return false;
}
