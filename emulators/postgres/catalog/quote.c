/* Names as SQL has them: quoted where they must be, with a schema where they would not be found. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/syntax/keywords.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

/* No keywords, but before a parenthesis the grammar takes them for its own (parse_json_query.c). */
static bool is_json_query(struct slice name)
{
    static const char *const words[] = {"json_exists", "json_query", "json_table", "json_value"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_str(name, words[i]))
            return true;
    return false;
}

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
    return keyword < 0 ? !is_json_query(name) : pg_keywords[keyword].class == PG_UNRESERVED;
}

static void add_doubled(struct sql_bytes *out, struct slice text, char quote)
{
    sql_bytes_add_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == (uint8_t)quote)
            sql_bytes_add_char(out, quote);
        sql_bytes_add(out, text.ptr + i, 1);
    }
    sql_bytes_add_char(out, quote);
}

void pg_quote_name(struct sql_bytes *out, struct slice name)
{
    if (is_plain(name))
        sql_bytes_add_slice(out, name);
    else
        add_doubled(out, name, '"');
}

void pg_quote_text(struct sql_bytes *out, struct slice text)
{
    add_doubled(out, text, '\'');
}

void pg_quote_qualified(struct sql_session *session, struct sql_bytes *out, uint32_t schema,
                        struct slice name)
{
    const struct sql_schema *found = schema ? sql_find_schema_id(session, schema) : NULL;
    if (found) {
        bool temp = schema == session->temp_schema;
        pg_quote_name(out, temp ? slice_str("pg_temp") : found->object.name);
        sql_bytes_add_char(out, '.');
    }
    pg_quote_name(out, name);
}

/* ---- visibility */

bool pg_relation_is_visible(struct sql_session *session, const struct sql_relation *relation)
{
    const struct sql_relation *found =
        sql_find_relation(session, slice_of(NULL, 0), relation->object.name);
    return found && found->object.id == relation->object.id;
}

bool pg_type_is_visible(struct sql_session *session, const struct sql_type *type)
{
    const struct sql_type *found = sql_find_type(session, slice_of(NULL, 0), type->name);
    return found && found->id == type->id;
}

bool pg_routine_is_visible(struct sql_session *session, struct sql_env *env,
                           const struct sql_routine *routine)
{
    struct sql_routines found =
        sql_find_routines(session, env, slice_of(NULL, 0), routine->object.name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->object.id == routine->object.id)
            return true;
    return false;
}

bool pg_operator_is_visible(struct sql_session *session, const struct sql_operator *op)
{
    const struct sql_operator *found =
        sql_find_operator(session, op->object.name, op->left, op->right);
    return found && found->object.id == op->object.id;
}

bool pg_object_is_visible(struct sql_session *session, const struct sql_object *object)
{
    for (uint16_t i = 0; i < session->path_count; i++) {
        if (session->path[i] == object->schema)
            return true;
        if (sql_find_object_name(session, object->class_id, session->path[i], object->name))
            return false;
    }
    return false;
}

/* ---- names of objects */

void pg_quote_relation(struct sql_session *session, struct sql_bytes *out,
                       const struct sql_relation *relation)
{
    bool visible = pg_relation_is_visible(session, relation);
    pg_quote_qualified(session, out, visible ? 0 : relation->object.schema, relation->object.name);
}

void pg_quote_signature(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                        const struct sql_routine *routine)
{
    bool visible = pg_routine_is_visible(session, env, routine);
    pg_quote_qualified(session, out, visible ? 0 : routine->object.schema, routine->object.name);
    sql_bytes_add_char(out, '(');
    for (uint16_t i = 0; i < routine->arg_count; i++) {
        if (i)
            sql_bytes_add_char(out, ',');
        pg_format_type(session, out, routine->arg_types[i], -1, PG_TYPE_NO_TYPMOD);
    }
    sql_bytes_add_char(out, ')');
}

struct slice pg_collation_name(struct sql_session *session, uint32_t id, uint32_t *out_schema)
{
    const struct sql_builtin_collation *builtin = sql_builtin_collation_id(session->dialect, id);
    if (builtin) {
        *out_schema = session->dialect->system_schema;
        return slice_str(builtin->name);
    }
    const struct sql_object *found =
        sql_find_object(session, session->dialect->classes_of.collation, id);
    *out_schema = found ? found->schema : 0;
    return found ? found->name : slice_of(NULL, 0);
}
