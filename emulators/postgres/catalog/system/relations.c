/* pg_class, pg_attribute, pg_attrdef, pg_index, pg_constraint, pg_inherits, pg_sequence,
 * pg_partitioned_table, pg_trigger, pg_rewrite, pg_policy, pg_statistic_ext. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/size.h"
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/index.h"

/* ---- built-in relations */

static uint32_t relation_count(const struct sql_dialect *dialect)
{
    return dialect->relations_count;
}

static const struct sql_relation *builtin_relation(struct pg_row *row, uint32_t index)
{
    return sql_find_relation_id(row->session, row->dialect->relations[index].id);
}

/* ---- pg_class */

static unsigned constraint_count(struct pg_row *row, const struct sql_relation *relation,
                                 enum sql_constraint_kind kind)
{
    unsigned count = 0;
    for (uint16_t i = 0; i < relation->constraint_count; i++) {
        const struct sql_constraint *found =
            sql_find_constraint(row->session, relation->constraints[i]);
        count += found && found->kind == kind;
    }
    return count;
}

static enum pg_made class_row(struct pg_row *row, const struct sql_relation *relation)
{
    char kind = (char)relation->kind;
    bool is_view = kind == SQL_RELATION_VIEW;
    bool stored = relation->storage || (kind == SQL_RELATION_TABLE && relation->system);
    struct pg_size size = pg_size_shown(row->session, relation);
    pg_id(row, relation->object.id);
    pg_text(row, relation->object.name);
    pg_id(row, relation->object.schema);
    pg_id(row, relation->type);
    pg_id(row, relation->of_type);
    pg_id(row, relation->object.owner);
    pg_id(row, relation->method);
    pg_id(row, relation->storage ? relation->storage : stored ? relation->object.id : 0);
    pg_id(row, relation->tablespace);
    pg_int(row, size.pages);
    pg_float(row, size.rows);
    pg_int(row, 0);
    pg_id(row, 0);
    pg_bool(row, relation->index_count > 0 && kind != SQL_RELATION_INDEX);
    pg_bool(row, false);
    pg_char(row, relation->persistence);
    pg_char(row, kind);
    pg_int(row, relation->column_count);
    pg_int(row, constraint_count(row, relation, SQL_CONSTRAINT_CHECK));
    pg_bool(row, is_view || relation->view != NULL || relation->rule_count > 0);
    /* The real server has triggers for foreign keys, on both sides. */
    pg_bool(row, relation->trigger_count > 0 || relation->referencing_count > 0 ||
                     constraint_count(row, relation, SQL_CONSTRAINT_FOREIGN) > 0);
    pg_bool(row, relation->child_count > 0);
    pg_bool(row, relation->row_security);
    pg_bool(row, relation->force_row_security);
    pg_bool(row, relation->populated);
    pg_char(row, relation->replica_identity);
    pg_bool(row, relation->partition_bound || (relation->index && relation->parent_count));
    pg_id(row, 0);
    pg_id(row, kind == SQL_RELATION_TABLE || kind == SQL_RELATION_MATVIEW ? 730 : 0);
    pg_id(row, kind == SQL_RELATION_TABLE || kind == SQL_RELATION_MATVIEW ? 1 : 0);
    pg_object_acl(row, &relation->object);
    pg_texts(row, relation->options, relation->option_count);
    pg_expression(row, relation->partition_bound != NULL, PG_EXPRESSION_BOUND, relation->object.id,
                  0);
    return PG_ROW_LAST;
}

static enum pg_made builtin_class(struct pg_row *row, uint32_t index)
{
    return class_row(row, builtin_relation(row, index));
}

static enum pg_made stored_class(struct pg_row *row, const struct sql_object *object)
{
    return class_row(row, (const void *)object);
}

enum { CLASS_ID = 1, CLASS_PAGES = 10, CLASS_TUPLES = 11 };

static bool change_class(struct sql_env *env, const struct datum *values)
{
    const struct pg_size size = {values[CLASS_PAGES - 1].i, values[CLASS_TUPLES - 1].d};
    if (values[CLASS_PAGES - 1].null || values[CLASS_TUPLES - 1].null)
        return sql_fail(env->error, "23502",
                        "null value in column \"%s\" of relation \"pg_class\" violates not-null "
                        "constraint",
                        values[CLASS_PAGES - 1].null ? "relpages" : "reltuples");
    return pg_size_tell(env, (uint32_t)values[CLASS_ID - 1].u, size);
}

static const struct pg_source pg_class = {
    .core = {.id = 1259,
             .keys = {CLASS_ID},
             .open = pg_source_open,
             .next = pg_source_next,
             .changes = {CLASS_PAGES, CLASS_TUPLES},
             .change = change_class},
    .builtin_count = relation_count,
    .builtin = builtin_class,
    .builtin_find = sql_builtin_relation_id,
    .stored = stored_class,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_attribute */

static char align_of(struct pg_row *row, const struct sql_type *type)
{
    if (!type)
        return 'i';
    if (type->id < row->dialect->first_free_id)
        return row->dialect->type_details[type - row->dialect->types].align;
    return sql_find_type_object(row->session, type->id)->align;
}

static void attribute_type(struct pg_row *row, const struct sql_column *column,
                           const struct sql_type **out_type)
{
    *out_type = column->dropped ? NULL : sql_find_type_id(row->session, column->type);
    pg_id(row, column->dropped ? 0 : column->type);
}

static enum pg_made attribute_row(struct pg_row *row, const struct sql_relation *relation,
                                  const struct sql_column *column)
{
    const struct sql_type *type;
    pg_id(row, relation->object.id);
    pg_text(row, column->name);
    attribute_type(row, column, &type);
    pg_int(row, column->statistics);
    pg_int(row, type ? type->len : 0);
    pg_int(row, column->number);
    pg_int(row, column->dimensions);
    pg_int(row, -1);
    pg_int(row, column->typmod);
    pg_bool(row, type && type->by_value);
    pg_char(row, align_of(row, type));
    pg_char(row, column->storage);
    pg_char(row, column->compression);
    pg_bool(row, column->not_null);
    pg_bool(row, column->has_default);
    pg_bool(row, column->has_missing);
    pg_char(row, column->identity);
    pg_char(row, column->generated);
    pg_bool(row, column->dropped);
    pg_bool(row, column->local);
    pg_int(row, column->inherited);
    pg_id(row, column->collation);
    pg_acl(row, column->acl, column->acl_count, column->acl_count == 0);
    bool foreign = relation->kind == SQL_RELATION_FOREIGN;
    pg_texts(row, foreign ? NULL : column->options, column->option_count);
    pg_texts(row, foreign ? column->options : NULL, column->option_count);
    pg_null(row);
    return PG_ROW_MADE;
}

struct system_column {
    const char *name;
    int8_t number;
    char type; /* t tid, o oid, x xid, c cid */
};

static const struct system_column system_columns[] = {
    {"tableoid", -6, 'o'},
    {"cmax",     -5, 'c'},
    {"xmax",     -4, 'x'},
    {"cmin",     -3, 'c'},
    {"xmin",     -2, 'x'},
    {"ctid",     -1, 't'},
};
#define SYSTEM_COLUMNS (sizeof system_columns / sizeof *system_columns)

static enum pg_made system_attribute(struct pg_row *row, const struct sql_relation *relation,
                                     uint32_t at)
{
    const struct sql_type_ids *ids = &row->dialect->types_of;
    const struct system_column *system = &system_columns[at];
    struct sql_column column = {
        .name = slice_str(system->name),
        .type = system->type == 'o'   ? ids->oid
                : system->type == 'x' ? ids->xid
                : system->type == 'c' ? ids->cid
                                      : ids->tid,
        .typmod = -1,
        .number = system->number,
        .not_null = true,
        .local = true,
        .storage = 'p',
    };
    return attribute_row(row, relation, &column);
}

static enum pg_made attribute(struct pg_row *row, const struct sql_relation *relation)
{
    char kind = (char)relation->kind;
    bool has_system = strchr("rmpSt", kind) != NULL;
    uint32_t part = row->part;
    if (has_system && part < SYSTEM_COLUMNS)
        return system_attribute(row, relation, part);
    part -= has_system ? SYSTEM_COLUMNS : 0;
    return part < relation->column_count ? attribute_row(row, relation, &relation->columns[part])
                                         : PG_ROW_NONE;
}

static enum pg_made builtin_attribute(struct pg_row *row, uint32_t index)
{
    return attribute(row, builtin_relation(row, index));
}

static enum pg_made stored_attribute(struct pg_row *row, const struct sql_object *object)
{
    return attribute(row, (const void *)object);
}

static const struct pg_source pg_attribute = {
    .core = PG_SOURCE_ROWS(1249, 2500, 1),
    .builtin_count = relation_count,
    .builtin = builtin_attribute,
    .builtin_find = sql_builtin_relation_id,
    .stored = stored_attribute,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_attrdef: key is the relation */

static enum pg_made attrdef(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_relation *relation = (const void *)object;
    if (row->part >= relation->column_count)
        return PG_ROW_NONE;
    const struct sql_column *column = &relation->columns[row->part];
    if (!column->has_default || column->dropped)
        return PG_ROW_SKIP;
    pg_id(row, column->default_id);
    pg_id(row, relation->object.id);
    pg_int(row, column->number);
    pg_expression(row, true, PG_EXPRESSION_DEFAULT, relation->object.id, column->number);
    return PG_ROW_MADE;
}

static const struct pg_source pg_attrdef = {
    .core = PG_SOURCE_CORE(2604, 2),
    .stored = attrdef,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_index: key is the table */

static enum pg_made index_row(struct pg_row *row, const struct sql_relation *relation)
{
    const struct sql_index *index = relation->index;
    pg_id(row, relation->object.id);
    pg_id(row, index->table);
    pg_int(row, index->column_count);
    pg_int(row, index->key_count);
    pg_bool(row, index->unique);
    pg_bool(row, index->nulls_not_distinct);
    pg_bool(row, index->primary);
    pg_bool(row, index->exclusion);
    pg_bool(row, index->immediate);
    pg_bool(row, index->clustered);
    pg_bool(row, index->valid);
    pg_bool(row, false);
    pg_bool(row, true);
    pg_bool(row, true);
    pg_bool(row, index->replica_identity);
    pg_number_vector(row, index->columns, index->column_count);
    pg_id_vector(row, index->collations, index->key_count);
    pg_id_vector(row, index->opclasses, index->key_count);
    pg_number_vector(row, (const int16_t *)(const void *)index->flags, index->key_count);
    pg_expression(row, index->expressions.count > 0, PG_EXPRESSION_INDEX, relation->object.id, 0);
    pg_expression(row, index->where != NULL, PG_EXPRESSION_PREDICATE, relation->object.id, 0);
    return PG_ROW_MADE;
}

static enum pg_made stored_index(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_relation *table = (const void *)object;
    if (table->index || row->part >= table->index_count)
        return PG_ROW_NONE;
    const struct sql_relation *index =
        sql_find_relation_id(row->session, table->indexes[row->part]);
    return index && index->index ? index_row(row, index) : PG_ROW_SKIP;
}

static uint32_t index_count(const struct sql_dialect *dialect)
{
    return dialect->indexes_count;
}

static enum pg_made builtin_index(struct pg_row *row, uint32_t at)
{
    const struct sql_builtin_index *from = &row->dialect->indexes[at];
    int16_t columns[4];
    uint16_t flags[4] = {0};
    uint32_t classes[4], collations[4];
    for (unsigned i = 0; i < from->column_count; i++) {
        columns[i] = from->columns[i];
        classes[i] = from->classes[i];
        collations[i] = from->collations[i];
    }
    const struct sql_index index = {
        .id = from->id,
        .table = from->relation,
        .key_count = from->column_count,
        .column_count = from->column_count,
        .columns = columns,
        .opclasses = classes,
        .collations = collations,
        .flags = flags,
        .unique = from->unique,
        .primary = from->primary,
        .immediate = true,
        .valid = true,
    };
    const struct sql_relation relation = {.object = {.id = from->id}, .index = &index};
    index_row(row, &relation);
    return PG_ROW_LAST;
}

static const struct pg_source pg_index = {
    .core = PG_SOURCE_CORE(2610, 2),
    .builtin_count = index_count,
    .builtin = builtin_index,
    .stored = stored_index,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_constraint */

static enum pg_made constraint(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_constraint *constraint = (const void *)object;
    bool foreign = constraint->kind == SQL_CONSTRAINT_FOREIGN;
    const struct sql_relation *index = constraint->kind == SQL_CONSTRAINT_EXCLUSION
                                           ? sql_find_relation_id(row->session, constraint->index)
                                           : NULL;
    uint16_t count = constraint->column_count;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_char(row, (char)constraint->kind);
    pg_bool(row, constraint->deferrable);
    pg_bool(row, constraint->deferred);
    pg_bool(row, constraint->validated);
    pg_id(row, constraint->relation);
    pg_id(row, constraint->domain);
    pg_id(row, constraint->index);
    pg_id(row, constraint->parent);
    pg_id(row, constraint->foreign_table);
    pg_char(row, foreign ? constraint->on_update : ' ');
    pg_char(row, foreign ? constraint->on_delete : ' ');
    pg_char(row, foreign ? constraint->match : ' ');
    pg_bool(row, constraint->local);
    pg_int(row, constraint->inherited);
    pg_bool(row, constraint->no_inherit);
    pg_numbers(row, count ? constraint->columns : NULL, count);
    pg_numbers(row, foreign ? constraint->foreign_columns : NULL, count);
    pg_ids(row, foreign ? constraint->pf_ops : NULL, count);
    pg_ids(row, foreign ? constraint->pp_ops : NULL, count);
    pg_ids(row, foreign ? constraint->ff_ops : NULL, count);
    pg_numbers(row, constraint->set_column_count ? constraint->set_columns : NULL,
               constraint->set_column_count);
    pg_ids(row, index ? index->index->exclusion_ops : NULL, index ? index->index->key_count : 0);
    pg_expression(row, constraint->check != NULL, PG_EXPRESSION_CHECK, object->id, 0);
    return PG_ROW_LAST;
}

static const struct pg_source pg_constraint = {
    .core = PG_SOURCE_CORE(2606, 1),
    .stored = constraint,
    .class_at = PG_CLASS(constraint),
    .keyed = true,
};

/* ---- pg_inherits: key is the child */

static enum pg_made inherits(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_relation *relation = (const void *)object;
    if (row->part >= relation->parent_count)
        return PG_ROW_NONE;
    pg_id(row, object->id);
    pg_id(row, relation->parents[row->part]);
    pg_int(row, row->part + 1);
    pg_bool(row, false);
    return PG_ROW_MADE;
}

static const struct pg_source pg_inherits = {
    .core = PG_SOURCE_CORE(2611, 1),
    .stored = inherits,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_sequence */

static enum pg_made sequence(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_sequence_options *options =
        ((const struct sql_relation *)(const void *)object)->sequence;
    if (!options)
        return PG_ROW_NONE;
    pg_id(row, object->id);
    pg_id(row, options->type);
    pg_int(row, options->start);
    pg_int(row, options->increment);
    pg_int(row, options->max);
    pg_int(row, options->min);
    pg_int(row, options->cache);
    pg_bool(row, options->cycle);
    return PG_ROW_LAST;
}

static const struct pg_source pg_sequence = {
    .core = PG_SOURCE_CORE(2224, 1),
    .stored = sequence,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_partitioned_table */

static uint32_t default_partition(struct pg_row *row, const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(row->session, relation->children[i]);
        if (child && child->partition_bound && child->partition_bound->is_default)
            return child->object.id;
    }
    return 0;
}

static enum pg_made partitioned(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_relation *relation = (const void *)object;
    const struct sql_partition_key *key = relation->partition_key;
    if (!key)
        return PG_ROW_NONE;
    pg_id(row, object->id);
    pg_char(row, key->strategy);
    pg_int(row, key->count);
    pg_id(row, default_partition(row, relation));
    pg_number_vector(row, key->columns, key->count);
    pg_id_vector(row, key->opclasses, key->count);
    pg_id_vector(row, key->collations, key->count);
    pg_expression(row, key->expressions.count > 0, PG_EXPRESSION_PARTITION, object->id, 0);
    return PG_ROW_LAST;
}

static const struct pg_source pg_partitioned_table = {
    .core = PG_SOURCE_CORE(3350, 1),
    .stored = partitioned,
    .class_at = PG_CLASS(relation),
    .keyed = true,
};

/* ---- pg_trigger, pg_rewrite, pg_policy */

static unsigned trigger_type(const struct sql_trigger *trigger)
{
    return (trigger->row ? 1u : 0) | (trigger->before ? 2u : 0) | (trigger->on_insert ? 4u : 0) |
           (trigger->on_delete ? 8u : 0) | (trigger->on_update ? 16u : 0) |
           (trigger->on_truncate ? 32u : 0) | (trigger->instead ? 64u : 0);
}

/* The arguments one behind the other, each with a NUL. */
static struct slice trigger_arguments(struct pg_row *row, const struct sql_trigger *trigger)
{
    struct slice all = slice_of("", 0);
    for (uint16_t i = 0; i < trigger->argument_count; i++)
        all = arena_concat(row->arena, all, trigger->arguments[i], slice_of("", 1));
    return all;
}

static enum pg_made trigger(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_trigger *trigger = (const void *)object;
    pg_id(row, object->id);
    pg_id(row, trigger->relation);
    pg_id(row, trigger->parent);
    pg_text(row, object->name);
    pg_id(row, trigger->function);
    pg_int(row, trigger_type(trigger));
    pg_char(row, trigger->enabled);
    pg_bool(row, trigger->internal);
    pg_id(row, trigger->foreign_table);
    pg_id(row, 0);
    pg_id(row, trigger->constraint);
    pg_bool(row, trigger->deferrable);
    pg_bool(row, trigger->deferred);
    pg_int(row, trigger->argument_count);
    pg_number_vector(row, trigger->columns, trigger->column_count);
    pg_text(row, trigger_arguments(row, trigger));
    pg_expression(row, trigger->when != NULL, PG_EXPRESSION_WHEN, object->id, 0);
    pg_text(row, trigger->old_table);
    pg_text(row, trigger->new_table);
    return PG_ROW_LAST;
}

static const struct pg_source pg_trigger = {
    .core = PG_SOURCE_CORE(2620, 1),
    .stored = trigger,
    .class_at = PG_CLASS(trigger),
    .keyed = true,
};

static enum pg_made rule(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_rule *rule = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, rule->relation);
    pg_char(row, (char)(rule->event + '0'));
    pg_char(row, rule->enabled);
    pg_bool(row, rule->instead);
    pg_expression(row, true, PG_EXPRESSION_RULE, object->id, 1);
    pg_expression(row, true, PG_EXPRESSION_RULE, object->id, 0);
    return PG_ROW_LAST;
}

static const struct pg_source pg_rewrite = {
    .core = PG_SOURCE_CORE(2618, 1),
    .stored = rule,
    .class_at = PG_CLASS(rule),
    .keyed = true,
};

static enum pg_made policy(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_policy *policy = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, policy->relation);
    pg_char(row, policy->command);
    pg_bool(row, policy->permissive);
    pg_ids(row, policy->roles, policy->role_count);
    pg_expression(row, policy->using != NULL, PG_EXPRESSION_USING, object->id, 0);
    pg_expression(row, policy->check != NULL, PG_EXPRESSION_WITH_CHECK, object->id, 0);
    return PG_ROW_LAST;
}

static const struct pg_source pg_policy = {
    .core = PG_SOURCE_CORE(3256, 1),
    .stored = policy,
    .class_at = PG_CLASS(policy),
    .keyed = true,
};

const struct pg_source *const pg_relation_sources[] = {
    &pg_class,    &pg_attribute,         &pg_attrdef, &pg_index,   &pg_constraint, &pg_inherits,
    &pg_sequence, &pg_partitioned_table, &pg_trigger, &pg_rewrite, &pg_policy,     NULL,
};
