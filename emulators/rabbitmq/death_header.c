#include "emulators/rabbitmq/death_header.h"

#include <stdlib.h>

#include "protocols/amqp/amqp_table.h"

static void put_str(struct amqp_table_writer *w, const char *name, struct slice text)
{
    amqp_table_put_bytes(w, slice_str(name), 'S', text);
}

static void put_keys(struct amqp_table_writer *w, const struct rabbit_death_note *death)
{
    struct amqp_value list, key;
    amqp_table_begin_array(w, slice_str("routing-keys"));
    amqp_table_put_bytes(w, slice_of(NULL, 0), 'S', death->routing_key);
    if (amqp_table_get(death->headers, slice_str("CC"), &list) && list.type == 'A') {
        struct amqp_table_iter iter = amqp_table_begin(list.bytes);
        while (amqp_array_next(&iter, &key))
            if (key.type == 'S')
                amqp_table_put_bytes(w, slice_of(NULL, 0), 'S', key.bytes);
    }
    amqp_table_end(w);
}

/* RabbitMQ writes the first death's table in this order, and sorts the tables by name later. */
static void put_first(struct amqp_table_writer *w, const struct rabbit_death_note *death)
{
    amqp_table_put_integer(w, slice_str("count"), 'l', 1);
    put_str(w, "reason", slice_str(death->reason));
    put_str(w, "queue", death->queue);
    amqp_table_put_integer(w, slice_str("time"), 'T', death->time_s);
    put_str(w, "exchange", death->exchange);
    put_keys(w, death);
    if (death->expiration.ptr)
        put_str(w, "original-expiration", death->expiration);
}

static void put_sorted(struct amqp_table_writer *w, const struct rabbit_death_note *death)
{
    amqp_table_put_integer(w, slice_str("count"), 'l', 1);
    put_str(w, "exchange", death->exchange);
    if (death->expiration.ptr)
        put_str(w, "original-expiration", death->expiration);
    put_str(w, "queue", death->queue);
    put_str(w, "reason", slice_str(death->reason));
    put_keys(w, death);
    amqp_table_put_integer(w, slice_str("time"), 'T', death->time_s);
}

struct field {
    struct slice name;
    struct amqp_value value;
};

static int compare_fields(const void *a, const void *b)
{
    return slice_compare(((const struct field *)a)->name, ((const struct field *)b)->name);
}

/* A table's fields sorted by name; the caller frees them. NULL of an empty one, or when out of memory. */
static struct field *read_sorted(struct slice table, size_t *out_count)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct field *fields = NULL, one;
    size_t count = 0, room = 0;
    *out_count = 0;
    while (amqp_table_next(&iter, &one.name, &one.value)) {
        if (count == room) {
            struct field *more = realloc(fields, (room = room ? room * 2 : 16) * sizeof(*fields));
            if (!more) {
                free(fields);
                return NULL;
            }
            fields = more;
        }
        fields[count++] = one;
    }
    if (count)
        qsort(fields, count, sizeof(*fields), compare_fields);
    *out_count = count;
    return fields;
}

/* Copies a table sorted by name, with one death more in its count. */
static void put_counted(struct amqp_table_writer *w, struct slice table)
{
    size_t count;
    struct field *fields = read_sorted(table, &count);
    int64_t deaths;
    for (size_t i = 0; i < count; i++)
        if (slice_eq_str(fields[i].name, "count") && amqp_value_to_i64(&fields[i].value, &deaths))
            amqp_table_put_integer(w, fields[i].name, 'l', deaths + 1);
        else
            amqp_table_put_raw(w, fields[i].name, fields[i].value.raw);
    free(fields);
}

static bool is_text(struct slice table, const char *name, struct slice text)
{
    struct amqp_value value;
    return amqp_table_get(table, slice_str(name), &value) && value.type == 'S' &&
           slice_eq(value.bytes, text);
}

static bool is_same(const struct amqp_value *old, const struct rabbit_death_note *death)
{
    return old->type == 'F' && is_text(old->bytes, "queue", death->queue) &&
           is_text(old->bytes, "reason", slice_str(death->reason));
}

/* Clients may write deaths of their own: those that do not say how many they stand for are none. */
static bool is_counted(struct slice table)
{
    struct amqp_value count;
    int64_t deaths;
    return amqp_table_get(table, slice_str("count"), &count) && amqp_value_to_i64(&count, &deaths);
}

/* The newest first: this one, counted up where it has been before, then all others. */
static void put_deaths(struct amqp_table_writer *w, const struct amqp_value *old,
                       const struct rabbit_death_note *death)
{
    struct amqp_table_iter iter = amqp_table_begin(old->bytes);
    struct amqp_value item;
    bool seen = false;
    amqp_table_begin_array(w, slice_str("x-death"));
    amqp_table_begin_table(w, slice_of(NULL, 0));
    while (!seen && amqp_array_next(&iter, &item))
        if ((seen = is_same(&item, death)))
            put_counted(w, item.bytes);
    if (!seen)
        put_sorted(w, death);
    amqp_table_end(w);
    for (iter = amqp_table_begin(old->bytes); amqp_array_next(&iter, &item);)
        if (item.type == 'F' && is_counted(item.bytes) && !is_same(&item, death))
            amqp_table_put_raw(w, slice_of(NULL, 0), item.raw);
    amqp_table_end(w);
}

static void put_only_death(struct amqp_table_writer *w, const struct rabbit_death_note *death)
{
    amqp_table_begin_array(w, slice_str("x-death"));
    amqp_table_begin_table(w, slice_of(NULL, 0));
    put_first(w, death);
    amqp_table_end(w);
    amqp_table_end(w);
    put_str(w, "x-first-death-exchange", death->exchange);
    put_str(w, "x-first-death-queue", death->queue);
    put_str(w, "x-first-death-reason", slice_str(death->reason));
}

/* What stands in the header instead of the new names, at its place in the order. */
static bool is_replaced(struct slice name, bool first, bool drop_cc)
{
    static const char *const names[] = {"x-first-death-exchange", "x-first-death-queue",
                                        "x-first-death-reason"};
    if (slice_eq_str(name, "x-death") || (drop_cc && slice_eq_str(name, "CC")))
        return true;
    for (size_t i = 0; first && i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_eq_str(name, names[i]))
            return true;
    return false;
}

void rabbit_death_put_headers(struct outq *out, const struct rabbit_death_note *death, bool drop_cc)
{
    struct amqp_table_writer w;
    struct amqp_value old;
    bool first = !amqp_table_get(death->headers, slice_str("x-death"), &old) || old.type != 'A';
    bool written = false;
    size_t count;
    struct field *fields = read_sorted(death->headers, &count);
    amqp_table_writer_init(&w, out);
    for (size_t i = 0; i <= count; i++) {
        bool is_behind = i == count || slice_compare(fields[i].name, slice_str("x-death")) >= 0;
        if (!written && is_behind) {
            if (first)
                put_only_death(&w, death);
            else
                put_deaths(&w, &old, death);
            written = true;
        }
        if (i < count && !is_replaced(fields[i].name, first, drop_cc))
            amqp_table_put_raw(&w, fields[i].name, fields[i].value.raw);
    }
    free(fields);
}

/* ---- cycles */

bool rabbit_death_is_cycle(const struct rabbit_message *message, struct slice queue)
{
    struct amqp_value deaths, item;
    bool rejected = false;
    if (!amqp_table_get(rabbit_message_headers(message), slice_str("x-death"), &deaths) ||
        deaths.type != 'A')
        return false;
    struct amqp_table_iter iter = amqp_table_begin(deaths.bytes);
    while (amqp_array_next(&iter, &item)) {
        if (item.type != 'F')
            continue;
        rejected = rejected || is_text(item.bytes, "reason", slice_str("rejected"));
        if (is_text(item.bytes, "queue", queue))
            return !rejected;
    }
    return false;
}
