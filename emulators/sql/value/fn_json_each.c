/* Sets out of JSON: members, keys, elements.
 *
 * A json text is gone through once, at the first call, so that an error at its end comes before the
 * first row, as the servers do it. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonb.h"

/* One row: a key and a value, or one of them. */
struct row {
    struct slice key;
    struct datum value;
};

struct rows {
    struct row *items;
    uint32_t count, room, next;
};

static bool add_row(struct sql_call *call, struct rows *rows, struct slice key, struct datum value)
{
    if (rows->count == rows->room) {
        uint32_t room = rows->room ? rows->room * 2 : 16;
        struct row *items = arena_array(call->set_arena, room, sizeof(*items));
        if (!items)
            return sql_fail_memory(call->env->error);
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof(*items));
        rows->items = items;
        rows->room = room;
    }
    rows->items[rows->count++] = (struct row){key, value};
    return true;
}

enum form { FORM_PAIRS, FORM_KEYS, FORM_ELEMENTS };

struct plan {
    enum form form;
    bool as_text;
    const char *name;
};

/* ---- reading */

/* The whole argument must last as long as the set. */
static bool keep_argument(struct sql_call *call, struct datum arg, struct slice *out)
{
    *out = arena_dup(call->set_arena, datum_slice(arg));
    return out->ptr || sql_fail_memory(call->env->error);
}

static bool json_value(struct sql_call *call, struct sql_json_reader *reader,
                       enum sql_json_event event, struct slice raw, bool as_text, struct datum *out)
{
    if ((event == SQL_JSON_OBJECT || event == SQL_JSON_ARRAY) && !sql_json_skip(reader))
        return false;
    struct slice text = slice_of(reader->text.ptr + reader->token, reader->at - reader->token);
    if (as_text && event == SQL_JSON_NULL)
        return sql_give_null(out);
    struct sql_call keep = *call;
    keep.arena = call->set_arena;
    if (as_text && event == SQL_JSON_STRING && !sql_json_decode(&keep, raw, &text))
        return false;
    return sql_give_slice(out, text);
}

static bool fail_json_kind(struct sql_call *call, const struct plan *plan,
                           enum sql_json_event event)
{
    struct sql_error *error = call->env->error;
    bool array = event == SQL_JSON_ARRAY;
    if (plan->form == FORM_ELEMENTS)
        return sql_fail(error, "22023", "cannot call %s on a %s", plan->name,
                        event == SQL_JSON_OBJECT ? "non-array" : "scalar");
    if (plan->form == FORM_KEYS)
        return sql_fail(error, "22023", "cannot call %s on %s", plan->name,
                        array ? "an array" : "a scalar");
    return sql_fail(error, "22023", "cannot deconstruct %s",
                    array ? "an array as an object" : "a scalar");
}

static bool read_json(struct sql_call *call, struct datum arg, const struct plan *plan,
                      struct rows *rows)
{
    struct sql_json_reader reader;
    enum sql_json_event event,
        wanted = plan->form == FORM_ELEMENTS ? SQL_JSON_ARRAY : SQL_JSON_OBJECT;
    struct slice text, raw, key = {NULL, 0};
    struct sql_call keep = *call;
    keep.arena = call->set_arena;
    if (!keep_argument(call, arg, &text))
        return false;
    sql_json_reader_init(&reader, call, text);
    if (!sql_json_next(&reader, &event, &raw))
        return false;
    if (event != wanted)
        return fail_json_kind(call, plan, event);
    for (;;) {
        struct datum value;
        if (!sql_json_next(&reader, &event, &raw))
            return false;
        if (event == SQL_JSON_OBJECT_END || event == SQL_JSON_ARRAY_END)
            return true;
        if (event == SQL_JSON_KEY &&
            (!sql_json_decode(&keep, raw, &key) || !sql_json_next(&reader, &event, &raw)))
            return false;
        if (!json_value(call, &reader, event, raw, plan->as_text, &value) ||
            !add_row(call, rows, key, value))
            return false;
    }
}

static bool fail_jsonb_kind(struct sql_call *call, const struct plan *plan,
                            const struct sql_jsonb *top)
{
    struct sql_error *error = call->env->error;
    bool container = sql_jsonb_is_container(top);
    if (plan->form == FORM_ELEMENTS)
        return sql_fail(error, "22023", "cannot extract elements from %s",
                        container ? "an object" : "a scalar");
    if (plan->form == FORM_KEYS)
        return sql_fail(error, "22023", "cannot call %s on %s", plan->name,
                        container ? "an array" : "a scalar");
    return sql_fail(error, "22023", "cannot call %s on a non-object", plan->name);
}

static bool read_jsonb(struct sql_call *call, struct datum arg, const struct plan *plan,
                       struct rows *rows)
{
    struct slice bytes;
    if (!keep_argument(call, arg, &bytes))
        return false;
    struct sql_jsonb top = sql_jsonb_open(datum_bytes(bytes));
    bool object = plan->form != FORM_ELEMENTS;
    if (top.kind != (object ? SQL_JSONB_KIND_OBJECT : SQL_JSONB_KIND_ARRAY))
        return fail_jsonb_kind(call, plan, &top);
    struct sql_call keep = *call;
    keep.arena = call->set_arena;
    for (uint32_t i = 0; i < sql_jsonb_count(&top); i++) {
        struct sql_jsonb item = object ? sql_jsonb_member(&top, i) : sql_jsonb_element(&top, i);
        struct slice key = object ? sql_jsonb_key(&top, i) : slice_of(NULL, 0);
        struct datum value = datum_null();
        bool ok = plan->form == FORM_KEYS ? true
                  : plan->as_text         ? sql_jsonb_as_text(&keep, &item, &value)
                                          : sql_jsonb_make(&keep, item, &value);
        if (!ok || !add_row(call, rows, key, value))
            return false;
    }
    return true;
}

/* ---- giving */

static bool give_pair(struct sql_call *call, const struct row *row)
{
    const struct datum values[2] = {datum_bytes(row->key), row->value};
    if (call->columns) {
        call->columns[0] = values[0];
        call->columns[1] = values[1];
        return true;
    }
    return sql_fail(call->env->error, "0A000",
                    "set-valued function called in context that cannot accept a set");
}

static bool next_row(struct sql_call *call, const struct datum *args, const struct plan *plan,
                     bool (*read)(struct sql_call *, struct datum, const struct plan *,
                                  struct rows *),
                     struct datum *out)
{
    struct rows *rows = call->set_state;
    if (!rows) {
        rows = arena_zalloc(call->set_arena, sizeof(*rows));
        if (!rows)
            return sql_fail_memory(call->env->error);
        if (!read(call, args[0], plan, rows))
            return false;
        call->set_state = rows;
    }
    call->done = rows->next == rows->count;
    if (call->done)
        return true;
    const struct row *row = &rows->items[rows->next++];
    if (plan->form == FORM_PAIRS)
        return give_pair(call, row);
    *out = plan->form == FORM_KEYS ? datum_bytes(row->key) : row->value;
    return true;
}

#define EACH(symbol, reader, form, as_text)                                                \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        static const struct plan plan = {form, as_text, #symbol};                          \
        return next_row(call, args, &plan, reader, out);                                   \
    }

EACH(json_each, read_json, FORM_PAIRS, false)
EACH(json_each_text, read_json, FORM_PAIRS, true)
EACH(json_object_keys, read_json, FORM_KEYS, false)
EACH(json_array_elements, read_json, FORM_ELEMENTS, false)
EACH(json_array_elements_text, read_json, FORM_ELEMENTS, true)
EACH(jsonb_each, read_jsonb, FORM_PAIRS, false)
EACH(jsonb_each_text, read_jsonb, FORM_PAIRS, true)
EACH(jsonb_object_keys, read_jsonb, FORM_KEYS, false)
EACH(jsonb_array_elements, read_jsonb, FORM_ELEMENTS, false)
EACH(jsonb_array_elements_text, read_jsonb, FORM_ELEMENTS, true)

const struct sql_builtin sql_json_each_builtins[] = {
    {"json_array_elements",       json_array_elements      },
    {"json_array_elements_text",  json_array_elements_text },
    {"json_each",                 json_each                },
    {"json_each_text",            json_each_text           },
    {"json_object_keys",          json_object_keys         },
    {"jsonb_array_elements",      jsonb_array_elements     },
    {"jsonb_array_elements_text", jsonb_array_elements_text},
    {"jsonb_each",                jsonb_each               },
    {"jsonb_each_text",           jsonb_each_text          },
    {"jsonb_object_keys",         jsonb_object_keys        },
    {NULL,                        NULL                     },
};
