/* Changed copies of jsonb values: ||, -, #-, jsonb_set, jsonb_insert, strip_nulls. */
#include "common/fiber.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonb.h"

enum { STACK_NEEDED = 8 * 1024 };

static struct sql_jsonb child(const struct sql_jsonb *container, uint32_t index)
{
    return container->kind == SQL_JSONB_KIND_OBJECT ? sql_jsonb_member(container, index)
                                                    : sql_jsonb_element(container, index);
}

/* Adds a child as it is. */
static bool keep(struct sql_jsonb_builder *builder, const struct sql_jsonb *container,
                 uint32_t index)
{
    if (container->kind == SQL_JSONB_KIND_OBJECT)
        sql_jsonb_add_key(builder, sql_jsonb_key(container, index));
    return sql_jsonb_add(builder, child(container, index));
}

static bool keep_all(struct sql_jsonb_builder *builder, const struct sql_jsonb *container)
{
    for (uint32_t i = 0; i < sql_jsonb_count(container); i++)
        if (!keep(builder, container, i))
            return false;
    return true;
}

/* ---- || */

/* An array's elements, or a value that becomes an element. */
static bool append(struct sql_jsonb_builder *builder, const struct sql_jsonb *value)
{
    return value->kind == SQL_JSONB_KIND_ARRAY ? keep_all(builder, value)
                                               : sql_jsonb_add(builder, *value);
}

static bool jsonb_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb a = sql_jsonb_open(args[0]), b = sql_jsonb_open(args[1]);
    bool objects = a.kind == SQL_JSONB_KIND_OBJECT && b.kind == SQL_JSONB_KIND_OBJECT;
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, objects))
        return false;
    bool ok = objects ? keep_all(&builder, &a) && keep_all(&builder, &b)
                      : append(&builder, &a) && append(&builder, &b);
    return ok && sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

/* ---- deleting at the top */

static bool fail_scalar(struct sql_call *call)
{
    return sql_fail(call->env->error, "22023", "cannot delete from scalar");
}

static bool is_deleted(const struct sql_jsonb *top, uint32_t index, const struct sql_array *keys,
                       struct slice key)
{
    struct sql_jsonb item = {
        SQL_JSONB_KIND_STRING, {NULL, 0}
    };
    if (top->kind == SQL_JSONB_KIND_OBJECT)
        item.bytes = sql_jsonb_key(top, index);
    else
        item = sql_jsonb_element(top, index);
    if (item.kind != SQL_JSONB_KIND_STRING)
        return false;
    if (!keys)
        return slice_eq(item.bytes, key);
    for (uint32_t i = 0; i < keys->count; i++) {
        struct datum one = sql_array_get(keys, i);
        if (!one.null && slice_eq(item.bytes, datum_slice(one)))
            return true;
    }
    return false;
}

static bool delete_keys(struct sql_call *call, struct datum value, const struct sql_array *keys,
                        struct slice key, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(value);
    struct sql_jsonb_builder builder;
    if (!sql_jsonb_is_container(&top))
        return fail_scalar(call);
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, top.kind == SQL_JSONB_KIND_OBJECT))
        return false;
    for (uint32_t i = 0; i < sql_jsonb_count(&top); i++)
        if (!is_deleted(&top, i, keys, key) && !keep(&builder, &top, i))
            return false;
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

static bool jsonb_delete(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return delete_keys(call, args[0], NULL, datum_slice(args[1]), out);
}

static bool jsonb_delete_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array keys;
    sql_array_open(args[1], &keys);
    if (keys.shape.dims > 1)
        return sql_fail(call->env->error, "2202E", "wrong number of array subscripts");
    return delete_keys(call, args[0], &keys, slice_of(NULL, 0), out);
}

static bool jsonb_delete_idx(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    struct sql_jsonb_builder builder;
    if (top.kind == SQL_JSONB_KIND_OBJECT)
        return sql_fail(call->env->error, "22023", "cannot delete from object using integer index");
    if (top.kind != SQL_JSONB_KIND_ARRAY)
        return fail_scalar(call);
    int64_t count = sql_jsonb_count(&top), index = args[1].i;
    if (index < 0)
        index += count;
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, false))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (i != index && !keep(&builder, &top, i))
            return false;
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

/* ---- changes along a path */

enum change {
    CHANGE_DELETE,
    CHANGE_REPLACE,       /* what is there */
    CHANGE_SET,           /* what is there, or something new at the end of the path */
    CHANGE_ASSIGN,        /* as SET; what the path misses is made, gaps of arrays are null */
    CHANGE_INSERT_BEFORE, /* elements; members only where there is none */
    CHANGE_INSERT_AFTER,
};

struct change_path {
    struct sql_call *call;
    struct sql_jsonb_builder builder;
    const struct datum *path; /* texts */
    uint32_t count;
    enum change change;
    struct sql_jsonb value;
};

static const struct sql_jsonb json_null = {
    SQL_JSONB_KIND_NULL, {NULL, 0}
};

static bool change_at(struct change_path *c, const struct sql_jsonb *value, uint32_t level);

static bool add_nulls(struct change_path *c, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!sql_jsonb_add(&c->builder, json_null))
            return false;
    return true;
}

/* Adds the new value inside the containers that the rest of the path asks for. */
static bool add_new(struct change_path *c, uint32_t level)
{
    int64_t index = 0;
    if (level == c->count)
        return sql_jsonb_add(&c->builder, c->value);
    struct slice key = datum_slice(c->path[level]);
    bool array = sql_json_index(key, &index);
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(c->call->env->error, "54001", "stack depth limit exceeded");
    if (!sql_jsonb_begin(&c->builder, !array) || !add_nulls(c, index))
        return false;
    if (!array)
        sql_jsonb_add_key(&c->builder, key);
    return add_new(c, level + 1) && sql_jsonb_end(&c->builder);
}

static bool change_object(struct change_path *c, const struct sql_jsonb *object, uint32_t level)
{
    struct datum step = c->path[level];
    struct slice key = datum_slice(step);
    bool last = level + 1 == c->count, found = false;
    if (step.null)
        return sql_fail(c->call->env->error, "22004", "path element at position %u is null",
                        level + 1);
    for (uint32_t i = 0; i < sql_jsonb_count(object); i++) {
        struct slice name = sql_jsonb_key(object, i);
        struct sql_jsonb item = sql_jsonb_member(object, i);
        if (found || !slice_eq(name, key)) {
            if (!keep(&c->builder, object, i))
                return false;
            continue;
        }
        found = true;
        if (last && c->change >= CHANGE_INSERT_BEFORE) {
            sql_fail(c->call->env->error, "22023", "cannot replace existing key");
            return sql_hint(c->call->env->error,
                            "Try using the function jsonb_set to replace key value.");
        }
        if (last && c->change == CHANGE_DELETE)
            continue;
        sql_jsonb_add_key(&c->builder, name);
        if (last ? !sql_jsonb_add(&c->builder, c->value) : !change_at(c, &item, level + 1))
            return false;
    }
    if (found || c->change < CHANGE_SET || (!last && c->change != CHANGE_ASSIGN))
        return true;
    sql_jsonb_add_key(&c->builder, key);
    return add_new(c, level + 1);
}

static bool array_index(struct change_path *c, uint32_t level, int64_t count, int64_t *index)
{
    struct datum step = c->path[level];
    if (step.null)
        return sql_fail(c->call->env->error, "22004", "path element at position %u is null",
                        level + 1);
    if (!sql_json_index(datum_slice(step), index))
        return sql_fail(c->call->env->error, "22P02",
                        "path element at position %u is not an integer: \"" SLICE_FMT "\"",
                        level + 1, SLICE_ARG(datum_slice(step)));
    if (c->change == CHANGE_ASSIGN && *index < -count)
        return sql_fail(c->call->env->error, "22023",
                        "path element at position %u is out of range: %lld", level + 1,
                        (long long)*index);
    if (*index < 0)
        *index = *index + count < 0 ? INT32_MIN : *index + count;
    else if (*index > count && c->change != CHANGE_ASSIGN)
        *index = count;
    return true;
}

/* The element that the path means; inserted ones stand beside it. */
static bool change_element(struct change_path *c, const struct sql_jsonb *array, uint32_t index,
                           uint32_t level)
{
    struct sql_jsonb item = sql_jsonb_element(array, index);
    if (level + 1 < c->count)
        return change_at(c, &item, level + 1);
    switch (c->change) {
    case CHANGE_DELETE: return true;
    case CHANGE_INSERT_BEFORE:
        return sql_jsonb_add(&c->builder, c->value) && sql_jsonb_add(&c->builder, item);
    case CHANGE_INSERT_AFTER:
        return sql_jsonb_add(&c->builder, item) && sql_jsonb_add(&c->builder, c->value);
    default: return sql_jsonb_add(&c->builder, c->value);
    }
}

static bool change_array(struct change_path *c, const struct sql_jsonb *array, uint32_t level)
{
    int64_t count = sql_jsonb_count(array), index;
    if (!array_index(c, level, count, &index))
        return false;
    bool adds = c->change == CHANGE_ASSIGN || (level + 1 == c->count && c->change >= CHANGE_SET);
    bool outside = index < 0 || index >= count;
    if (adds && index < 0 && !sql_jsonb_add(&c->builder, c->value))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (i == index ? !change_element(c, array, i, level) : !keep(&c->builder, array, i))
            return false;
    if (!adds || !outside || index < 0)
        return true;
    return add_nulls(c, index - count) && add_new(c, level + 1);
}

static bool change_at(struct change_path *c, const struct sql_jsonb *value, uint32_t level)
{
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(c->call->env->error, "54001", "stack depth limit exceeded");
    if (!sql_jsonb_is_container(value)) {
        if (c->change != CHANGE_ASSIGN)
            return sql_jsonb_add(&c->builder, *value);
        sql_fail(c->call->env->error, "22023", "cannot replace existing key");
        return sql_detail(c->call->env->error, "The path assumes key is a composite object, but "
                                               "it is a scalar value.");
    }
    if (!sql_jsonb_begin(&c->builder, object))
        return false;
    bool ok = object ? change_object(c, value, level) : change_array(c, value, level);
    return ok && sql_jsonb_end(&c->builder);
}

static bool change_path(struct sql_call *call, const struct datum *args, enum change change,
                        struct datum *out)
{
    struct change_path c = {.call = call, .change = change};
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    struct sql_array path;
    sql_array_open(args[1], &path);
    if (change != CHANGE_DELETE)
        c.value = sql_jsonb_open(args[2]);
    if (path.shape.dims > 1)
        return sql_fail(call->env->error, "2202E", "wrong number of array subscripts");
    if (!sql_jsonb_is_container(&top)) {
        if (change == CHANGE_DELETE)
            return sql_fail(call->env->error, "22023", "cannot delete path in scalar");
        return sql_fail(call->env->error, "22023", "cannot set path in scalar");
    }
    c.count = path.count;
    c.path = sql_array_elements(call, &path);
    if (c.count == 0 ||
        (sql_jsonb_count(&top) == 0 && (change == CHANGE_DELETE || change == CHANGE_REPLACE))) {
        *out = args[0];
        return true;
    }
    if (!c.path)
        return sql_fail_memory(call->env->error);
    sql_jsonb_build(&c.builder, call, call->arena);
    return change_at(&c, &top, 0) && sql_jsonb_finish(&c.builder, out);
}

bool sql_jsonb_assign(struct sql_call *call, struct datum document, const struct datum *path,
                      uint32_t count, struct datum value, struct datum *out)
{
    struct change_path c = {.call = call, .path = path, .count = count, .change = CHANGE_ASSIGN};
    c.value = value.null ? json_null : sql_jsonb_open(value);
    sql_jsonb_build(&c.builder, call, call->arena);
    if (document.null)
        return add_new(&c, 0) && sql_jsonb_finish(&c.builder, out);
    struct sql_jsonb top = sql_jsonb_open(document);
    return change_at(&c, &top, 0) && sql_jsonb_finish(&c.builder, out);
}

static bool jsonb_delete_path(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return change_path(call, args, CHANGE_DELETE, out);
}

static bool jsonb_set(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return change_path(call, args, args[3].i ? CHANGE_SET : CHANGE_REPLACE, out);
}

static bool jsonb_insert(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return change_path(call, args, args[3].i ? CHANGE_INSERT_AFTER : CHANGE_INSERT_BEFORE, out);
}

/* What to do when the new value is an SQL NULL. */
static bool set_null(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice treatment = datum_slice(args[4]);
    struct sql_error *error = call->env->error;
    if (slice_eq_str(treatment, "raise_exception")) {
        sql_fail(error, "22004", "JSON value must not be null");
        sql_detail(error, "Exception was raised because null_value_treatment is "
                          "\"raise_exception\".");
        return sql_hint(error, "To avoid, either change the null_value_treatment argument or "
                               "ensure that an SQL NULL is not passed.");
    }
    if (slice_eq_str(treatment, "use_json_null")) {
        struct datum changed[4] = {args[0], args[1], args[2], args[3]};
        if (!sql_jsonb_make(call, json_null, &changed[2]))
            return false;
        return jsonb_set(call, changed, out);
    }
    if (slice_eq_str(treatment, "delete_key"))
        return change_path(call, args, CHANGE_DELETE, out);
    if (slice_eq_str(treatment, "return_target")) {
        *out = args[0];
        return true;
    }
    return sql_fail(error, "22023",
                    "null_value_treatment must be \"delete_key\", \"return_target\", "
                    "\"use_json_null\", or \"raise_exception\"");
}

static bool jsonb_set_lax(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null || args[1].null || args[3].null)
        return sql_give_null(out);
    if (args[4].null)
        return sql_fail(call->env->error, "22023",
                        "null_value_treatment must be \"delete_key\", \"return_target\", "
                        "\"use_json_null\", or \"raise_exception\"");
    return args[2].null ? set_null(call, args, out) : jsonb_set(call, args, out);
}

/* ---- strip_nulls */

static bool strip(struct sql_jsonb_builder *builder, const struct sql_jsonb *value)
{
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(builder->call->env->error, "54001", "stack depth limit exceeded");
    if (!sql_jsonb_is_container(value))
        return sql_jsonb_add(builder, *value);
    if (!sql_jsonb_begin(builder, object))
        return false;
    for (uint32_t i = 0; i < sql_jsonb_count(value); i++) {
        struct sql_jsonb item = child(value, i);
        if (object && item.kind == SQL_JSONB_KIND_NULL)
            continue;
        if (object)
            sql_jsonb_add_key(builder, sql_jsonb_key(value, i));
        if (!strip(builder, &item))
            return false;
    }
    return sql_jsonb_end(builder);
}

static bool jsonb_strip_nulls(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    return strip(&builder, &top) && sql_jsonb_finish(&builder, out);
}

/* json keeps the order and spelling of what it keeps, without blanks. */
static bool json_strip_nulls(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw, key = {NULL, 0};
    struct sql_bytes text = sql_bytes_begin(call);
    bool comma = false, has_key = false;
    sql_json_reader_init(&reader, call, datum_slice(args[0]));
    for (;;) {
        if (!sql_json_next(&reader, &event, &raw))
            return false;
        if (event == SQL_JSON_END)
            return sql_give_bytes(call, out, &text);
        if (event == SQL_JSON_KEY) {
            key = raw;
            has_key = true;
            continue;
        }
        bool end = event == SQL_JSON_OBJECT_END || event == SQL_JSON_ARRAY_END;
        if (event == SQL_JSON_NULL && has_key) {
            has_key = false;
            continue;
        }
        if (comma && !end)
            sql_bytes_add_char(&text, ',');
        if (has_key)
            sql_bytes_printf(&text, "\"" SLICE_FMT "\":", SLICE_ARG(key));
        has_key = false;
        sql_bytes_add(&text, reader.text.ptr + reader.token, reader.at - reader.token);
        comma = event != SQL_JSON_OBJECT && event != SQL_JSON_ARRAY;
    }
}

const struct sql_builtin sql_json_change_builtins[] = {
    {"json_strip_nulls",   json_strip_nulls  },
    {"jsonb_concat",       jsonb_concat      },
    {"jsonb_delete",       jsonb_delete      },
    {"jsonb_delete_array", jsonb_delete_array},
    {"jsonb_delete_idx",   jsonb_delete_idx  },
    {"jsonb_delete_path",  jsonb_delete_path },
    {"jsonb_insert",       jsonb_insert      },
    {"jsonb_set",          jsonb_set         },
    {"jsonb_set_lax",      jsonb_set_lax     },
    {"jsonb_strip_nulls",  jsonb_strip_nulls },
    {NULL,                 NULL              },
};
