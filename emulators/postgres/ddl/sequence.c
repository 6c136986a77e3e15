#include "emulators/postgres/ddl/sequence.h"

#include "common/text.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/storage/table.h"
#include "emulators/sql/syntax/ast_expr.h"

/* What a list of options says. */
struct options {
    struct sql_sequence_options values;
    const struct ast_option *as, *increment, *start, *restart, *max, *min, *cache, *cycle, *owned;
    struct sql_sequence_state state;
    bool restarts;
};

static bool note_option(struct pg_ddl *ddl, struct options *options,
                        const struct ast_option *option, bool for_identity)
{
    struct {
        const char *name;
        const struct ast_option **to;
    } const names[] = {
        {"as",        &options->as       },
        {"increment", &options->increment},
        {"start",     &options->start    },
        {"restart",   &options->restart  },
        {"maxvalue",  &options->max      },
        {"minvalue",  &options->min      },
        {"cache",     &options->cache    },
        {"cycle",     &options->cycle    },
        {"owned_by",  &options->owned    },
    };
    if (slice_eq_str(option->name, "sequence_name") || slice_eq_str(option->name, "logged"))
        return true;
    if (for_identity && slice_eq_str(option->name, "as"))
        return sql_fail_at(ddl->env->error, option->node.location, "0A000",
                           "identity column type must be smallint, integer, or bigint");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!slice_eq_str(option->name, names[i].name))
            continue;
        if (*names[i].to)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        *names[i].to = option;
        return true;
    }
    return sql_fail(ddl->env->error, "XX000", "option \"" SLICE_FMT "\" not recognized",
                    SLICE_ARG(option->name));
}

/* The number of an option; *out stays when the option has none (NO MAXVALUE). */
static bool number_of(struct pg_ddl *ddl, const struct ast_option *option, int64_t *out)
{
    const struct ast_const *value = AST_AS(const, option->value);
    if (!option->value || value->node.kind != AST_CONST)
        return true;
    if (value->type == AST_CONST_INTEGER) {
        *out = value->integer;
        return true;
    }
    if (value->type == AST_CONST_FLOAT && text_to_i64(value->text, out))
        return true;
    return sql_fail(ddl->env->error, "22003",
                    "value \"" SLICE_FMT "\" is out of range for type bigint",
                    SLICE_ARG(value->text));
}

static bool has_number(const struct ast_option *option)
{
    return option && option->value && option->value->kind == AST_CONST;
}

/* ---- the limits of a type */

static void type_limits(struct pg_ddl *ddl, uint32_t type, int64_t *min, int64_t *max)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    *min = type == ids->int2 ? INT16_MIN : type == ids->int4 ? INT32_MIN : INT64_MIN;
    *max = type == ids->int2 ? INT16_MAX : type == ids->int4 ? INT32_MAX : INT64_MAX;
}

static bool set_type(struct pg_ddl *ddl, struct options *options, bool is_new)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    int32_t typmod;
    uint32_t type, old = options->values.type;
    if (!options->as)
        return true;
    if (!sql_analyze_type_name(ddl->env, options->as->value, &type, &typmod))
        return false;
    if (type != ids->int2 && type != ids->int4 && type != ids->int8)
        return sql_fail_at(ddl->env->error, options->as->node.location, "22023",
                           "sequence type must be smallint, integer, or bigint");
    options->values.type = type;
    if (is_new || type == old)
        return true;
    /* Limits that were the old type's become the new one's. */
    int64_t min, max, new_min, new_max;
    type_limits(ddl, old, &min, &max);
    type_limits(ddl, type, &new_min, &new_max);
    bool ascending = options->values.increment > 0;
    if (!options->max && (ascending ? options->values.max == max : false))
        options->values.max = new_max;
    if (!options->min && (!ascending ? options->values.min == min : false))
        options->values.min = new_min;
    return true;
}

/* ---- each value, in the server's order of checks */

static bool set_limits(struct pg_ddl *ddl, struct options *options, bool is_new)
{
    struct sql_sequence_options *values = &options->values;
    int64_t type_min, type_max;
    type_limits(ddl, values->type, &type_min, &type_max);
    bool ascending = values->increment > 0;
    struct slice type = pg_type_text(ddl->session, ddl->arena, values->type);
    if (has_number(options->max)) {
        if (!number_of(ddl, options->max, &values->max))
            return false;
    } else if (is_new || options->max) {
        values->max = ascending ? type_max : -1;
    }
    if (values->max < type_min || values->max > type_max)
        return sql_fail(ddl->env->error, "22023",
                        "MAXVALUE (%lld) is out of range for sequence data type " SLICE_FMT,
                        (long long)values->max, SLICE_ARG(type));
    if (has_number(options->min)) {
        if (!number_of(ddl, options->min, &values->min))
            return false;
    } else if (is_new || options->min) {
        values->min = ascending ? 1 : type_min;
    }
    if (values->min < type_min || values->min > type_max)
        return sql_fail(ddl->env->error, "22023",
                        "MINVALUE (%lld) is out of range for sequence data type " SLICE_FMT,
                        (long long)values->min, SLICE_ARG(type));
    return values->min < values->max ||
           sql_fail(ddl->env->error, "22023", "MINVALUE (%lld) must be less than MAXVALUE (%lld)",
                    (long long)values->min, (long long)values->max);
}

/* START, RESTART and the current value lie between the limits. */
static bool check_between(struct pg_ddl *ddl, const struct sql_sequence_options *values,
                          const char *what, int64_t value)
{
    if (value < values->min)
        return sql_fail(ddl->env->error, "22023",
                        "%s value (%lld) cannot be less than MINVALUE (%lld)", what,
                        (long long)value, (long long)values->min);
    return value <= values->max ||
           sql_fail(ddl->env->error, "22023",
                    "%s value (%lld) cannot be greater than MAXVALUE (%lld)", what,
                    (long long)value, (long long)values->max);
}

static bool set_start(struct pg_ddl *ddl, struct options *options, bool is_new)
{
    struct sql_sequence_options *values = &options->values;
    if (options->start) {
        if (!number_of(ddl, options->start, &values->start))
            return false;
    } else if (is_new) {
        values->start = values->increment > 0 ? values->min : values->max;
    }
    if (!check_between(ddl, values, "START", values->start))
        return false;
    if (options->restart) {
        options->state = (struct sql_sequence_state){values->start, false};
        if (!number_of(ddl, options->restart, &options->state.last_value))
            return false;
    } else if (is_new) {
        options->state = (struct sql_sequence_state){values->start, false};
    }
    options->restarts = options->restart || is_new;
    return check_between(ddl, values, "RESTART", options->state.last_value);
}

static bool set_rest(struct pg_ddl *ddl, struct options *options, bool is_new)
{
    struct sql_sequence_options *values = &options->values;
    if (options->cache && !number_of(ddl, options->cache, &values->cache))
        return false;
    if (options->cache && values->cache <= 0)
        return sql_fail(ddl->env->error, "22023", "CACHE (%lld) must be greater than zero",
                        (long long)values->cache);
    if (is_new && !options->cache)
        values->cache = 1;
    return true;
}

static bool read_options(struct pg_ddl *ddl, struct options *options, const struct ast_list *list,
                         bool is_new, bool for_identity)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!note_option(ddl, options, AST_AS(option, list->items[i]), for_identity))
            return false;
    if (is_new && !options->values.type)
        options->values.type = ddl->session->dialect->types_of.int8;
    if (!set_type(ddl, options, is_new))
        return false;
    if (is_new)
        options->values.increment = 1;
    if (options->increment) {
        if (!number_of(ddl, options->increment, &options->values.increment))
            return false;
        if (options->values.increment == 0)
            return sql_fail(ddl->env->error, "22023", "INCREMENT must not be zero");
    }
    if (options->cycle) {
        const struct ast_const *value = AST_AS(const, options->cycle->value);
        options->values.cycle = !value || value->type != AST_CONST_BOOLEAN || value->boolean;
    }
    return set_limits(ddl, options, is_new) && set_start(ddl, options, is_new) &&
           set_rest(ddl, options, is_new);
}

/* ---- OWNED BY */

/* An identity column's sequence stays its. */
static bool check_owner_free(struct pg_ddl *ddl, uint32_t sequence)
{
    uint32_t count, class_id = pg_classes(ddl)->relation;
    const struct sql_relation *self = sql_find_relation_id(ddl->session, sequence);
    const struct sql_edge **edges = sql_edges_of(ddl->env, class_id, sequence, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i]->on_class != class_id || edges[i]->kind != 'i')
            continue;
        sql_fail(ddl->env->error, "0A000", "cannot change ownership of identity sequence");
        return sql_detail(
            ddl->env->error, "Sequence \"" SLICE_FMT "\" is linked to table \"" SLICE_FMT "\".",
            SLICE_ARG(self->object.name),
            SLICE_ARG(sql_find_relation_id(ddl->session, edges[i]->on_id)->object.name));
    }
    return true;
}

static bool own_as_said(struct pg_ddl *ddl, uint32_t sequence, const struct ast_option *owned)
{
    const struct ast_names *names = &AST_AS(name, owned->value)->names;
    if (!check_owner_free(ddl, sequence))
        return false;
    if (names->count == 1) {
        if (slice_eq_str(names->items[0], "none"))
            return pg_sequence_own(ddl, sequence, 0, 0, 'a');
        sql_fail(ddl->env->error, "42601", "invalid OWNED BY option");
        return sql_hint(ddl->env->error, "Specify OWNED BY table.column or OWNED BY NONE.");
    }
    struct ast_names table_names = {names->items, names->count - 1};
    const struct sql_relation *table, *self = sql_find_relation_id(ddl->session, sequence);
    const struct sql_column *column;
    if (!pg_name_relation_of_names(ddl, &table_names, false, SQL_ACCESS_SHARE, &table))
        return false;
    if (table->object.owner != self->object.owner)
        return sql_fail(ddl->env->error, "55000",
                        "sequence must have same owner as table it is linked to");
    if (table->object.schema != self->object.schema)
        return sql_fail(ddl->env->error, "55000",
                        "sequence must be in same schema as table it is linked to");
    column = pg_name_column(table, names->items[names->count - 1]);
    if (!column)
        return sql_fail(ddl->env->error, "42703",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(names->items[names->count - 1]), SLICE_ARG(table->object.name));
    return pg_sequence_own(ddl, sequence, table->object.id, column->number, 'a');
}

bool pg_sequence_own(struct pg_ddl *ddl, uint32_t sequence, uint32_t table, int32_t column,
                     char kind)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, sequence);
    struct sql_reference on = {pg_classes(ddl)->relation, table, column};
    return sql_depend_clear(ddl->env, of, pg_classes(ddl)->relation) &&
           (!column || sql_depend(ddl->env, of, on, kind));
}

uint32_t pg_sequence_of_column(struct sql_env *env, uint32_t table, int32_t column, char kind)
{
    uint32_t class_id = env->session->dialect->classes_of.relation, count;
    const struct sql_edge **edges = sql_edges_on(env, class_id, table, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_edge *edge = edges[i];
        if (edge->of_class != class_id || edge->on_part != column ||
            (kind ? edge->kind != kind : edge->kind != 'a' && edge->kind != 'i'))
            continue;
        const struct sql_relation *found = sql_find_relation_id(env->session, edge->of_id);
        if (found && found->kind == SQL_RELATION_SEQUENCE)
            return edge->of_id;
    }
    return 0;
}

/* ---- making and changing */

bool pg_sequence_choose_name(struct pg_ddl *ddl, struct pg_sequence_def *def, struct slice table,
                             struct slice column)
{
    for (uint32_t i = 0; def->options && i < def->options->count; i++) {
        const struct ast_option *option = AST_AS(option, def->options->items[i]);
        if (!slice_eq_str(option->name, "sequence_name"))
            continue;
        struct slice schema;
        const struct sql_schema *found = NULL;
        if (!pg_name_split(ddl, &AST_AS(name, option->value)->names, &schema, &def->name) ||
            (schema.ptr && !pg_name_schema(ddl, schema, false, &found)))
            return false;
        if (found)
            def->schema = found->object.id;
        return true;
    }
    return pg_name_choose_relation(ddl, def->schema, table, column, "seq", &def->name);
}

/* The three columns that a sequence is read as. */
static bool add_columns(struct pg_table_def *table)
{
    const struct sql_type_ids *ids = &table->ddl->session->dialect->types_of;
    const struct {
        const char *name;
        uint32_t type;
    } columns[] = {
        {"last_value", ids->int8   },
        {"log_cnt",    ids->int8   },
        {"is_called",  ids->boolean}
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct sql_column column = {.name = slice_str(columns[i].name),
                                    .type = columns[i].type,
                                    .typmod = -1,
                                    .not_null = true,
                                    .local = true,
                                    .storage = 'p',
                                    .statistics = -1};
        if (!pg_column_add(table, &column))
            return false;
    }
    return true;
}

bool pg_sequence_make(struct pg_ddl *ddl, struct pg_sequence_def *def)
{
    static const struct ast_list none = {0};
    struct options options = {.values = {.type = def->type}};
    if (!read_options(ddl, &options, def->options ? def->options : &none, true, def->for_identity))
        return false;
    struct pg_table_def table = {
        .ddl = ddl,
        .relation = {.object = {.schema = def->schema, .owner = def->owner, .name = def->name},
                     .kind = SQL_RELATION_SEQUENCE,
                     .persistence = def->persistence,
                     .sequence = &options.values,
                     .populated = true},
    };
    if (!sql_sequence_create(ddl->env, ddl->session->database, options.values.start,
                             &table.relation.storage) ||
        !add_columns(&table) || !pg_relation_make(&table))
        return false;
    def->id = table.relation.object.id;
    const struct sql_relation *made = sql_find_relation_id(ddl->session, def->id);
    return sql_sequence_set(ddl->env, ddl->session->database, made, options.state) &&
           (!options.owned || own_as_said(ddl, def->id, options.owned));
}

bool pg_sequence_change(struct pg_ddl *ddl, const struct sql_relation *sequence,
                        const struct ast_list *list, bool for_identity)
{
    struct options options = {.values = *sequence->sequence};
    struct sql_database *database = ddl->session->database;
    struct sql_relation changed = *sequence;
    if (!sql_sequence_get(ddl->env, database, sequence, &options.state) ||
        !read_options(ddl, &options, list, false, for_identity))
        return false;
    changed.sequence = &options.values;
    /* Undone with the transaction, so it is a storage of its own. */
    if (options.restarts &&
        (!sql_storage_drop(ddl->env, database, changed.storage) ||
         !sql_sequence_create(ddl->env, database, options.values.start, &changed.storage)))
        return false;
    if (!sql_catalog_replace(ddl->env, &changed.object))
        return false;
    sequence = sql_find_relation_id(ddl->session, sequence->object.id);
    return (!options.restarts || sql_sequence_set(ddl->env, database, sequence, options.state)) &&
           (!options.owned || own_as_said(ddl, sequence->object.id, options.owned));
}

bool pg_create_sequence(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_sequence *ast = AST_AS(create_sequence, node);
    struct pg_sequence_def def = {
        .name = ast->sequence->name, .options = &ast->options, .owner = ddl->session->role};
    bool taken;
    if (!pg_name_creation(ddl, ast->sequence, &def.schema, &def.persistence) ||
        !pg_name_relation_taken(ddl, def.schema, def.name, &taken))
        return false;
    if (!taken)
        return pg_sequence_make(ddl, &def);
    if (!ast->if_not_exists)
        return sql_fail(ddl->env->error, "42P07", "relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(def.name));
    pg_ddl_notice(ddl, "42P07", "relation \"" SLICE_FMT "\" already exists, skipping",
                  SLICE_ARG(def.name));
    return true;
}

bool pg_alter_sequence(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_sequence *ast = AST_AS(alter_sequence, node);
    const struct sql_relation *sequence;
    if (!pg_name_relation(ddl, ast->sequence, ast->missing_ok, SQL_SHARE_ROW_EXCLUSIVE, &sequence))
        return false;
    if (!sequence) {
        pg_ddl_notice(ddl, "00000", "relation \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(ast->sequence->name));
        return true;
    }
    if (sequence->kind != SQL_RELATION_SEQUENCE)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a sequence",
                        SLICE_ARG(sequence->object.name));
    return pg_name_must_own(ddl, &sequence->object) &&
           pg_sequence_change(ddl, sequence, &ast->options, false);
}
