/* Functions, aggregates, operators and casts of an extension. */
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/extension/install.h"
#include "emulators/sql/catalog/find.h"

/* Fields of a routine's row. */
enum {
    NAME,
    ARGUMENTS,
    RESULT,
    FLAGS,
    SOURCE,
    VARIADIC,
    COST,
    ROWS,
    MODES,
    ALL_TYPES,
    NAMES,
    DEFAULTS
};
enum {
    FLAG_KIND,
    FLAG_STRICT,
    FLAG_VOLATILITY,
    FLAG_SET,
    FLAG_PARALLEL,
    FLAG_LEAKPROOF,
    FLAG_LANGUAGE
};

static float number(struct slice field, float otherwise)
{
    float value = 0;
    for (size_t i = 0; i < field.len; i++)
        value = value * 10 + (float)(field.ptr[i] - '0');
    return field.len ? value : otherwise;
}

/* "a,b,-" as names; a - is an argument without one. */
static bool set_names(const struct pg_install *install, struct slice text,
                      struct sql_routine *routine)
{
    struct slice *names = arena_array(install->ddl->arena, text.len + 1, sizeof *names);
    if (!names)
        return sql_fail_memory(install->ddl->env->error);
    while (!pg_install_none(text)) {
        const uint8_t *comma = memchr(text.ptr, ',', text.len);
        struct slice one = slice_of(text.ptr, comma ? (size_t)(comma - text.ptr) : text.len);
        names[routine->name_count++] = slice_eq_str(one, "-") ? slice_of("", 0) : one;
        text = slice_from(text, comma ? one.len + 1 : one.len);
    }
    routine->names = names;
    return true;
}

/* "0,0": what the last arguments are when they are not given, as texts of their types. */
static bool set_defaults(const struct pg_install *install, struct slice text,
                         struct sql_routine *routine)
{
    struct pg_ddl *ddl = install->ddl;
    uint16_t count = text.len ? 1 : 0;
    for (size_t i = 0; i < text.len; i++)
        count = (uint16_t)(count + (text.ptr[i] == ','));
    struct sql_expr **items = arena_array(ddl->arena, count + 1u, sizeof *items);
    struct sql_expr_const *values = arena_zalloc(ddl->arena, (count + 1u) * sizeof *values);
    if (!items || !values)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *comma = memchr(text.ptr, ',', text.len);
        struct slice one = slice_of(text.ptr, comma ? (size_t)(comma - text.ptr) : text.len);
        const struct sql_type *type =
            sql_find_type_id(ddl->session, routine->arg_types[routine->arg_count - count + i]);
        struct sql_call call = {.env = ddl->env, .arena = ddl->arena, .result_type = type};
        values[i].expr = (struct sql_expr){
            .kind = SQL_EXPR_CONST, .type = type->id, .typmod = -1, .location = -1};
        items[i] = &values[i].expr;
        text = slice_from(text, comma ? one.len + 1 : one.len);
        if (!sql_type_input(&call, type, one, -1, &values[i].value))
            return false;
    }
    routine->defaults = (struct sql_exprs){items, count};
    routine->default_count = count;
    return true;
}

static const struct pg_member *aggregate_of(const struct pg_install *install, uint32_t routine)
{
    for (uint32_t i = 0; i < install->count; i++)
        if (install->members[i].kind == PG_MEMBER_AGGREGATE &&
            pg_install_routine(install, install->members[i].field[0]) == routine)
            return &install->members[i];
    return NULL;
}

/* Fields: routine, transition, final, combine, state, sort operator, initial, final-modify. */
static void read_aggregate(const struct pg_install *install, const struct pg_member *row,
                           struct sql_aggregate *out)
{
    *out = (struct sql_aggregate){
        .kind = 'n',
        .transition = pg_install_routine(install, row->field[1]),
        .final = pg_install_routine(install, row->field[2]),
        .combine = pg_install_routine(install, row->field[3]),
        .state_type = pg_install_type(install, row->field[4]),
        .sort_op = pg_install_operator(install, row->field[5]),
        .final_modify = (char)row->field[7].ptr[0],
        .moving_final_modify = 'r',
        .initial = slice_eq_str(row->field[6], "\\N") ? slice_of(NULL, 0) : row->field[6],
    };
}

static struct sql_routine routine_of(const struct pg_install *install,
                                     const struct pg_member *member)
{
    const struct slice *field = member->field;
    const char *flags = (const char *)field[FLAGS].ptr;
    return (struct sql_routine){
        .object =
            pg_install_head(install, pg_classes(install->ddl)->routine, member->id, field[NAME]),
        .kind = (enum sql_routine_kind)flags[FLAG_KIND],
        .strict = flags[FLAG_STRICT] == 's',
        .returns_set = flags[FLAG_SET] == 'r',
        .leakproof = flags[FLAG_LEAKPROOF] == 'l',
        .volatility = flags[FLAG_VOLATILITY],
        .parallel = flags[FLAG_PARALLEL],
        .language = flags[FLAG_LANGUAGE] == 's'   ? PG_LANGUAGE_SQL
                    : flags[FLAG_LANGUAGE] == 'i' ? PG_LANGUAGE_INTERNAL
                                                  : PG_LANGUAGE_C,
        .result_type = pg_install_type(install, field[RESULT]),
        .variadic_element = pg_install_type(install, field[VARIADIC]),
        .modes = pg_install_none(field[MODES]) ? NULL : (const char *)field[MODES].ptr,
        .cost = number(field[COST], 1),
        .rows = number(field[ROWS], 0),
        .source = field[SOURCE],
        .binary = flags[FLAG_LANGUAGE] == 'c'
                      ? arena_printf(install->ddl->arena, "$libdir/%s", install->extension->name)
                      : slice_of(NULL, 0),
    };
}

bool pg_install_make_routine(struct pg_install *install, struct pg_member *member)
{
    struct pg_ddl *ddl = install->ddl;
    const struct slice *field = member->field;
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_routine routine = routine_of(install, member);
    struct sql_aggregate aggregate;
    uint32_t *types, *all;
    if (!pg_install_types(install, field[ARGUMENTS], &types, &routine.arg_count) ||
        !pg_install_types(install, field[ALL_TYPES], &all, &routine.all_count) ||
        !set_names(install, field[NAMES], &routine))
        return false;
    routine.arg_types = types;
    routine.all_types = all;
    if (!set_defaults(install, field[DEFAULTS], &routine))
        return false;
    if (routine.language != PG_LANGUAGE_SQL)
        routine.call = pg_install_symbol(install, member);
    const struct pg_member *row =
        routine.kind == SQL_ROUTINE_AGGREGATE ? aggregate_of(install, member->id) : NULL;
    if (row) {
        read_aggregate(install, row, &aggregate);
        routine.aggregate = &aggregate;
    }
    return pg_routine_store(ddl, &routine, NULL) &&
           pg_install_own(install, ids->routine, member->id);
}

/* ---- operators */

/* Which comparison of the type's default order it is: the number by which a default B-tree class of
 * one type knows it, or the opposite of =. */
static enum sql_compare comparison(const struct pg_install *install, const struct sql_operator *op)
{
    enum sql_compare found = 0;
    for (uint32_t i = 0; i < install->count && op->left == op->right; i++) {
        const struct pg_member *class = &install->members[i];
        if (class->kind != PG_MEMBER_CLASS || !slice_eq_str(class->field[0], "btree") ||
            !slice_eq_str(class->field[4], "d") ||
            pg_install_type(install, class->field[3]) != op->left)
            continue;
        for (uint32_t at = 0; at < install->count; at++) {
            const struct pg_member *member = &install->members[at];
            if (member->kind != PG_MEMBER_OPERATOR_OF ||
                !slice_eq(member->field[0], class->field[0]) ||
                !slice_eq(member->field[1], class->field[2]))
                continue;
            uint32_t id = pg_install_operator(install, member->field[6]);
            unsigned strategy = member->field[4].ptr[0] - '0';
            if (id == op->object.id)
                found = (enum sql_compare)strategy;
            else if (id == op->negator && strategy == SQL_EQ)
                found = SQL_NE;
        }
    }
    return found;
}

static bool depend_operator(const struct pg_install *install, const struct sql_operator *op)
{
    struct sql_env *env = install->ddl->env;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct sql_reference of = pg_whole(ids->operator_, op->object.id);
    return sql_depend(env, of, pg_whole(ids->schema, op->object.schema), 'n') &&
           (!op->left || sql_depend(env, of, pg_whole(ids->type, op->left), 'n')) &&
           sql_depend(env, of, pg_whole(ids->type, op->right), 'n') &&
           sql_depend(env, of, pg_whole(ids->type, op->result), 'n') &&
           sql_depend(env, of, pg_whole(ids->routine, op->function), 'n');
}

/* Fields: name, left, right, result, routine, commutator, negator, flags, restrict, join. */
bool pg_install_make_operator(struct pg_install *install, struct pg_member *member)
{
    const struct slice *field = member->field;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct sql_operator op = {
        .object = pg_install_head(install, ids->operator_, member->id, field[0]),
        .left = pg_install_type(install, field[1]),
        .right = pg_install_type(install, field[2]),
        .result = pg_install_type(install, field[3]),
        .function = pg_install_routine(install, field[4]),
        .commutator = pg_install_operator(install, field[5]),
        .negator = pg_install_operator(install, field[6]),
        .can_merge = field[7].ptr[0] == 'm',
        .can_hash = field[7].ptr[1] == 'h',
        .restrict_function = pg_install_routine_named(install, field[8]),
        .join_function = pg_install_routine_named(install, field[9]),
    };
    op.btree = comparison(install, &op);
    return sql_catalog_create(install->ddl->env, &op.object) && depend_operator(install, &op) &&
           pg_install_own(install, ids->operator_, member->id);
}

/* Fields: source, target, routine, context and method. */
bool pg_install_make_cast(struct pg_install *install, struct pg_member *member)
{
    struct sql_env *env = install->ddl->env;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct sql_cast_object object = {
        .cast = {.id = member->id,
                 .source = pg_install_type(install, member->field[0]),
                 .target = pg_install_type(install, member->field[1]),
                 .function = pg_install_routine(install, member->field[2]),
                 .context = (char)member->field[3].ptr[0],
                 .method = (char)member->field[3].ptr[1]}
    };
    const struct sql_cast *cast = &object.cast;
    const uint32_t key[] = {cast->source, cast->target};
    struct sql_reference of = pg_whole(ids->cast, member->id);
    object.object = pg_install_head(install, ids->cast, member->id, slice_of(key, sizeof key));
    object.object.schema = 0;
    return sql_catalog_create(env, &object.object) &&
           sql_depend(env, of, pg_whole(ids->type, cast->source), 'n') &&
           sql_depend(env, of, pg_whole(ids->type, cast->target), 'n') &&
           (!cast->function || sql_depend(env, of, pg_whole(ids->routine, cast->function), 'n')) &&
           pg_install_own(install, ids->cast, member->id);
}
