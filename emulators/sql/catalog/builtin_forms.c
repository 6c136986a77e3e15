/* The long forms of routines and system relations, which dialects have in a short one. */
#include <stdlib.h>

#include "emulators/sql/catalog/memo.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/value/builtins.h"

struct sql_builtins {
    const struct sql_dialect *dialect;
    struct arena arena;
    struct sql_routine **routines;
    struct sql_relation **relations;
    struct sql_operator_memo memos[SQL_OPERATOR_MEMOS];
};

struct sql_operator_memo *sql_builtins_operator_memos(struct sql_builtins *builtins)
{
    return builtins->memos;
}

struct sql_builtins *sql_builtins_create(const struct sql_dialect *dialect)
{
    struct sql_builtins *builtins = calloc(1, sizeof *builtins);
    if (!builtins)
        return NULL;
    builtins->dialect = dialect;
    arena_init(&builtins->arena);
    builtins->routines = calloc(dialect->routines_count, sizeof *builtins->routines);
    builtins->relations = calloc(dialect->relations_count, sizeof *builtins->relations);
    if (!builtins->routines || !builtins->relations) {
        sql_builtins_destroy(builtins);
        return NULL;
    }
    return builtins;
}

void sql_builtins_destroy(struct sql_builtins *builtins)
{
    if (!builtins)
        return;
    free(builtins->routines);
    free(builtins->relations);
    arena_done(&builtins->arena);
    free(builtins);
}

static struct slice text_at(const struct sql_builtins *builtins, uint32_t at)
{
    return slice_str(builtins->dialect->text + at);
}

static const uint32_t *copy_types(struct sql_builtins *builtins, uint32_t at, unsigned count)
{
    uint32_t *types = arena_array(&builtins->arena, count, sizeof *types);
    for (unsigned i = 0; i < count && types; i++)
        types[i] = builtins->dialect->type_lists[at + i];
    return types;
}

/* Cuts what stands before `separator` off *rest. */
static struct slice cut(struct slice *rest, const char *separator)
{
    size_t len = strlen(separator), at = 0;
    while (at + len <= rest->len && memcmp(rest->ptr + at, separator, len))
        at++;
    if (at + len > rest->len)
        at = rest->len;
    struct slice piece = slice_of(rest->ptr, at);
    *rest = slice_from(*rest, at + len);
    return piece;
}

static const struct slice *split_names(struct sql_builtins *builtins, uint32_t at, unsigned count)
{
    struct slice rest = text_at(builtins, at);
    struct slice *names = rest.len ? arena_array(&builtins->arena, count, sizeof *names) : NULL;
    for (unsigned i = 0; i < count && names; i++) {
        names[i] = cut(&rest, " ");
        if (slice_eq_str(names[i], "-"))
            names[i].len = 0;
    }
    return names;
}

/* The surroundings in which texts of built-in objects are read: built-in types alone. */
struct builtin_env {
    struct sql_env env; /* FIRST */
    const struct sql_dialect *dialect;
};

static const struct sql_type *find_builtin_type(struct sql_env *env, uint32_t id)
{
    return sql_builtin_type_id(((const struct builtin_env *)(const void *)env)->dialect, id);
}

/* The constant that a default's text ('{}'::jsonb, true, 0) is. */
static struct sql_expr *make_default(struct sql_builtins *builtins, struct slice text,
                                     uint32_t type_id)
{
    const struct sql_type *type = sql_builtin_type_id(builtins->dialect, type_id);
    struct sql_expr_const *value = arena_zalloc(&builtins->arena, sizeof *value);
    if (!value || !type->ops || !type->ops->input)
        return NULL;
    if (text.ptr[0] == '\'') {
        text = slice_from(text, 1);
        text = cut(&text, "'::");
    }
    struct sql_error error;
    sql_error_begin(&error, &builtins->arena);
    struct builtin_env env = {
        .env = {.arena = &builtins->arena, .error = &error, .find_type = find_builtin_type},
        .dialect = builtins->dialect,
    };
    struct sql_call call = {.env = &env.env, .arena = &builtins->arena, .result_type = type};
    if (!type->ops->input(&call, type, text, -1, &value->value))
        return NULL;
    value->expr = (struct sql_expr){.kind = SQL_EXPR_CONST,
                                    .type = type_id,
                                    .typmod = -1,
                                    .collation = type->collation,
                                    .location = -1};
    return &value->expr;
}

/* Defaults whose type the program cannot read yet are left out: the arguments must be given. */
static void make_defaults(struct sql_builtins *builtins, const struct sql_builtin_routine *row,
                          struct sql_routine *routine)
{
    struct slice rest = text_at(builtins, row->defaults);
    unsigned first = row->arg_count - row->default_count;
    struct sql_expr **items = arena_array(&builtins->arena, row->default_count, sizeof *items);
    for (unsigned i = 0; i < row->default_count && items; i++) {
        items[i] = make_default(builtins, cut(&rest, ", "), routine->arg_types[first + i]);
        if (!items[i])
            return;
    }
    if (items) {
        routine->defaults = (struct sql_exprs){items, row->default_count};
        routine->default_count = row->default_count;
    }
}

sql_function *sql_dialect_function(const struct sql_dialect *dialect, struct slice symbol)
{
    for (size_t f = 0; dialect->functions && dialect->functions[f]; f++)
        for (const struct sql_builtin *row = dialect->functions[f]; row->symbol; row++)
            if (slice_eq_str(symbol, row->symbol))
                return row->call;
    return sql_builtin_find(symbol);
}

static void fill_routine(struct sql_builtins *builtins, const struct sql_builtin_routine *row,
                         struct sql_routine *routine)
{
    const struct sql_dialect *dialect = builtins->dialect;
    *routine = (struct sql_routine){
        .object = {.class_id = dialect->classes_of.routine,
                   .id = row->id,
                   .schema = row->schema,
                   .owner = dialect->default_owner,
                   .name = text_at(builtins, row->name),
                   .acl = dialect->acls[row->acl].items,
                   .acl_count = (uint16_t)dialect->acls[row->acl].count,
                   .acl_default = row->acl == 0},
        .kind = (enum sql_routine_kind)row->kind,
        .strict = row->strict,
        .returns_set = row->returns_set,
        .leakproof = row->leakproof,
        .volatility = row->volatility,
        .parallel = row->parallel,
        .language = row->language,
        .result_type = row->result,
        .arg_count = row->arg_count,
        .arg_types = copy_types(builtins, row->arg_types, row->arg_count),
        .variadic_element = row->variadic_element,
        .all_count = row->all_count,
        .all_types = copy_types(builtins, row->all_types, row->all_count),
        .modes = row->all_count ? dialect->text + row->modes : NULL,
        .names =
            split_names(builtins, row->names, row->all_count ? row->all_count : row->arg_count),
        .name_count = row->all_count ? row->all_count : row->arg_count,
        .cost = row->cost,
        .rows = row->rows,
        .support = row->support,
        .source = text_at(builtins, row->source),
    };
    if (row->aggregate)
        routine->aggregate = &dialect->aggregates[row->aggregate - 1].aggregate;
    else
        routine->call = sql_dialect_function(dialect, routine->source);
    make_defaults(builtins, row, routine);
}

const struct sql_routine *sql_builtins_routine(struct sql_builtins *builtins, uint32_t index)
{
    struct sql_routine *routine = builtins->routines[index];
    if (routine)
        return routine;
    routine = arena_alloc(&builtins->arena, sizeof *routine);
    if (!routine)
        return NULL;
    fill_routine(builtins, &builtins->dialect->routines[index], routine);
    builtins->routines[index] = routine;
    return routine;
}

static struct sql_column *make_columns(struct sql_builtins *builtins,
                                       const struct sql_builtin_relation *row)
{
    struct sql_column *columns = arena_array(&builtins->arena, row->column_count, sizeof *columns);
    for (unsigned i = 0; i < row->column_count && columns; i++) {
        const struct sql_builtin_column *from = &builtins->dialect->columns[row->first_column + i];
        columns[i] = (struct sql_column){.name = text_at(builtins, from->name),
                                         .type = from->type,
                                         .typmod = -1,
                                         .collation = from->collation,
                                         .number = (int16_t)(i + 1),
                                         .not_null = from->not_null,
                                         .local = true,
                                         .storage = from->storage,
                                         .statistics = -1};
    }
    return columns;
}

const struct sql_relation *sql_builtins_relation(struct sql_builtins *builtins, uint32_t index)
{
    if (builtins->relations[index])
        return builtins->relations[index];
    const struct sql_dialect *dialect = builtins->dialect;
    const struct sql_builtin_relation *row = &dialect->relations[index];
    struct sql_relation *relation = arena_alloc(&builtins->arena, sizeof *relation);
    if (!relation)
        return NULL;
    *relation = (struct sql_relation){
        .object = {.class_id = dialect->classes_of.relation,
                   .id = row->id,
                   .schema = row->schema,
                   .owner = dialect->default_owner,
                   .name = text_at(builtins, row->name),
                   .acl = dialect->acls[row->acl].items,
                   .acl_count = (uint16_t)dialect->acls[row->acl].count,
                   .acl_default = row->acl == 0},
        .kind = (enum sql_relation_kind)row->kind,
        .persistence = 'p',
        .type = row->type,
        .method = row->kind == SQL_RELATION_TABLE ? dialect->heap_method : 0,
        .columns = make_columns(builtins, row),
        .column_count = row->column_count,
        .populated = true,
        .replica_identity = 'n',
        .system = dialect->system_relation ? dialect->system_relation(row->id) : NULL,
    };
    if (!relation->columns)
        return NULL;
    builtins->relations[index] = relation;
    return relation;
}
