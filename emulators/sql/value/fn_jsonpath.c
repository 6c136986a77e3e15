/* The type jsonpath, and the functions and operators that run paths. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/type_io.h"

/* ---- the type: its text in the form that it is printed in */

static bool path_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_bytes printed = sql_bytes_begin(call);
    struct sql_path path;
    return sql_path_parse(call, text, &path) && sql_path_print(call, &path, &printed) &&
           sql_give_bytes(call, out, &printed);
}

static bool path_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call;
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return true;
}

static bool path_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    if (bytes.len == 0 || bytes.ptr[0] != 1)
        return sql_fail(call->env->error, "XX000", "unsupported jsonpath version number: %d",
                        bytes.len ? bytes.ptr[0] : 0);
    bytes = slice_from(bytes, 1);
    return sql_text_check(call->env->error, bytes) && path_input(call, type, bytes, typmod, out);
}

static bool path_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    sql_bytes_add_char(out, 1);
    return path_output(call, type, value, out);
}

const struct sql_type_ops sql_jsonpath_ops = {
    .input = path_input, .output = path_output, .receive = path_receive, .send = path_send};

/* ---- running */

/* A path that a call site has read. */
struct read_path {
    struct slice text;
    struct sql_path path;
};

bool sql_path_open(struct sql_call *call, struct datum value, struct sql_path *out)
{
    struct read_path *kept = call->memo;
    if (kept && slice_eq(kept->text, datum_slice(value))) {
        *out = kept->path;
        return true;
    }
    struct sql_call lasting = *call;
    lasting.arena = call->env->arena;
    kept = arena_zalloc(lasting.arena, sizeof(*kept));
    if (!kept)
        return sql_fail_memory(call->env->error);
    kept->text = arena_dup(lasting.arena, datum_slice(value));
    if (!kept->text.ptr || !sql_path_parse(&lasting, kept->text, &kept->path))
        return false;
    call->memo = kept;
    *out = kept->path;
    return true;
}

/* target, path [, vars, silent]. Operators are silent. any: whether there is a value is all that is
 * asked. zones: the session's zone counts when times are compared. */
static bool run_path(struct sql_call *call, const struct datum *args, bool any, bool zones,
                     struct sql_path_values *values, bool *failed)
{
    struct sql_path_options options = {.silent = call->argc == 2, .with_zones = zones};
    struct sql_jsonb target = sql_jsonb_open(args[0]);
    struct sql_path path;
    if (call->argc > 2) {
        options.variables = sql_jsonb_open(args[2]);
        options.has_variables = true;
        if (options.variables.kind != SQL_JSONB_KIND_OBJECT) {
            sql_fail(call->env->error, "22023", "\"vars\" argument is not an object");
            return sql_detail(call->env->error, "Jsonpath parameters should be encoded as "
                                                "key-value pairs of \"vars\" object.");
        }
    }
    if (call->argc > 3)
        options.silent = args[3].i;
    return sql_path_open(call, args[1], &path) &&
           sql_path_run(call, &path, &target, &options, any, values, failed);
}

static bool do_path_exists(struct sql_call *call, const struct datum *args, bool zones,
                           struct datum *out)
{
    struct sql_path_values values;
    bool failed;
    if (!run_path(call, args, true, zones, &values, &failed))
        return false;
    return failed ? sql_give_null(out) : sql_give_bool(out, values.count > 0);
}

static bool do_path_match(struct sql_call *call, const struct datum *args, bool zones,
                          struct datum *out)
{
    struct sql_path_values values;
    bool failed, silent = call->argc == 2 || (call->argc > 3 && args[3].i);
    if (!run_path(call, args, false, zones, &values, &failed))
        return false;
    if (!failed && values.count == 1) {
        enum sql_jsonb_kind kind = values.items[0].kind;
        if (kind == SQL_JSONB_KIND_TRUE || kind == SQL_JSONB_KIND_FALSE)
            return sql_give_bool(out, kind == SQL_JSONB_KIND_TRUE);
        if (kind == SQL_JSONB_KIND_NULL)
            return sql_give_null(out);
    }
    if (silent)
        return sql_give_null(out);
    return sql_fail(call->env->error, "22038", "single boolean result is expected");
}

static bool do_path_query_first(struct sql_call *call, const struct datum *args, bool zones,
                                struct datum *out)
{
    struct sql_path_values values;
    bool failed;
    if (!run_path(call, args, false, zones, &values, &failed))
        return false;
    return values.count ? sql_jsonb_make(call, values.items[0], out) : sql_give_null(out);
}

static bool do_path_query_array(struct sql_call *call, const struct datum *args, bool zones,
                                struct datum *out)
{
    struct sql_path_values values;
    struct sql_jsonb_builder builder;
    bool failed;
    if (!run_path(call, args, false, zones, &values, &failed))
        return false;
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, false))
        return false;
    for (uint32_t i = 0; i < values.count; i++)
        if (!sql_jsonb_add(&builder, values.items[i]))
            return false;
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

struct rows {
    struct sql_path_values values;
    uint32_t next;
};

static bool do_path_query(struct sql_call *call, const struct datum *args, bool zones,
                          struct datum *out)
{
    struct rows *rows = call->set_state;
    if (!rows) {
        struct sql_call lasting = *call;
        struct datum kept[4];
        bool failed;
        lasting.arena = call->set_arena;
        for (uint16_t i = 0; i < call->argc && i < 4; i++) {
            kept[i] = args[i];
            if (i < 3 && !sql_give_copy(&lasting, &kept[i], datum_slice(args[i])))
                return false;
        }
        rows = arena_zalloc(call->set_arena, sizeof(*rows));
        if (!rows)
            return sql_fail_memory(call->env->error);
        if (!run_path(&lasting, kept, false, zones, &rows->values, &failed))
            return false;
        call->set_state = rows;
    }
    call->done = rows->next == rows->values.count;
    return call->done || sql_jsonb_make(call, rows->values.items[rows->next++], out);
}

/* Each with and without the session's zone. */
#define WITH_ZONES(name)                                                                      \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out)      \
    {                                                                                         \
        return do_##name(call, args, false, out);                                             \
    }                                                                                         \
    static bool name##_tz(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                         \
        return do_##name(call, args, true, out);                                              \
    }
WITH_ZONES(path_exists)
WITH_ZONES(path_match)
WITH_ZONES(path_query)
WITH_ZONES(path_query_array)
WITH_ZONES(path_query_first)

const struct sql_builtin sql_jsonpath_builtins[] = {
    {"jsonb_path_exists",         path_exists        },
    {"jsonb_path_exists_opr",     path_exists        },
    {"jsonb_path_exists_tz",      path_exists_tz     },
    {"jsonb_path_match",          path_match         },
    {"jsonb_path_match_opr",      path_match         },
    {"jsonb_path_match_tz",       path_match_tz      },
    {"jsonb_path_query",          path_query         },
    {"jsonb_path_query_array",    path_query_array   },
    {"jsonb_path_query_array_tz", path_query_array_tz},
    {"jsonb_path_query_first",    path_query_first   },
    {"jsonb_path_query_first_tz", path_query_first_tz},
    {"jsonb_path_query_tz",       path_query_tz      },
    {"jsonpath_in",               sql_call_input     },
    {"jsonpath_out",              sql_call_output    },
    {"jsonpath_send",             sql_call_send      },
    {NULL,                        NULL               },
};
