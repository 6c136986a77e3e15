/* What the names in an extension's rows mean: members first, then built-in objects, then those of
 * the extensions that it requires. */
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/extension/install.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/type_io.h"

enum { TYPE_INPUT = 10, TYPE_OUTPUT, TYPE_RECEIVE, TYPE_SEND }; /* fields of a type's row */

bool pg_install_none(struct slice field)
{
    return field.len == 0 || slice_eq_str(field, "-");
}

/* ---- types */

/* A type of one of the extensions that this one requires. */
static uint32_t required_type(const struct pg_install *install, struct slice name)
{
    struct sql_session *session = install->ddl->session;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct slice rest = slice_str(install->extension->requires ? install->extension->requires : "");
    while (rest.len) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        struct slice one = slice_of(rest.ptr, comma ? (size_t)(comma - rest.ptr) : rest.len);
        rest = slice_from(rest, comma ? one.len + 1 : rest.len);
        const struct sql_extension *required =
            (const void *)sql_find_object_name(session, ids->extension, 0, one);
        const struct sql_object *found =
            required ? sql_find_object_name(session, ids->type, required->in_schema, name) : NULL;
        if (found)
            return found->id;
    }
    return 0;
}

uint32_t pg_install_type(const struct pg_install *install, struct slice name)
{
    const struct sql_dialect *dialect = install->ddl->session->dialect;
    if (pg_install_none(name))
        return 0;
    for (uint32_t i = 0; i < install->count; i++) {
        const struct pg_member *member = &install->members[i];
        if (member->kind != PG_MEMBER_TYPE)
            continue;
        if (slice_eq(member->field[0], name))
            return member->id;
        if (name.ptr[0] == '_' && slice_eq(member->field[0], slice_from(name, 1)))
            return member->array;
    }
    const struct sql_type *builtin = sql_builtin_type_named(dialect, dialect->system_schema, name);
    if (builtin)
        return builtin->id;
    const struct sql_object *made = sql_find_object_name(
        install->ddl->session, pg_classes(install->ddl)->type, install->object->in_schema, name);
    return made ? made->id : required_type(install, name);
}

bool pg_install_types(const struct pg_install *install, struct slice names, uint32_t **out,
                      uint16_t *out_count)
{
    uint16_t count = 0;
    *out = arena_array(install->ddl->arena, names.len / 2 + 1, sizeof **out);
    if (!*out)
        return sql_fail_memory(install->ddl->env->error);
    while (names.len) {
        const uint8_t *comma = memchr(names.ptr, ',', names.len);
        size_t len = comma ? (size_t)(comma - names.ptr) : names.len;
        (*out)[count++] = pg_install_type(install, slice_of(names.ptr, len));
        names = slice_from(names, comma ? len + 1 : len);
    }
    *out_count = count;
    return true;
}

const struct pg_member *pg_install_type_with(const struct pg_install *install, unsigned field,
                                             struct slice routine)
{
    for (uint32_t i = 0; i < install->count; i++)
        if (install->members[i].kind == PG_MEMBER_TYPE &&
            slice_eq(install->members[i].field[field], routine))
            return &install->members[i];
    return NULL;
}

/* ---- routines */

static uint32_t builtin_routine(const struct pg_install *install, struct slice name,
                                const uint32_t *types, uint16_t count)
{
    const struct sql_dialect *dialect = install->ddl->session->dialect;
    uint32_t first, found = sql_builtin_routines_named(dialect, name, &first);
    for (uint32_t i = first; i < first + found; i++) {
        const struct sql_builtin_routine *routine =
            &dialect->routines[dialect->routines_by_name[i]];
        bool same = !types || routine->arg_count == count;
        for (uint16_t at = 0; types && same && at < count; at++)
            same = dialect->type_lists[routine->arg_types + at] == types[at];
        if (same)
            return routine->id;
    }
    return 0;
}

uint32_t pg_install_routine(const struct pg_install *install, struct slice signature)
{
    const uint8_t *open = memchr(signature.ptr, '(', signature.len);
    if (pg_install_none(signature) || !open)
        return 0;
    struct slice name = slice_of(signature.ptr, (size_t)(open - signature.ptr));
    struct slice args = slice_of(open + 1, signature.len - name.len - 2);
    for (uint32_t i = 0; i < install->count; i++) {
        const struct pg_member *member = &install->members[i];
        if (member->kind == PG_MEMBER_ROUTINE && slice_eq(member->field[0], name) &&
            slice_eq(member->field[1], args))
            return member->id;
    }
    uint32_t *types;
    uint16_t count;
    return pg_install_types(install, args, &types, &count)
               ? builtin_routine(install, name, types, count)
               : 0;
}

uint32_t pg_install_routine_named(const struct pg_install *install, struct slice name)
{
    if (pg_install_none(name))
        return 0;
    for (uint32_t i = 0; i < install->count; i++)
        if (install->members[i].kind == PG_MEMBER_ROUTINE &&
            slice_eq(install->members[i].field[0], name))
            return install->members[i].id;
    return builtin_routine(install, name, NULL, 0);
}

static sql_function *function_of(const struct pg_extension_code *code, struct slice symbol)
{
    for (unsigned i = 0; code && i < PG_EXTENSION_LISTS_MAX && code->functions[i]; i++)
        for (const struct sql_builtin *row = code->functions[i]; row->symbol; row++)
            if (slice_eq_str(symbol, row->symbol))
                return row->call;
    return NULL;
}

sql_function *pg_install_symbol(const struct pg_install *install, const struct pg_member *routine)
{
    struct slice name = routine->field[0], symbol = routine->field[4];
    sql_function *const of_types[] = {sql_call_input, sql_call_output, sql_call_receive,
                                      sql_call_send};
    for (unsigned i = 0; i < 4; i++)
        if (pg_install_type_with(install, TYPE_INPUT + i, name))
            return of_types[i];
    sql_function *found = function_of(install->code, symbol);
    bool internal = routine->field[3].ptr[routine->field[3].len - 1] == 'i';
    return found || !internal ? found : pg_routine_symbol(install->ddl, symbol);
}

/* ---- operators, methods, families */

/* The next word of a text; takes it off. */
static struct slice word(struct slice *text)
{
    const uint8_t *blank = memchr(text->ptr, ' ', text->len);
    struct slice one = slice_of(text->ptr, blank ? (size_t)(blank - text->ptr) : text->len);
    *text = slice_from(*text, blank ? one.len + 1 : one.len);
    return one;
}

uint32_t pg_install_operator(const struct pg_install *install, struct slice text)
{
    const struct sql_dialect *dialect = install->ddl->session->dialect;
    if (pg_install_none(text))
        return 0;
    struct slice name = word(&text), left = word(&text), right = word(&text);
    for (uint32_t i = 0; i < install->count; i++) {
        const struct pg_member *member = &install->members[i];
        if (member->kind == PG_MEMBER_OPERATOR && slice_eq(member->field[0], name) &&
            slice_eq(member->field[1], left) && slice_eq(member->field[2], right))
            return member->id;
    }
    uint32_t left_type = pg_install_type(install, left);
    uint32_t right_type = pg_install_type(install, right);
    uint32_t first, count = sql_builtin_operators_named(dialect, name, &first);
    for (uint32_t i = first; i < first + count; i++) {
        const struct sql_operator *op = &dialect->operators[dialect->operators_by_name[i]];
        if (op->left == left_type && op->right == right_type)
            return op->object.id;
    }
    return 0;
}

uint32_t pg_install_method(const struct pg_install *install, struct slice name)
{
    const struct sql_access_method *builtin =
        sql_builtin_method_named(install->ddl->session->dialect, name);
    if (builtin)
        return builtin->id;
    for (uint32_t i = 0; i < install->count; i++)
        if (install->members[i].kind == PG_MEMBER_METHOD &&
            slice_eq(install->members[i].field[0], name))
            return install->members[i].id;
    return 0;
}

uint32_t pg_install_own_family(const struct pg_install *install, struct slice method,
                               struct slice name)
{
    for (uint32_t i = 0; i < install->count; i++) {
        const struct pg_member *member = &install->members[i];
        if (member->kind == PG_MEMBER_FAMILY && slice_eq(member->field[0], method) &&
            slice_eq(member->field[1], name))
            return member->id;
    }
    return 0;
}

uint32_t pg_install_family(const struct pg_install *install, struct slice method, struct slice name)
{
    const struct sql_dialect *dialect = install->ddl->session->dialect;
    uint32_t own = pg_install_own_family(install, method, name);
    uint32_t method_id = own ? 0 : pg_install_method(install, method);
    for (uint32_t i = 0; method_id && i < dialect->families_count; i++)
        if (dialect->families[i].method == method_id &&
            slice_eq_str(name, dialect->families[i].name))
            return dialect->families[i].id;
    return own;
}
