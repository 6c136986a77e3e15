/* Arrays to delimited text and back. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/text.h"

/* Elements behind one another, whatever the dimensions; NULLs are left out unless they are shown. */
static bool join(struct sql_call *call, struct datum value, struct slice delimiter,
                 const struct datum *null, struct datum *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    const struct sql_type *element = sql_call_find_type(call, array.element);
    struct sql_bytes text = sql_bytes_begin(call);
    bool first = true;
    if (!element)
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum e = sql_array_get(&array, i);
        if (e.null && null->null)
            continue;
        if (!first)
            sql_bytes_add_slice(&text, delimiter);
        first = false;
        if (e.null)
            sql_bytes_add_slice(&text, datum_slice(*null));
        else if (!sql_type_output(call, element, e, &text))
            return false;
    }
    return sql_give_bytes(call, out, &text);
}

static bool array_to_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum null = datum_null();
    return join(call, args[0], datum_slice(args[1]), &null, out);
}

static bool array_to_text_null(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null || args[1].null)
        return sql_give_null(out);
    return join(call, args[0], datum_slice(args[1]), &args[2], out);
}

/* The fields of a text. */
struct splitter {
    struct slice rest;
    struct slice delimiter;
    bool characters; /* no delimiter: each character is a field */
    bool done;
};

static void split_begin(const struct datum *args, struct splitter *out)
{
    *out = (struct splitter){.rest = datum_slice(args[0]), .characters = args[1].null};
    if (!args[1].null)
        out->delimiter = datum_slice(args[1]);
    out->done = args[0].null || args[0].len == 0;
}

/* False after the last field. */
static bool split_next(struct splitter *splitter, struct slice *out)
{
    struct slice rest = splitter->rest;
    if (splitter->done)
        return false;
    if (splitter->characters) {
        *out = sql_text_prefix(rest, 1);
        splitter->rest = slice_from(rest, out->len);
        splitter->done = splitter->rest.len == 0;
        return true;
    }
    size_t found = splitter->delimiter.len ? sql_text_find(rest, splitter->delimiter) : SIZE_MAX;
    size_t at = found == SIZE_MAX ? rest.len : found;
    *out = slice_of(rest.ptr, at);
    splitter->done = at == rest.len;
    splitter->rest = slice_from(rest, at + splitter->delimiter.len);
    return true;
}

/* A field that equals the third argument is NULL. */
static struct datum field_value(struct sql_call *call, const struct datum *args, struct slice field)
{
    if (call->argc > 2 && !args[2].null && slice_eq(field, datum_slice(args[2])))
        return datum_null();
    return datum_bytes(field);
}

static bool text_to_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct splitter splitter;
    struct slice field;
    struct sql_array_builder builder;
    const struct sql_type *element = sql_call_find_type(call, call->result_type->element);
    if (args[0].null)
        return sql_give_null(out);
    if (!element)
        return false;
    sql_array_builder_init(&builder, call->arena, element);
    if (!sql_require_searchable(call))
        return false;
    split_begin(args, &splitter);
    while (split_next(&splitter, &field))
        if (!sql_array_builder_add(call, &builder, field_value(call, args, field)) ||
            !sql_call_check(call))
            return false;
    return sql_array_builder_finish(call, &builder, out);
}

static bool text_to_table(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct splitter *splitter = call->set_state;
    struct slice field;
    if (!splitter) {
        struct datum kept[2] = {args[0], args[1]};
        splitter = arena_alloc(call->set_arena, sizeof(*splitter));
        if (!splitter)
            return sql_fail_memory(call->env->error);
        for (unsigned i = 0; i < 2; i++) {
            struct slice copy = {0};
            if (kept[i].null)
                continue;
            copy = arena_dup(call->set_arena, datum_slice(kept[i]));
            if (!copy.ptr)
                return sql_fail_memory(call->env->error);
            kept[i] = datum_bytes(copy);
        }
        split_begin(kept, splitter);
        call->set_state = splitter;
    }
    if (!split_next(splitter, &field))
        return call->done = true;
    *out = field_value(call, args, field);
    return true;
}

/* Names of the types with these ids. */
static bool vector_types(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    struct sql_bytes text = sql_bytes_begin(call);
    sql_array_open(args[0], &array);
    for (uint32_t i = 0; i < array.count; i++) {
        const struct sql_type *type =
            sql_call_find_type(call, (uint32_t)sql_array_get(&array, i).u);
        if (!type)
            return false;
        if (i > 0)
            sql_bytes_add_str(&text, ", ");
        sql_bytes_add_slice(&text, sql_type_shown(call, type));
    }
    return sql_give_bytes(call, out, &text);
}

const struct sql_builtin sql_array_text_builtins[] = {
    {"array_to_text",      array_to_text     },
    {"array_to_text_null", array_to_text_null},
    {"text_to_array",      text_to_array     },
    {"text_to_array_null", text_to_array     },
    {"text_to_table",      text_to_table     },
    {"text_to_table_null", text_to_table     },
    {"oidvectortypes",     vector_types      },
    {NULL,                 NULL              },
};
