#include "emulators/redis/parameters.h"

#include <stdio.h>

#include "common/assert.h"
#include "common/text.h"

struct redis_parameter_texts {
    struct slice text[1]; /* as many as there are parameters */
};

static size_t texts_size(void)
{
    return redis_parameter_count * sizeof(struct slice);
}

struct redis_parameter_texts *redis_parameters_create(struct redis *redis)
{
    return heap_zalloc(redis->host.heap, texts_size());
}

static void set_text(struct redis *redis, struct slice *text, struct slice value)
{
    heap_free(redis->host.heap, (void *)(uintptr_t)text->ptr, text->len + 1);
    *text = value;
}

void redis_parameters_destroy(struct redis *redis)
{
    if (!redis->parameters)
        return;
    for (size_t i = 0; i < redis_parameter_count; i++)
        if (redis->parameters->text[i].ptr)
            set_text(redis, &redis->parameters->text[i], slice_of(NULL, 0));
    heap_free(redis->host.heap, redis->parameters, texts_size());
}

bool redis_parameters_inherit(struct redis *fork, const struct redis *from)
{
    for (size_t i = 0; i < redis_parameter_count; i++) {
        struct slice text = from->parameters->text[i];
        if (!text.ptr)
            continue;
        uint8_t *copy = heap_alloc(fork->host.heap, text.len + 1);
        if (!copy)
            return false;
        memcpy(copy, text.ptr, text.len + 1);
        fork->parameters->text[i] = slice_of(copy, text.len);
    }
    return true;
}

const struct redis_parameter *redis_parameter_find(struct slice name)
{
    for (size_t i = 0; i < redis_parameter_count; i++) {
        const struct redis_parameter *parameter = &redis_parameters[i];
        if (slice_is(name, parameter->name) ||
            (parameter->alias && slice_is(name, parameter->alias)))
            return parameter;
    }
    return NULL;
}

struct slice redis_parameter_get(struct redis *redis, const struct redis_parameter *parameter,
                                 char scratch[256])
{
    struct slice text = redis->parameters->text[parameter - redis_parameters];
    if (text.ptr)
        return text;
    if (strcmp(parameter->name, "port") == 0)
        return slice_of(scratch, text_from_u64(scratch, redis->port));
    return slice_str(parameter->initial);
}

/* ---- values */

bool redis_parse_memory(struct slice text, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {
        {"",   1         },
        {"b",  1         },
        {"k",  1000      },
        {"kb", 1024      },
        {"m",  1000000   },
        {"mb", 1 << 20   },
        {"g",  1000000000},
        {"gb", 1 << 30   },
    };
    size_t digits = 0;
    uint64_t value = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.ptr[digits] - '0'), &value))
            value = UINT64_MAX;
        digits++;
    }
    if (text.len && text.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (slice_is(slice_from(text, digits), units[i].unit)) {
            *out = value * units[i].factor;
            return true;
        }
    return false;
}

static bool parse_octal(struct slice text, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7' || value > INT32_MAX)
            return false;
        value = value * 8 + (text.ptr[i] - '0');
    }
    *out = value;
    return text.len > 0;
}

/* A percentage is kept as a negative number. */
static bool parse_percent(struct slice text, int64_t *out)
{
    if (!text.len || text.ptr[text.len - 1] != '%' ||
        !text_to_i64(slice_of(text.ptr, text.len - 1), out) || *out < 0)
        return false;
    *out = -*out;
    return true;
}

static bool parse_number(const struct redis_parameter *parameter, struct slice text, int64_t *out,
                         const char **error)
{
    uint64_t bytes;
    if (parameter->flags & PARAMETER_PERCENT && parse_percent(text, out))
        return true;
    switch (parameter->kind) {
    case PARAMETER_MEMORY:
        if (redis_parse_memory(text, &bytes)) {
            *out = (int64_t)bytes;
            return true;
        }
        *error = parameter->flags & PARAMETER_PERCENT ? "argument must be a memory or percent value"
                                                      : "argument must be a memory value";
        return false;
    case PARAMETER_OCTAL: *error = "argument couldn't be parsed as an octal number"; break;
    default: *error = "argument couldn't be parsed into an integer";
    }
    return parameter->kind == PARAMETER_OCTAL ? parse_octal(text, out) : text_to_i64(text, out);
}

static bool check_bounds(struct arena *arena, const struct redis_parameter *parameter,
                         int64_t value, const char **error)
{
    const char *format = "argument must be between %lld and %lld inclusive";
    bool percent = parameter->flags & PARAMETER_PERCENT && value < 0;
    bool ok;
    if (parameter->flags & PARAMETER_UNSIGNED)
        ok = (uint64_t)value >= (uint64_t)parameter->min &&
             ((uint64_t)value <= (uint64_t)parameter->max || parameter->max == INT64_MAX);
    else
        ok = value >= parameter->min && value <= parameter->max;
    if (ok)
        return true;
    if (percent)
        *error = (const char *)arena_printf(arena,
                                            "percentage argument must be less or equal to "
                                            "%lld",
                                            (long long)-parameter->min)
                     .ptr;
    else if (parameter->kind == PARAMETER_OCTAL)
        *error = (const char *)arena_printf(
                     arena, "argument must be between %llo and %llo inclusive",
                     (unsigned long long)parameter->min, (unsigned long long)parameter->max)
                     .ptr;
    else
        *error = (const char *)arena_printf(arena, format, (long long)parameter->min,
                                            (long long)parameter->max)
                     .ptr;
    return false;
}

static struct slice print_number(struct arena *arena, const struct redis_parameter *parameter,
                                 int64_t value)
{
    if (parameter->flags & PARAMETER_PERCENT && value < 0)
        return arena_printf(arena, "%lld%%", (long long)-value);
    if (parameter->flags & PARAMETER_UNSIGNED && parameter->kind != PARAMETER_OCTAL)
        return arena_printf(arena, "%llu", (unsigned long long)value);
    return arena_printf(arena, parameter->kind == PARAMETER_OCTAL ? "%llo" : "%lld",
                        (long long)value);
}

static bool parse_enum(struct arena *arena, const struct redis_parameter *parameter,
                       struct slice value, int64_t *out, const char **error)
{
    struct slice all = slice_str("argument(s) must be one of the following: ");
    for (int64_t i = 0; parameter->words[i]; i++) {
        if (slice_is(value, parameter->words[i])) {
            *out = i;
            return true;
        }
        all = arena_printf(arena, "%.*s%s%s", SLICE_ARG(all), i ? ", " : "", parameter->words[i]);
    }
    *error = (const char *)all.ptr;
    return false;
}

/* The value as a number for the field, and the text that CONFIG GET will show. */
static bool parse_value(struct redis *redis, struct arena *arena,
                        const struct redis_parameter *parameter, struct slice value,
                        int64_t *number, struct slice *text, const char **error)
{
    switch (parameter->kind) {
    case PARAMETER_BOOL:
        *number = slice_is(value, "yes");
        *text = slice_str(*number ? "yes" : "no");
        *error = "argument must be 'yes' or 'no'";
        return *number || slice_is(value, "no");
    case PARAMETER_ENUM:
        if (!parse_enum(arena, parameter, value, number, error))
            return false;
        *text = slice_str(parameter->words[*number]);
        return true;
    case PARAMETER_STRING: *text = value; return true;
    case PARAMETER_SPECIAL:
        *text = redis_parameter_special(redis, arena, parameter, value, error);
        return text->ptr != NULL;
    case PARAMETER_INT:
    case PARAMETER_MEMORY:
    case PARAMETER_OCTAL: break;
    }
    if (!parse_number(parameter, value, number, error) ||
        !check_bounds(arena, parameter, *number, error))
        return false;
    *text = print_number(arena, parameter, *number);
    return true;
}

static void set_field(struct redis *redis, const struct redis_parameter *parameter, int64_t number)
{
    uint8_t *field = (uint8_t *)&redis->config + parameter->offset;
    if (parameter->size == sizeof(bool))
        *(bool *)(void *)field = number != 0;
    else if (parameter->size == sizeof(int))
        *(int *)(void *)field = (int)number;
    else if (parameter->size == sizeof(int64_t))
        *(int64_t *)(void *)field = number;
    else
        ASSERT(parameter->size == 0);
}

bool redis_parameter_set(struct redis *redis, struct arena *arena,
                         const struct redis_parameter *parameter, struct slice value,
                         const char **error)
{
    int64_t number = 0;
    struct slice text = {0};
    if (!parse_value(redis, arena, parameter, value, &number, &text, error))
        return false;
    /* The listener is the sandbox's; it stays where it is. */
    if (strcmp(parameter->name, "port") == 0 && redis->port && number != redis->port) {
        *error = "Unable to listen on this port. Check server logs.";
        return false;
    }
    uint8_t *copy = heap_alloc(redis->host.heap, text.len + 1);
    if (!copy) {
        *error = "out of memory";
        return false;
    }
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (!redis_parameter_apply(redis, parameter, slice_of(copy, text.len), error)) {
        heap_free(redis->host.heap, copy, text.len + 1);
        return false;
    }
    set_field(redis, parameter, number);
    struct slice *kept = &redis->parameters->text[parameter - redis_parameters];
    if (kept->ptr)
        set_text(redis, kept, slice_of(NULL, 0));
    *kept = slice_of(copy, text.len);
    return true;
}
