/* Looking into JSON: ->, ->>, #>, #>>, lengths and kinds; casts of jsonb scalars. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonb.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/type_io.h"

bool sql_json_index(struct slice text, int64_t *out)
{
    bool negative = text.len && text.ptr[0] == '-';
    size_t at = negative || (text.len && text.ptr[0] == '+');
    int64_t value = 0;
    if (at == text.len)
        return false;
    for (; at < text.len; at++) {
        if (!sql_is_digit(text.ptr[at]) || value > INT32_MAX)
            return false;
        value = value * 10 + (text.ptr[at] - '0');
    }
    if (value > (int64_t)INT32_MAX + negative)
        return false;
    *out = negative ? -value : value;
    return true;
}

/* ---- json: the text is walked */

/* Where a value stands in a text. */
struct place {
    enum sql_json_event event;
    struct slice value; /* as it stands; raw: strings without quotes */
    struct slice raw;
};

/* The value that the reader's latest event began. */
static bool take_value(struct sql_json_reader *reader, enum sql_json_event event, struct slice raw,
                       struct place *out)
{
    if ((event == SQL_JSON_OBJECT || event == SQL_JSON_ARRAY) && !sql_json_skip(reader))
        return false;
    *out = (struct place){
        event, slice_of(reader->text.ptr + reader->token, reader->at - reader->token), raw};
    return true;
}

static bool find_member(struct sql_call *call, struct sql_json_reader *reader, struct slice key,
                        struct place *out, bool *found)
{
    enum sql_json_event event;
    struct slice raw, name;
    for (;;) {
        if (!sql_json_next(reader, &event, &raw))
            return false;
        if (event == SQL_JSON_OBJECT_END)
            return true;
        struct place value;
        if (!sql_json_decode(call, raw, &name) || !sql_json_next(reader, &event, &raw) ||
            !take_value(reader, event, raw, &value))
            return false;
        if (slice_eq(name, key)) { /* the last one of a name counts */
            *out = value;
            *found = true;
        }
    }
}

static bool count_elements(struct sql_call *call, struct slice array, int64_t *count)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    struct place value;
    sql_json_reader_init(&reader, call, array);
    *count = 0;
    if (!sql_json_next(&reader, &event, &raw))
        return false;
    for (;; ++*count) {
        if (!sql_json_next(&reader, &event, &raw))
            return false;
        if (event == SQL_JSON_ARRAY_END)
            return true;
        if (!take_value(&reader, event, raw, &value))
            return false;
    }
}

static bool find_element(struct sql_call *call, struct slice whole, struct sql_json_reader *reader,
                         int64_t index, struct place *out, bool *found)
{
    enum sql_json_event event;
    struct slice raw;
    int64_t count = 0;
    if (index < 0) {
        if (!count_elements(call, whole, &count))
            return false;
        index += count;
    }
    for (int64_t i = 0;; i++) {
        if (!sql_json_next(reader, &event, &raw))
            return false;
        if (event == SQL_JSON_ARRAY_END || index < 0)
            return true;
        if (!take_value(reader, event, raw, out))
            return false;
        if (i == index) {
            *found = true;
            return true;
        }
    }
}

/* One step into the value at *place: a member by name (is_index false or the value is an object),
 * or an element. */
static bool step(struct sql_call *call, struct place *place, bool by_key, struct slice key,
                 bool by_index, int64_t index, bool *found)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw, whole = place->value;
    *found = false;
    sql_json_reader_init(&reader, call, whole);
    reader.decode = true;
    if (!sql_json_next(&reader, &event, &raw))
        return false;
    if (event == SQL_JSON_OBJECT && by_key)
        return find_member(call, &reader, key, place, found);
    if (event == SQL_JSON_ARRAY && by_index)
        return find_element(call, whole, &reader, index, place, found);
    return true;
}

static bool give_place(struct sql_call *call, const struct place *place, bool as_text,
                       struct datum *out)
{
    struct slice text = place->value;
    if (as_text && place->event == SQL_JSON_NULL)
        return sql_give_null(out);
    if (as_text && place->event == SQL_JSON_STRING && !sql_json_decode(call, place->raw, &text))
        return false;
    return sql_give_slice(out, text);
}

static bool json_step(struct sql_call *call, const struct datum *args, bool by_key, bool as_text,
                      struct datum *out)
{
    struct place place = {.value = datum_slice(args[0])};
    bool found;
    struct slice key = by_key ? datum_slice(args[1]) : slice_of(NULL, 0);
    if (!step(call, &place, by_key, key, !by_key, by_key ? 0 : args[1].i, &found))
        return false;
    return found ? give_place(call, &place, as_text, out) : sql_give_null(out);
}

static bool json_object_field(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return json_step(call, args, true, false, out);
}

static bool json_object_field_text(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    return json_step(call, args, true, true, out);
}

static bool json_array_element(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return json_step(call, args, false, false, out);
}

static bool json_array_element_text(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    return json_step(call, args, false, true, out);
}

static bool json_path(struct sql_call *call, const struct datum *args, bool as_text,
                      struct datum *out)
{
    struct place place = {.value = datum_slice(args[0])};
    struct sql_json_reader reader;
    struct sql_array path;
    sql_array_open(args[1], &path);
    sql_json_reader_init(&reader, call, place.value);
    reader.decode = true;
    if (!sql_json_next(&reader, &place.event, &place.raw))
        return false;
    for (uint32_t i = 0; i < path.count; i++) {
        struct datum item = sql_array_get(&path, i);
        int64_t index = 0;
        bool found;
        if (item.null)
            return sql_give_null(out);
        bool number = sql_json_index(datum_slice(item), &index);
        if (!step(call, &place, true, datum_slice(item), number, index, &found))
            return false;
        if (!found)
            return sql_give_null(out);
    }
    return give_place(call, &place, as_text, out);
}

static bool json_extract_path(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return json_path(call, args, false, out);
}

static bool json_extract_path_text(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    return json_path(call, args, true, out);
}

static bool json_array_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    int64_t count;
    sql_json_reader_init(&reader, call, datum_slice(args[0]));
    if (!sql_json_next(&reader, &event, &raw))
        return false;
    if (event != SQL_JSON_ARRAY)
        return sql_fail(call->env->error, "22023", "cannot get array length of a %s",
                        event == SQL_JSON_OBJECT ? "non-array" : "scalar");
    return count_elements(call, datum_slice(args[0]), &count) && sql_give_int(out, count);
}

static bool json_typeof(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const char *const names[] = {
        [SQL_JSON_OBJECT] = "object", [SQL_JSON_ARRAY] = "array",  [SQL_JSON_STRING] = "string",
        [SQL_JSON_NUMBER] = "number", [SQL_JSON_TRUE] = "boolean", [SQL_JSON_FALSE] = "boolean",
        [SQL_JSON_NULL] = "null",
    };
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    sql_json_reader_init(&reader, call, datum_slice(args[0]));
    return sql_json_next(&reader, &event, &raw) && sql_give_slice(out, slice_str(names[event]));
}

/* ---- jsonb */

static bool give_jsonb(struct sql_call *call, const struct sql_jsonb *value, bool as_text,
                       struct datum *out)
{
    return as_text ? sql_jsonb_as_text(call, value, out) : sql_jsonb_make(call, *value, out);
}

static bool jsonb_step(struct sql_call *call, const struct datum *args, bool by_key, bool as_text,
                       struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]), item;
    bool found = by_key ? top.kind == SQL_JSONB_KIND_OBJECT &&
                              sql_jsonb_find(&top, datum_slice(args[1]), &item, NULL)
                        : top.kind == SQL_JSONB_KIND_ARRAY && sql_jsonb_at(&top, args[1].i, &item);
    return found ? give_jsonb(call, &item, as_text, out) : sql_give_null(out);
}

static bool jsonb_object_field(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return jsonb_step(call, args, true, false, out);
}

static bool jsonb_object_field_text(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    return jsonb_step(call, args, true, true, out);
}

static bool jsonb_array_element(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return jsonb_step(call, args, false, false, out);
}

static bool jsonb_array_element_text(struct sql_call *call, const struct datum *args,
                                     struct datum *out)
{
    return jsonb_step(call, args, false, true, out);
}

/* The value at the end of the path; false: there is none. */
static bool walk_path(struct sql_jsonb *value, const struct datum *path, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int64_t index;
        if (path[i].null)
            return false;
        bool found = value->kind == SQL_JSONB_KIND_OBJECT
                         ? sql_jsonb_find(value, datum_slice(path[i]), value, NULL)
                         : value->kind == SQL_JSONB_KIND_ARRAY &&
                               sql_json_index(datum_slice(path[i]), &index) &&
                               sql_jsonb_at(value, index, value);
        if (!found)
            return false;
    }
    return true;
}

static bool jsonb_path(struct sql_call *call, const struct datum *args, bool as_text,
                       struct datum *out)
{
    struct sql_jsonb value = sql_jsonb_open(args[0]);
    struct sql_array path;
    sql_array_open(args[1], &path);
    const struct datum *steps = sql_array_elements(call, &path);
    if (!steps)
        return sql_fail_memory(call->env->error);
    return walk_path(&value, steps, path.count) ? give_jsonb(call, &value, as_text, out)
                                                : sql_give_null(out);
}

bool sql_jsonb_fetch(struct sql_call *call, struct datum document, const struct datum *path,
                     uint32_t count, struct datum *out)
{
    struct sql_jsonb value = sql_jsonb_open(document);
    return walk_path(&value, path, count) ? sql_jsonb_make(call, value, out) : sql_give_null(out);
}

static bool jsonb_extract_path(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return jsonb_path(call, args, false, out);
}

static bool jsonb_extract_path_text(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    return jsonb_path(call, args, true, out);
}

static bool jsonb_array_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    if (top.kind != SQL_JSONB_KIND_ARRAY)
        return sql_fail(call->env->error, "22023", "cannot get array length of a %s",
                        top.kind == SQL_JSONB_KIND_OBJECT ? "non-array" : "scalar");
    return sql_give_int(out, sql_jsonb_count(&top));
}

static const char *kind_name(enum sql_jsonb_kind kind)
{
    static const char *const names[] = {"null",    "string", "number", "boolean",
                                        "boolean", "array",  "object"};
    return names[kind];
}

static bool jsonb_typeof(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_slice(out, slice_str(kind_name(sql_jsonb_open(args[0]).kind)));
}

static bool jsonb_pretty(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    return sql_jsonb_print(call, &top, true, &text) && sql_give_bytes(call, out, &text);
}

/* ---- containment and existence */

static bool contains(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b);

static bool array_contains(struct sql_call *call, const struct sql_jsonb *a,
                           const struct sql_jsonb *item)
{
    for (uint32_t i = 0; i < sql_jsonb_count(a); i++) {
        struct sql_jsonb element = sql_jsonb_element(a, i);
        bool same = element.kind == item->kind &&
                    (sql_jsonb_is_container(item) ? contains(call, &element, item)
                                                  : sql_jsonb_equal(call, &element, item));
        if (same)
            return true;
    }
    return false;
}

static bool contains(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b)
{
    if (a->kind != b->kind)
        return false;
    if (!sql_jsonb_is_container(a))
        return sql_jsonb_equal(call, a, b);
    for (uint32_t i = 0; i < sql_jsonb_count(b); i++) {
        struct sql_jsonb item, own;
        if (b->kind == SQL_JSONB_KIND_ARRAY) {
            item = sql_jsonb_element(b, i);
            if (!array_contains(call, a, &item))
                return false;
            continue;
        }
        item = sql_jsonb_member(b, i);
        if (!sql_jsonb_find(a, sql_jsonb_key(b, i), &own, NULL) || !contains(call, &own, &item))
            return false;
    }
    return true;
}

/* At the top an array contains a scalar as it contains an element. */
static bool top_contains(struct sql_call *call, struct datum a, struct datum b)
{
    struct sql_jsonb left = sql_jsonb_open(a), right = sql_jsonb_open(b);
    if (left.kind == SQL_JSONB_KIND_ARRAY && !sql_jsonb_is_container(&right))
        return array_contains(call, &left, &right);
    return contains(call, &left, &right);
}

static bool jsonb_contains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_give_bool(out, top_contains(call, args[0], args[1]));
}

static bool jsonb_contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_give_bool(out, top_contains(call, args[1], args[0]));
}

static bool exists(const struct sql_jsonb *top, struct slice key)
{
    if (top->kind == SQL_JSONB_KIND_OBJECT)
        return sql_jsonb_find(top, key, NULL, NULL);
    if (top->kind == SQL_JSONB_KIND_STRING)
        return slice_eq(top->bytes, key);
    if (top->kind != SQL_JSONB_KIND_ARRAY)
        return false;
    for (uint32_t i = 0; i < sql_jsonb_count(top); i++) {
        struct sql_jsonb item = sql_jsonb_element(top, i);
        if (item.kind == SQL_JSONB_KIND_STRING && slice_eq(item.bytes, key))
            return true;
    }
    return false;
}

static bool jsonb_exists(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    return sql_give_bool(out, exists(&top, datum_slice(args[1])));
}

static bool exists_of(const struct datum *args, bool all, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    struct sql_array keys;
    sql_array_open(args[1], &keys);
    for (uint32_t i = 0; i < keys.count; i++) {
        struct datum key = sql_array_get(&keys, i);
        if (!key.null && exists(&top, datum_slice(key)) != all)
            return sql_give_bool(out, !all);
    }
    return sql_give_bool(out, all);
}

static bool jsonb_exists_any(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return exists_of(args, false, out);
}

static bool jsonb_exists_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return exists_of(args, true, out);
}

/* ---- casts of scalars */

static bool fail_cast(struct sql_call *call, enum sql_jsonb_kind kind, const char *type)
{
    const char *what = kind == SQL_JSONB_KIND_NUMBER ? "numeric" : kind_name(kind);
    return sql_fail(call->env->error, "22023", "cannot cast jsonb %s to type %s", what, type);
}

static bool jsonb_bool(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum sql_jsonb_kind kind = sql_jsonb_open(args[0]).kind;
    if (kind != SQL_JSONB_KIND_TRUE && kind != SQL_JSONB_KIND_FALSE)
        return fail_cast(call, kind, "boolean");
    return sql_give_bool(out, kind == SQL_JSONB_KIND_TRUE);
}

static bool cast_number(struct sql_call *call, const struct datum *args, const char *type,
                        const char *symbol, struct datum *out)
{
    struct sql_jsonb top = sql_jsonb_open(args[0]);
    if (top.kind != SQL_JSONB_KIND_NUMBER)
        return fail_cast(call, top.kind, type);
    struct datum number = sql_jsonb_number(&top);
    sql_function *cast = symbol ? sql_builtin_find(slice_str(symbol)) : NULL;
    if (cast)
        return cast(call, &number, out);
    *out = number;
    return true;
}

static bool jsonb_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "numeric", NULL, out);
}

static bool jsonb_int2(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "smallint", "numeric_int2", out);
}

static bool jsonb_int4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "integer", "numeric_int4", out);
}

static bool jsonb_int8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "bigint", "numeric_int8", out);
}

static bool jsonb_float4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "real", "numeric_float4", out);
}

static bool jsonb_float8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return cast_number(call, args, "double precision", "numeric_float8", out);
}

const struct sql_builtin sql_json_get_builtins[] = {
    {"json_array_element",       json_array_element      },
    {"json_array_element_text",  json_array_element_text },
    {"json_array_length",        json_array_length       },
    {"json_extract_path",        json_extract_path       },
    {"json_extract_path_text",   json_extract_path_text  },
    {"json_in",                  sql_call_input          },
    {"json_object_field",        json_object_field       },
    {"json_object_field_text",   json_object_field_text  },
    {"json_out",                 sql_call_output         },
    {"json_send",                sql_call_send           },
    {"json_typeof",              json_typeof             },
    {"jsonb_array_element",      jsonb_array_element     },
    {"jsonb_array_element_text", jsonb_array_element_text},
    {"jsonb_array_length",       jsonb_array_length      },
    {"jsonb_bool",               jsonb_bool              },
    {"jsonb_cmp",                sql_call_cmp            },
    {"jsonb_contained",          jsonb_contained         },
    {"jsonb_contains",           jsonb_contains          },
    {"jsonb_eq",                 sql_call_eq             },
    {"jsonb_exists",             jsonb_exists            },
    {"jsonb_exists_all",         jsonb_exists_all        },
    {"jsonb_exists_any",         jsonb_exists_any        },
    {"jsonb_extract_path",       jsonb_extract_path      },
    {"jsonb_extract_path_text",  jsonb_extract_path_text },
    {"jsonb_float4",             jsonb_float4            },
    {"jsonb_float8",             jsonb_float8            },
    {"jsonb_ge",                 sql_call_ge             },
    {"jsonb_gt",                 sql_call_gt             },
    {"jsonb_in",                 sql_call_input          },
    {"jsonb_int2",               jsonb_int2              },
    {"jsonb_int4",               jsonb_int4              },
    {"jsonb_int8",               jsonb_int8              },
    {"jsonb_le",                 sql_call_le             },
    {"jsonb_lt",                 sql_call_lt             },
    {"jsonb_ne",                 sql_call_ne             },
    {"jsonb_numeric",            jsonb_numeric           },
    {"jsonb_object_field",       jsonb_object_field      },
    {"jsonb_object_field_text",  jsonb_object_field_text },
    {"jsonb_out",                sql_call_output         },
    {"jsonb_pretty",             jsonb_pretty            },
    {"jsonb_send",               sql_call_send           },
    {"jsonb_typeof",             jsonb_typeof            },
    {NULL,                       NULL                    },
};
