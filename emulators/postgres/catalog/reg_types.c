/* Types whose values are objects by number and whose text is the object's name: regclass, regtype,
 * regproc and so on. */
#include "emulators/postgres/catalog/reg_types.h"

#include "common/text.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"

#define PARTS_MAX 3

/* schema.name of a text; schema.ptr NULL: none. */
struct parts {
    struct slice schema, name;
};

/* ---- reading names */

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One identifier off the front of *text, folded unless it is quoted. */
static bool read_part(struct arena *arena, struct slice *text, struct slice *out)
{
    struct slice rest = *text;
    uint8_t *to = arena_alloc(arena, rest.len + 1);
    size_t len = 0;
    if (!to)
        return false;
    if (rest.len && rest.ptr[0] == '"') {
        size_t i = 1;
        for (; i < rest.len; i++) {
            if (rest.ptr[i] == '"' && (i + 1 == rest.len || rest.ptr[i + 1] != '"'))
                break;
            i += rest.ptr[i] == '"';
            to[len++] = rest.ptr[i];
        }
        if (i >= rest.len)
            return false;
        rest = slice_from(rest, i + 1);
    } else {
        while (len < rest.len && rest.ptr[len] != '.' && rest.ptr[len] != '"' &&
               rest.ptr[len] != '(' && !is_blank(rest.ptr[len])) {
            to[len] = ascii_lower(rest.ptr[len]);
            len++;
        }
        rest = slice_from(rest, len);
    }
    *out = slice_of(to, len);
    *text = rest;
    return len > 0;
}

/* The qualified name at the front of *text. */
static bool read_name(struct arena *arena, struct slice *text, struct parts *out)
{
    struct slice parts[PARTS_MAX];
    unsigned count = 0;
    while (text->len && is_blank(text->ptr[0]))
        *text = slice_from(*text, 1);
    for (;;) {
        if (count == PARTS_MAX || !read_part(arena, text, &parts[count++]))
            return false;
        if (!text->len || text->ptr[0] != '.')
            break;
        *text = slice_from(*text, 1);
    }
    while (text->len && is_blank(text->ptr[0]))
        *text = slice_from(*text, 1);
    out->name = parts[count - 1];
    out->schema = count > 1 ? parts[count - 2] : slice_of(NULL, 0);
    return true;
}

static bool whole_name(struct sql_call *call, struct slice text, struct parts *out)
{
    return (read_name(call->arena, &text, out) && text.len == 0) ||
           sql_fail(call->env->error, "42602", "invalid name syntax");
}

/* ---- looking up: each sets *out, 0: there is none */

typedef bool finder(struct sql_call *call, struct slice text, uint32_t *out);
typedef void printer(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                     uint32_t id);

static bool find_class(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!whole_name(call, text, &parts) || !sql_check_schema_usage(call->env, parts.schema))
        return false;
    const struct sql_relation *found =
        sql_find_relation(call->env->session, parts.schema, parts.name);
    *out = found ? found->object.id : 0;
    return true;
}

static bool find_type(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct ast_type_name *name;
    int32_t typmod;
    if (!pg_parse_type_name(call->arena, text, &pg_parse_options_default, &name, call->env->error))
        return false;
    const struct sql_type *found = NULL;
    struct ast_names *names = &name->names;
    if (names->count <= 2)
        found = sql_find_type(call->env->session,
                              names->count == 2 ? names->items[0] : slice_of(NULL, 0),
                              names->items[names->count - 1]);
    *out = 0;
    if (!found)
        return true;
    return sql_analyze_type_name(call->env, &name->node, out, &typmod);
}

static bool find_routine(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!whole_name(call, text, &parts) || !sql_check_schema_usage(call->env, parts.schema))
        return false;
    struct sql_routines found =
        sql_find_routines(call->env->session, call->env, parts.schema, parts.name);
    if (found.count > 1)
        return sql_fail(call->env->error, "42725", "more than one function named \"" SLICE_FMT "\"",
                        SLICE_ARG(text));
    *out = found.count ? found.items[0]->object.id : 0;
    return true;
}

/* The types between parentheses, none for "NONE". */
static bool read_types(struct sql_call *call, struct slice text, uint32_t *types, uint32_t max,
                       uint32_t *out_count)
{
    *out_count = 0;
    if (text.len < 2 || text.ptr[0] != '(' || text.ptr[text.len - 1] != ')')
        return sql_fail(call->env->error, "22P02", "expected a left parenthesis");
    text = slice_of(text.ptr + 1, text.len - 2);
    while (text.len) {
        size_t end = 0, depth = 0;
        for (; end < text.len && (text.ptr[end] != ',' || depth); end++)
            depth += text.ptr[end] == '(' ? 1u : text.ptr[end] == ')' ? (size_t)-1 : 0u;
        struct slice one = slice_of(text.ptr, end);
        while (one.len && is_blank(one.ptr[0]))
            one = slice_from(one, 1);
        if (*out_count == max)
            return sql_fail(call->env->error, "54023", "too many arguments");
        types[*out_count] = 0;
        if (one.len && !slice_is(one, "none")) {
            if (!find_type(call, one, &types[*out_count]))
                return false;
            if (!types[*out_count])
                return sql_fail(call->env->error, "42704", "type \"" SLICE_FMT "\" does not exist",
                                SLICE_ARG(one));
        }
        *out_count += one.len > 0;
        text = slice_from(text, end + 1);
    }
    return true;
}

static bool find_procedure(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    struct slice rest = text;
    uint32_t types[100], count;
    if (!read_name(call->arena, &rest, &parts))
        return sql_fail(call->env->error, "42602", "invalid name syntax");
    if (!read_types(call, rest, types, 100, &count))
        return false;
    struct sql_routines found =
        sql_find_routines(call->env->session, call->env, parts.schema, parts.name);
    *out = 0;
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == count &&
            (!count || !memcmp(found.items[i]->arg_types, types, count * sizeof *types)))
            *out = found.items[i]->object.id;
    return true;
}

/* The operator's sign with its schema, which stands before the last dot that is followed by a sign. */
static struct parts operator_parts(struct slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '.')
            return (struct parts){slice_of(text.ptr, i), slice_from(text, i + 1)};
    return (struct parts){slice_of(NULL, 0), text};
}

static bool find_operator(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts = operator_parts(text);
    struct sql_session *session = call->env->session;
    struct sql_operators binary =
        sql_find_operators(session, call->env, parts.schema, parts.name, false);
    struct sql_operators prefix =
        sql_find_operators(session, call->env, parts.schema, parts.name, true);
    if (binary.count + prefix.count > 1)
        return sql_fail(call->env->error, "42725", "more than one operator named " SLICE_FMT,
                        SLICE_ARG(text));
    *out = binary.count   ? binary.items[0]->object.id
           : prefix.count ? prefix.items[0]->object.id
                          : 0;
    return true;
}

static bool find_operator_exactly(struct sql_call *call, struct slice text, uint32_t *out)
{
    size_t open = 0;
    uint32_t types[2], count;
    while (open < text.len && text.ptr[open] != '(')
        open++;
    struct parts parts = operator_parts(slice_of(text.ptr, open));
    if (!read_types(call, slice_from(text, open), types, 2, &count))
        return false;
    if (count == 1) {
        sql_fail(call->env->error, "42P02", "missing argument");
        return sql_hint(call->env->error,
                        "Use NONE to denote the missing argument of a unary operator.");
    }
    struct sql_operators found =
        sql_find_operators(call->env->session, call->env, parts.schema, parts.name, types[0] == 0);
    *out = 0;
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->left == types[0] && found.items[i]->right == types[1])
            *out = found.items[i]->object.id;
    return true;
}

/* A name that is in no schema. */
static bool plain_name(struct sql_call *call, struct slice text, struct parts *out)
{
    return whole_name(call, text, out) &&
           (!out->schema.ptr || sql_fail(call->env->error, "42602", "invalid name syntax"));
}

static bool find_role(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!plain_name(call, text, &parts))
        return false;
    const struct sql_role *found = sql_find_role(call->env->session, parts.name);
    *out = found ? found->object.id : 0;
    return true;
}

static bool find_schema(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!plain_name(call, text, &parts))
        return false;
    const struct sql_schema *found = sql_find_schema(call->env->session, parts.name);
    *out = found ? found->object.id : 0;
    return true;
}

static bool find_collation(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!whole_name(call, text, &parts))
        return false;
    *out = sql_find_collation(call->env->session, parts.schema, parts.name);
    return true;
}

/* Text search objects of a kind: built-in ones, then stored ones. */
static uint32_t text_object(struct sql_session *session, char kind, uint32_t class_id,
                            struct parts parts)
{
    const struct sql_dialect *dialect = session->dialect;
    uint32_t only;
    struct sql_search search;
    if (!sql_search_begin(session, parts.schema, &only, &search))
        return 0;
    for (uint16_t s = 0; s < search.count; s++) {
        for (uint32_t i = 0;
             search.schemas[s] == dialect->system_schema && i < dialect->text_objects_count; i++)
            if (dialect->text_objects[i].kind == kind &&
                slice_eq_str(parts.name, dialect->text_objects[i].name))
                return dialect->text_objects[i].id;
        const struct sql_object *found =
            sql_find_object_name(session, class_id, search.schemas[s], parts.name);
        if (found)
            return found->id;
    }
    return 0;
}

static bool find_config(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!whole_name(call, text, &parts))
        return false;
    *out = text_object(call->env->session, 'c', call->env->session->dialect->classes_of.text_config,
                       parts);
    return true;
}

static bool find_dictionary(struct sql_call *call, struct slice text, uint32_t *out)
{
    struct parts parts;
    if (!whole_name(call, text, &parts))
        return false;
    *out = text_object(call->env->session, 'd',
                       call->env->session->dialect->classes_of.text_dictionary, parts);
    return true;
}

/* ---- printing: nothing is added when there is no such object */

static void print_class(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                        uint32_t id)
{
    (void)env;
    const struct sql_relation *found = sql_find_relation_id(session, id);
    if (found)
        pg_quote_relation(session, out, found);
}

static void print_type(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                       uint32_t id)
{
    (void)env;
    if (sql_find_type_id(session, id))
        pg_format_type(session, out, id, -1, PG_TYPE_NO_TYPMOD);
}

static void print_routine(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                          uint32_t id)
{
    const struct sql_routine *found = sql_find_routine_id(session, id);
    if (!found)
        return;
    /* Without arguments it can be found when it is the only one of its name. */
    struct sql_routines all =
        sql_find_routines(session, env, slice_of(NULL, 0), found->object.name);
    bool alone = all.count == 1 && all.items[0]->object.id == id;
    pg_quote_qualified(session, out, alone ? 0 : found->object.schema, found->object.name);
}

static void print_procedure(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                            uint32_t id)
{
    const struct sql_routine *found = sql_find_routine_id(session, id);
    if (found)
        pg_quote_signature(session, env, out, found);
}

static void print_operator(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                           uint32_t id)
{
    const struct sql_operator *found = sql_find_operator_id(session, id);
    if (!found)
        return;
    struct sql_operators binary =
        sql_find_operators(session, env, slice_of(NULL, 0), found->object.name, false);
    struct sql_operators prefix =
        sql_find_operators(session, env, slice_of(NULL, 0), found->object.name, true);
    const struct sql_schema *schema = sql_find_schema_id(session, found->object.schema);
    if (binary.count + prefix.count != 1 && schema) {
        pg_quote_name(out, schema->object.name);
        sql_bytes_add_char(out, '.');
    }
    sql_bytes_add_slice(out, found->object.name);
}

static void print_operator_exactly(struct sql_session *session, struct sql_env *env,
                                   struct sql_bytes *out, uint32_t id)
{
    struct sql_reference object = {session->dialect->classes_of.operator_, id, 0};
    struct slice text = sql_find_operator_id(session, id) ? pg_describe(session, env->arena, object)
                                                          : slice_of(NULL, 0);
    if (text.ptr)
        sql_bytes_add_slice(out, slice_from(text, strlen("operator ")));
}

static void print_role(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                       uint32_t id)
{
    (void)env;
    const struct sql_role *found = sql_find_role_id(session, id);
    if (found)
        pg_quote_name(out, found->object.name);
}

static void print_schema(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                         uint32_t id)
{
    (void)env;
    const struct sql_schema *found = sql_find_schema_id(session, id);
    if (found)
        pg_quote_name(out, found->object.name);
}

static void print_collation(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                            uint32_t id)
{
    (void)env;
    uint32_t schema;
    struct slice name = pg_collation_name(session, id, &schema);
    if (!name.ptr)
        return;
    bool visible = sql_find_collation(session, slice_of(NULL, 0), name) == id;
    pg_quote_qualified(session, out, visible ? 0 : schema, name);
}

static void print_text_object(struct sql_session *session, struct sql_bytes *out, uint32_t id,
                              char kind, uint32_t class_id)
{
    for (uint32_t i = 0; i < session->dialect->text_objects_count; i++)
        if (session->dialect->text_objects[i].id == id)
            pg_quote_name(out, slice_str(session->dialect->text_objects[i].name));
    const struct sql_object *found = sql_find_object(session, class_id, id);
    if (!found)
        return;
    struct parts plain = {.name = found->name};
    bool visible = text_object(session, kind, class_id, plain) == id;
    pg_quote_qualified(session, out, visible ? 0 : found->schema, found->name);
}

static void print_config(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                         uint32_t id)
{
    (void)env;
    print_text_object(session, out, id, 'c', session->dialect->classes_of.text_config);
}

static void print_dictionary(struct sql_session *session, struct sql_env *env,
                             struct sql_bytes *out, uint32_t id)
{
    (void)env;
    print_text_object(session, out, id, 'd', session->dialect->classes_of.text_dictionary);
}

/* ---- the types */

struct reg {
    const char *type;
    finder *find;
    printer *print;
    const char *sqlstate, *before, *after; /* of "... does not exist" */
    bool as_read; /* which names what was understood, not what was written */
};

static const struct reg regs[] = {
    {"regclass",      find_class,            print_class,            "42P01", "relation \"",                  "\" does not exist", true },
    {"regtype",       find_type,             print_type,             "42704", "type \"",                      "\" does not exist", false},
    {"regproc",       find_routine,          print_routine,          "42883", "function \"",                  "\" does not exist", false},
    {"regprocedure",  find_procedure,        print_procedure,        "42883", "function \"",                  "\" does not exist",
     false                                                                                                                              },
    {"regoper",       find_operator,         print_operator,         "42883", "operator does not exist: ",    "",                  false},
    {"regoperator",   find_operator_exactly, print_operator_exactly, "42883",
     "operator does not exist: ",                                                                             "",                  false},
    {"regrole",       find_role,             print_role,             "42704", "role \"",                      "\" does not exist", true },
    {"regnamespace",  find_schema,           print_schema,           "3F000", "schema \"",                    "\" does not exist", true },
    {"regcollation",  find_collation,        print_collation,        "42704", "collation \"",
     "\" for encoding \"UTF8\" does not exist",                                                                                    true },
    {"regconfig",     find_config,           print_config,           "42704", "text search configuration \"",
     "\" does not exist",                                                                                                          true },
    {"regdictionary", find_dictionary,       print_dictionary,       "42704", "text search dictionary \"",
     "\" does not exist",                                                                                                          true },
};

static const struct reg *reg_named(struct slice type)
{
    for (size_t i = 0; i < sizeof regs / sizeof *regs; i++)
        if (slice_eq_str(type, regs[i].type))
            return &regs[i];
    return NULL;
}

static bool read_number(struct slice text, uint32_t *out)
{
    int64_t number;
    if (slice_eq_str(text, "-")) {
        *out = 0;
        return true;
    }
    if (!text.len || text.ptr[0] < '0' || text.ptr[0] > '9' || !text_to_i64(text, &number) ||
        number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

bool pg_reg_find(struct sql_call *call, const char *type, struct slice text, bool *out_found,
                 struct datum *out)
{
    uint32_t id = 0;
    const struct reg *reg = reg_named(slice_str(type));
    if (!reg->find(call, text, &id))
        return false;
    *out_found = id != 0;
    *out = (struct datum){.u = id};
    return true;
}

static bool is_operator(const struct reg *reg)
{
    return reg->find == find_operator || reg->find == find_operator_exactly;
}

/* There is no such object: its schema may be what is missing. */
static bool fail_missing(struct sql_call *call, const struct reg *reg, struct slice text)
{
    struct parts parts = {0};
    struct slice rest = text;
    if (is_operator(reg))
        parts = operator_parts(text);
    else if (!read_name(call->arena, &rest, &parts))
        parts.schema = slice_of(NULL, 0);
    if (parts.schema.ptr && !sql_find_schema(call->env->session, parts.schema))
        return sql_fail(call->env->error, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(parts.schema));
    if (reg->as_read)
        text = parts.schema.ptr ? arena_printf(call->arena, SLICE_FMT "." SLICE_FMT,
                                               SLICE_ARG(parts.schema), SLICE_ARG(parts.name))
                                : parts.name;
    return sql_fail(call->env->error, reg->sqlstate, "%s" SLICE_FMT "%s", reg->before,
                    SLICE_ARG(text), reg->after);
}

static bool reg_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)typmod;
    const struct reg *reg = reg_named(type->name);
    uint32_t id;
    if (!read_number(text, &id)) {
        if (!reg->find(call, text, &id))
            return false;
        if (!id)
            return fail_missing(call, reg, text);
    }
    *out = (struct datum){.u = id};
    return true;
}

static bool reg_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    uint32_t id = (uint32_t)value.u;
    size_t before = out->len;
    if (!id) {
        sql_bytes_add_char(out, '-');
        return true;
    }
    if (call->env->session)
        reg_named(type->name)->print(call->env->session, call->env, out, id);
    if (out->len == before)
        sql_bytes_printf(out, "%u", id);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool reg_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    return sql_oid_ops.receive(call, type, bytes, typmod, out);
}

static bool reg_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    return sql_oid_ops.send(call, type, value, out);
}

const struct sql_type_ops pg_reg_ops = {
    .input = reg_input,
    .output = reg_output,
    .receive = reg_receive,
    .send = reg_send,
    .compare = sql_int_compare,
    .hash = sql_int_hash,
    .encode_key = sql_int_encode_key,
    .row_form = SQL_ROW_FORM_UNSIGNED,
};

/* ---- to_regclass and the like: NULL where there is none */

static bool to_reg(struct sql_call *call, const struct datum *args, const char *type,
                   struct datum *out)
{
    bool found;
    uint32_t number;
    struct slice text = datum_slice(args[0]);
    if (read_number(text, &number))
        return sql_give_null(out);
    if (!pg_reg_find(call, type, text, &found, out))
        return false;
    return found || sql_give_null(out);
}

#define TO_REG(name, type)                                                               \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        return to_reg(call, args, type, out);                                            \
    }
TO_REG(to_regclass, "regclass")
TO_REG(to_regtype, "regtype")
TO_REG(to_regproc, "regproc")
TO_REG(to_regprocedure, "regprocedure")
TO_REG(to_regoper, "regoper")
TO_REG(to_regoperator, "regoperator")
TO_REG(to_regrole, "regrole")
TO_REG(to_regnamespace, "regnamespace")
TO_REG(to_regcollation, "regcollation")

/* text::regclass by a cast. */
static bool text_regclass(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = sql_builtin_type_id(
        call->env->session->dialect, call->env->session->dialect->types_of.regclass);
    return reg_input(call, type, datum_slice(args[0]), -1, out);
}

const struct sql_builtin pg_reg_functions[] = {
    {"text_regclass",   text_regclass  },
    {"to_regclass",     to_regclass    },
    {"to_regtype",      to_regtype     },
    {"to_regproc",      to_regproc     },
    {"to_regprocedure", to_regprocedure},
    {"to_regoper",      to_regoper     },
    {"to_regoperator",  to_regoperator },
    {"to_regrole",      to_regrole     },
    {"to_regnamespace", to_regnamespace},
    {"to_regcollation", to_regcollation},
    {NULL,              NULL           },
};
