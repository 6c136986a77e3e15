#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/syntax/keywords.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/builtins.h"

static bool is_plain(struct slice name)
{
    if (name.len == 0 || !((name.ptr[0] >= 'a' && name.ptr[0] <= 'z') || name.ptr[0] == '_'))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    int keyword = pg_keyword_find(name);
    return keyword < 0 || pg_keywords[keyword].class == PG_UNRESERVED;
}

void pg_quote_identifier(struct sql_bytes *out, struct slice name)
{
    if (is_plain(name)) {
        sql_bytes_add_slice(out, name);
        return;
    }
    sql_bytes_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            sql_bytes_add_char(out, '"');
        sql_bytes_add_char(out, (char)name.ptr[i]);
    }
    sql_bytes_add_char(out, '"');
}

void pg_quote_literal(struct sql_bytes *out, struct slice text)
{
    if (text.len && memchr(text.ptr, '\\', text.len))
        sql_bytes_add_char(out, 'E');
    sql_bytes_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
            sql_bytes_add_char(out, (char)text.ptr[i]);
        sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '\'');
}

bool pg_deparse_qualified(struct sql_env *env, uint32_t schema, struct slice name, bool visible,
                          struct sql_bytes *out)
{
    if (!visible) {
        const struct sql_schema *in = sql_find_schema_id(env->session, schema);
        if (in) {
            bool temporary = schema == env->session->temp_schema && schema != 0;
            pg_quote_identifier(out, temporary ? slice_str("pg_temp") : in->object.name);
            sql_bytes_add_char(out, '.');
        }
    }
    pg_quote_identifier(out, name);
    return true;
}

static const struct slice no_schema = {NULL, 0};

bool pg_deparse_relation_name(struct sql_env *env, uint32_t relation, struct sql_bytes *out)
{
    const struct sql_relation *found = sql_find_relation_id(env->session, relation);
    if (!found)
        return sql_fail(env->error, "XX000", "cache lookup failed for relation %u", relation);
    const struct sql_relation *seen =
        sql_find_relation(env->session, no_schema, found->object.name);
    return pg_deparse_qualified(env, found->object.schema, found->object.name,
                                seen && seen->object.id == relation, out);
}

static bool same_arguments(const struct sql_routine *a, const struct sql_routine *b)
{
    if (a->arg_count != b->arg_count)
        return false;
    for (unsigned i = 0; i < a->arg_count; i++)
        if (a->arg_types[i] != b->arg_types[i])
            return false;
    return true;
}

/* Found by its name along the path with these arguments? */
static bool routine_is_visible(struct sql_env *env, const struct sql_routine *routine)
{
    struct sql_routines all = sql_find_routines(env->session, env, no_schema, routine->object.name);
    for (uint32_t i = 0; i < all.count; i++)
        if (same_arguments(all.items[i], routine))
            return all.items[i]->object.id == routine->object.id;
    return false;
}

bool pg_deparse_routine_name(struct sql_env *env, const struct sql_routine *routine,
                             struct sql_bytes *out)
{
    return pg_deparse_qualified(env, routine->object.schema, routine->object.name,
                                routine_is_visible(env, routine), out);
}

bool pg_deparse_operator_name(struct sql_env *env, uint32_t op, struct sql_bytes *out)
{
    const struct sql_operator *found = sql_find_operator_id(env->session, op);
    if (!found)
        return sql_fail(env->error, "XX000", "cache lookup failed for operator %u", op);
    const struct sql_operator *seen =
        sql_find_operator(env->session, found->object.name, found->left, found->right);
    if (seen && seen->object.id == op) {
        sql_bytes_add_slice(out, found->object.name);
        return true;
    }
    const struct sql_schema *schema = sql_find_schema_id(env->session, found->object.schema);
    sql_bytes_add_str(out, "OPERATOR(");
    if (schema) {
        pg_quote_identifier(out, schema->object.name);
        sql_bytes_add_char(out, '.');
    }
    sql_bytes_add_slice(out, found->object.name);
    sql_bytes_add_char(out, ')');
    return true;
}

bool pg_deparse_collation_name(struct sql_env *env, uint32_t collation, struct sql_bytes *out)
{
    static const struct {
        uint32_t id;
        const char *name;
    } builtin[] = {
        {100, "default"},
        {950, "C"      },
        {951, "POSIX"  }
    };
    for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
        if (builtin[i].id == collation) {
            pg_quote_identifier(out, slice_str(builtin[i].name));
            return true;
        }
    return sql_fail(env->error, "XX000", "cache lookup failed for collation %u", collation);
}

/* ---- types */

enum {
    TYPE_BOOL = 16,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_TIME = 1083,
    TYPE_TIMESTAMP = 1114,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_INTERVAL = 1186,
    TYPE_TIMETZ = 1266,
    TYPE_BIT = 1560,
    TYPE_VARBIT = 1562,
    TYPE_NUMERIC = 1700,
};

/* Types that SQL calls by words of its own: words before and after the typmod. */
struct type_words {
    uint32_t type;
    bool length_by_default; /* without a typmod the words would mean length 1 */
    const char *before, *after;
    const char *typmod_symbol; /* function that prints the typmod */
};

static const struct type_words type_words[] = {
    {TYPE_BOOL,        false, "boolean",           "",                   NULL                  },
    {TYPE_INT8,        false, "bigint",            "",                   NULL                  },
    {TYPE_INT2,        false, "smallint",          "",                   NULL                  },
    {TYPE_INT4,        false, "integer",           "",                   NULL                  },
    {TYPE_FLOAT4,      false, "real",              "",                   NULL                  },
    {TYPE_FLOAT8,      false, "double precision",  "",                   NULL                  },
    {TYPE_BPCHAR,      true,  "character",         "",                   "bpchartypmodout"     },
    {TYPE_VARCHAR,     false, "character varying", "",                   "varchartypmodout"    },
    {TYPE_TIME,        false, "time",              " without time zone", "timetypmodout"       },
    {TYPE_TIMESTAMP,   false, "timestamp",         " without time zone", "timestamptypmodout"  },
    {TYPE_TIMESTAMPTZ, false, "timestamp",         " with time zone",    "timestamptztypmodout"},
    {TYPE_INTERVAL,    false, "interval",          "",                   "intervaltypmodout"   },
    {TYPE_TIMETZ,      false, "time",              " with time zone",    "timetztypmodout"     },
    {TYPE_BIT,         true,  "bit",               "",                   "bittypmodout"        },
    {TYPE_VARBIT,      false, "bit varying",       "",                   "varbittypmodout"     },
    {TYPE_NUMERIC,     false, "numeric",           "",                   "numerictypmodout"    },
};

static const struct type_words *find_words(uint32_t type)
{
    for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); i++)
        if (type_words[i].type == type)
            return &type_words[i];
    return NULL;
}

/* "(10,2)": what the type's own function makes of a typmod. */
static bool put_typmod(struct sql_env *env, const char *symbol, int32_t typmod,
                       struct sql_bytes *out)
{
    sql_function *print = symbol ? sql_builtin_find(slice_str(symbol)) : NULL;
    if (!print) {
        sql_bytes_printf(out, "(%d)", typmod);
        return true;
    }
    struct sql_call call = {.env = env, .arena = out->arena, .argc = 1};
    struct datum arg = datum_int(typmod), text;
    if (!print(&call, &arg, &text))
        return false;
    /* Time types say " without time zone" in their typmod text, too; only "(n)" belongs here. */
    struct slice all = datum_slice(text);
    const uint8_t *end = all.len ? memchr(all.ptr, ')', all.len) : NULL;
    const uint8_t *open = all.len ? memchr(all.ptr, '(', all.len) : NULL;
    if (open == all.ptr && end)
        all.len = (size_t)(end - all.ptr) + 1;
    sql_bytes_add_slice(out, all);
    return true;
}

static const struct sql_type *array_element(struct sql_env *env, const struct sql_type *type)
{
    if (type->element == 0 || type->len != -1)
        return NULL;
    const struct sql_type *element = sql_find_type_id(env->session, type->element);
    return element && element->array == type->id ? element : NULL;
}

static bool put_type(struct sql_env *env, uint32_t id, int32_t typmod, bool given, bool qualify,
                     struct sql_bytes *out)
{
    const struct sql_type *type = sql_find_type_id(env->session, id);
    if (!type) {
        sql_bytes_add_str(out, id == 0 ? "-" : "???");
        return true;
    }
    const struct sql_type *element = array_element(env, type);
    if (element) {
        if (!put_type(env, element->id, typmod, given, qualify, out))
            return false;
        sql_bytes_add_str(out, "[]");
        return true;
    }
    const struct type_words *words = find_words(id);
    if (words && !(words->length_by_default && given && typmod < 0)) {
        sql_bytes_add_str(out, words->before);
        if (typmod >= 0 && words->typmod_symbol &&
            !put_typmod(env, words->typmod_symbol, typmod, out))
            return false;
        sql_bytes_add_str(out, words->after);
        return true;
    }
    const struct sql_type *seen =
        qualify ? NULL : sql_find_type(env->session, no_schema, type->name);
    /* "bit" and "char" must be quoted where the word would be read as the SQL type. */
    if (words && id == TYPE_BIT && !qualify)
        sql_bytes_add_str(out, "\"bit\"");
    else if (!pg_deparse_qualified(env, type->schema, type->name, seen && seen->id == id, out))
        return false;
    if (typmod >= 0)
        return put_typmod(env, NULL, typmod, out);
    return true;
}

bool pg_deparse_type(struct sql_env *env, uint32_t type, int32_t typmod, bool typmod_given,
                     struct sql_bytes *out)
{
    return put_type(env, type, typmod, typmod_given, false, out);
}

bool pg_deparse_type_qualified(struct sql_env *env, uint32_t type, int32_t typmod,
                               struct sql_bytes *out)
{
    return put_type(env, type, typmod, true, true, out);
}
