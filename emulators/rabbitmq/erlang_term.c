#include "emulators/rabbitmq/erlang_term.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

struct text {
    char *at;
    size_t room; /* the NUL included */
};

static void put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->at, text->room, format, args);
    va_end(args);
    size_t used = (size_t)len < text->room ? (size_t)len : text->room - 1;
    text->at += used;
    text->room -= used;
}

/* ---- binaries: text in Latin-1 if all of it can be printed, else numbers */

static const char special[] = "\b\t\n\v\f\r\x1b\"\\", escapes[] = "btnvfre\"\\";

static bool is_printable(uint8_t c)
{
    return (c >= ' ' && c < 0x7f) || c >= 0xa0 || (c && strchr(special, c));
}

static void put_char(struct text *text, uint8_t c)
{
    const char *at = strchr(special, c);
    if (at)
        put(text, "\\%c", escapes[at - special]);
    else
        put(text, "%c", c);
}

static void put_binary(struct text *text, struct slice bytes)
{
    bool printable = bytes.len > 0;
    for (size_t i = 0; i < bytes.len && printable; i++)
        printable = is_printable(bytes.ptr[i]);
    put(text, printable ? "<<\"" : "<<");
    for (size_t i = 0; i < bytes.len && text->room > 1; i++)
        if (printable)
            put_char(text, bytes.ptr[i]);
        else
            put(text, i ? ",%u" : "%u", bytes.ptr[i]);
    put(text, printable ? "\">>" : ">>");
}

/* ---- values */

/* A float has a point always. */
static void put_double(struct text *text, double value)
{
    char digits[TEXT_DOUBLE_MAX];
    size_t len = text_from_double_shortest(digits, value), mantissa = 0;
    while (mantissa < len && digits[mantissa] != 'e')
        mantissa++;
    bool has_point = memchr(digits, '.', mantissa) != NULL;
    put(text, "%.*s%s", (int)mantissa, digits, has_point ? "" : ".0");
    if (mantissa < len)
        put(text, "e%ld", strtol(digits + mantissa + 1, NULL, 10));
}

static void put_value(struct text *text, const struct amqp_value *value);

static void put_table(struct text *text, struct slice table)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct slice name;
    struct amqp_value value;
    const char *before = "";
    put(text, "[");
    for (; text->room > 1 && amqp_table_next(&iter, &name, &value); before = ",") {
        put(text, "%s{", before);
        put_binary(text, name);
        put(text, ",%s,", amqp_type_name(value.type));
        put_value(text, &value);
        put(text, "}");
    }
    put(text, "]");
}

static void put_array(struct text *text, struct slice array)
{
    struct amqp_table_iter iter = amqp_table_begin(array);
    struct amqp_value value;
    const char *before = "";
    put(text, "[");
    for (; text->room > 1 && amqp_array_next(&iter, &value); before = ",") {
        put(text, "%s{%s,", before, amqp_type_name(value.type));
        put_value(text, &value);
        put(text, "}");
    }
    put(text, "]");
}

/* As deep as tables nest (AMQP_TABLE_DEPTH_MAX). */
static void put_value(struct text *text, const struct amqp_value *value)
{
    switch (value->type) {
    case 't': put(text, value->boolean ? "true" : "false"); break;
    case 'f':
    case 'd': put_double(text, value->real); break;
    case 'S':
    case 'x': put_binary(text, value->bytes); break;
    case 'T': put(text, "%" PRIu64, value->timestamp); break;
    case 'D': put(text, "{%u,%" PRIu32 "}", value->decimal.scale, value->decimal.digits); break;
    case 'A': put_array(text, value->bytes); break;
    case 'F': put_table(text, value->bytes); break;
    case 'V': put(text, "undefined"); break;
    default: put(text, "%" PRId64, value->integer);
    }
}

const char *rabbit_erlang_binary(struct slice bytes, char *out, size_t size)
{
    struct text text = {out, size};
    put_binary(&text, bytes);
    return out;
}

const char *rabbit_erlang_value(const struct amqp_value *value, char *out, size_t size)
{
    struct text text = {out, size};
    put_value(&text, value);
    return out;
}
