/* Foreign keys. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/catalog/find.h"

/* A foreign key that is being made. */
struct foreign_key {
    struct pg_ddl *ddl;
    const struct sql_relation *table, *referenced;
    const struct ast_constraint *ast;
    int16_t *columns, *foreign_columns, *set_columns;
    uint16_t count, foreign_count, set_count;
    uint32_t index;    /* of the referenced table */
    uint32_t *classes; /* of that index, in the order of the key's columns */
    uint32_t *pf, *pp, *ff;
};

static bool find_columns(struct foreign_key *key, const struct sql_relation *relation,
                         const struct ast_names *names, int16_t **out, uint16_t *out_count)
{
    struct sql_error *error = key->ddl->env->error;
    *out = arena_array(key->ddl->arena, names->count + 1u, sizeof **out);
    if (!*out)
        return sql_fail_memory(error);
    if (names->count > 32)
        return sql_fail(error, "54011", "cannot have more than %d keys in a foreign key", 32);
    for (uint32_t i = 0; i < names->count; i++) {
        const struct sql_column *column = pg_name_column(relation, names->items[i]);
        if (!column && pg_name_is_system_column(names->items[i]))
            return sql_fail(error, "0A000", "system columns cannot be used in foreign keys");
        if (!column)
            return sql_fail(error, "42703",
                            "column \"" SLICE_FMT
                            "\" referenced in foreign key constraint does not exist",
                            SLICE_ARG(names->items[i]));
        (*out)[i] = column->number;
    }
    *out_count = (uint16_t)names->count;
    return true;
}

/* A key of a partitioned table is one of its partitions, too, at once. */
static bool check_partitioned(struct foreign_key *key, bool validate)
{
    bool partitioned = key->table->kind == SQL_RELATION_PARTITIONED;
    struct slice table = key->table->object.name, referenced = key->referenced->object.name;
    if (partitioned && key->ddl->only)
        return sql_fail(key->ddl->env->error, "42809",
                        "cannot use ONLY for foreign key on partitioned table \"" SLICE_FMT
                        "\" referencing relation \"" SLICE_FMT "\"",
                        SLICE_ARG(table), SLICE_ARG(referenced));
    if (!partitioned || !validate || !key->ast->skip_validation)
        return true;
    sql_fail(key->ddl->env->error, "42809",
             "cannot add NOT VALID foreign key on partitioned table \"" SLICE_FMT
             "\" referencing relation \"" SLICE_FMT "\"",
             SLICE_ARG(table), SLICE_ARG(referenced));
    return sql_detail(key->ddl->env->error,
                      "This feature is not yet supported on partitioned tables.");
}

/* The tables must be of one persistence. */
static bool check_tables(struct foreign_key *key)
{
    struct sql_error *error = key->ddl->env->error;
    const struct sql_relation *from = key->table, *to = key->referenced;
    if (to->kind != SQL_RELATION_TABLE && to->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42809", "referenced relation \"" SLICE_FMT "\" is not a table",
                        SLICE_ARG(to->object.name));
    if (to->object.id < key->ddl->session->dialect->first_free_id)
        return sql_fail(error, "42501", "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(to->object.name));
    if (from->persistence == 'p' && to->persistence != 'p')
        return sql_fail(error, "42P16",
                        "constraints on permanent tables may reference only permanent tables");
    if (from->persistence == 'u' && to->persistence == 't')
        return sql_fail(
            error, "42P16",
            "constraints on unlogged tables may reference only permanent or unlogged tables");
    if (from->persistence == 't' && to->persistence != 't')
        return sql_fail(error, "42P16",
                        "constraints on temporary tables may reference only temporary tables");
    return true;
}

/* ---- the index that the foreign key leans on */

static bool use_index(struct foreign_key *key, const struct sql_relation *index,
                      const uint16_t *places)
{
    key->index = index->object.id;
    key->classes = arena_array(key->ddl->arena, key->foreign_count, sizeof *key->classes);
    if (!key->classes)
        return sql_fail_memory(key->ddl->env->error);
    for (uint16_t i = 0; i < key->foreign_count; i++)
        key->classes[i] = index->index->opclasses[places ? places[i] : i];
    return true;
}

static bool use_primary(struct foreign_key *key)
{
    struct pg_ddl *ddl = key->ddl;
    for (uint16_t i = 0; i < key->referenced->index_count; i++) {
        const struct sql_relation *index =
            sql_find_relation_id(ddl->session, key->referenced->indexes[i]);
        if (!index->index->primary)
            continue;
        if (!index->index->immediate)
            return sql_fail(ddl->env->error, "55000",
                            "cannot use a deferrable primary key for referenced table \"" SLICE_FMT
                            "\"",
                            SLICE_ARG(key->referenced->object.name));
        key->foreign_count = index->index->key_count;
        key->foreign_columns = (int16_t *)(uintptr_t)index->index->columns;
        return use_index(key, index, NULL);
    }
    return sql_fail(ddl->env->error, "42704",
                    "there is no primary key for referenced table \"" SLICE_FMT "\"",
                    SLICE_ARG(key->referenced->object.name));
}

/* Are the index' columns the key's, in any order? places[i]: where the key's column i stands. */
static bool covers(const struct foreign_key *key, const struct sql_index *index, uint16_t *places)
{
    if (index->key_count != key->foreign_count || !index->unique || index->where ||
        index->expressions.count || !index->valid)
        return false;
    for (uint16_t i = 0; i < key->foreign_count; i++) {
        places[i] = UINT16_MAX;
        for (uint16_t j = 0; j < index->key_count; j++)
            if (index->columns[j] == key->foreign_columns[i])
                places[i] = j;
        if (places[i] == UINT16_MAX)
            return false;
    }
    return true;
}

static bool use_unique(struct foreign_key *key)
{
    struct pg_ddl *ddl = key->ddl;
    bool deferrable = false;
    uint16_t places[64];
    for (uint16_t i = 0; i < key->foreign_count; i++)
        for (uint16_t j = 0; j < i; j++)
            if (key->foreign_columns[i] == key->foreign_columns[j])
                return sql_fail(ddl->env->error, "42830",
                                "foreign key referenced-columns list must not contain duplicates");
    for (uint16_t i = 0; i < key->referenced->index_count; i++) {
        const struct sql_relation *index =
            sql_find_relation_id(ddl->session, key->referenced->indexes[i]);
        if (!covers(key, index->index, places))
            continue;
        if (index->index->immediate)
            return use_index(key, index, places);
        deferrable = true;
    }
    if (deferrable)
        return sql_fail(
            ddl->env->error, "55000",
            "cannot use a deferrable unique constraint for referenced table \"" SLICE_FMT "\"",
            SLICE_ARG(key->referenced->object.name));
    return sql_fail(
        ddl->env->error, "42830",
        "there is no unique constraint matching given keys for referenced table \"" SLICE_FMT "\"",
        SLICE_ARG(key->referenced->object.name));
}

/* ---- operators */

static uint32_t base_type(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(ddl->session, type->base);
    return type ? type->id : 0;
}

static bool casts_implicitly(struct pg_ddl *ddl, uint32_t from, uint32_t to)
{
    const struct sql_cast *cast = sql_find_cast(ddl->session, from, to);
    return from == to || (cast && cast->context == 'i');
}

/* Equality of the index' class between the two columns' types; 0: there is none. */
static bool find_equality(struct foreign_key *key, uint32_t class_id, uint32_t pk_type,
                          uint32_t fk_type, uint16_t at)
{
    struct pg_ddl *ddl = key->ddl;
    const struct sql_operator_class *class = sql_builtin_class_id(ddl->session->dialect, class_id);
    const struct sql_class_object *user =
        class ? NULL
              : (const void *)sql_find_object(ddl->session, pg_classes(ddl)->operator_class,
                                              class_id);
    uint32_t family = class ? class->family : user ? user->info.family : 0;
    uint32_t input = class ? class->input : user ? user->info.input : 0;
    uint32_t pk = base_type(ddl, pk_type), fk = base_type(ddl, fk_type);
    key->pp[at] = sql_find_family_operator(ddl->session, family, input, input, SQL_EQ);
    key->pf[at] = sql_find_family_operator(ddl->session, family, input, fk, SQL_EQ);
    key->ff[at] = sql_find_family_operator(ddl->session, family, fk, fk, SQL_EQ);
    if (key->pf[at] && key->ff[at])
        return true;
    /* Classes of polymorphic types take what is the same type on both sides. */
    const struct sql_type *common = sql_find_type_id(ddl->session, input);
    if (common && common->kind == SQL_TYPE_PSEUDO ? pk == fk : casts_implicitly(ddl, fk, input)) {
        key->pf[at] = key->ff[at] = key->pp[at];
        return key->pp[at] != 0;
    }
    return false;
}

static bool find_operators(struct foreign_key *key, struct slice name)
{
    struct pg_ddl *ddl = key->ddl;
    uint32_t *all = arena_array(ddl->arena, 3 * (size_t)key->count, sizeof *all);
    if (!all)
        return sql_fail_memory(ddl->env->error);
    key->pf = all;
    key->pp = all + key->count;
    key->ff = key->pp + key->count;
    for (uint16_t i = 0; i < key->count; i++) {
        const struct sql_column *fk = &key->table->columns[key->columns[i] - 1];
        const struct sql_column *pk = &key->referenced->columns[key->foreign_columns[i] - 1];
        if (find_equality(key, key->classes[i], pk->type, fk->type, i))
            continue;
        sql_fail(ddl->env->error, "42804",
                 "foreign key constraint \"" SLICE_FMT "\" cannot be implemented", SLICE_ARG(name));
        return sql_detail(ddl->env->error,
                          "Key columns \"" SLICE_FMT "\" and \"" SLICE_FMT
                          "\" are of incompatible types: " SLICE_FMT " and " SLICE_FMT ".",
                          SLICE_ARG(fk->name), SLICE_ARG(pk->name),
                          SLICE_ARG(pg_type_text(ddl->session, ddl->arena, fk->type)),
                          SLICE_ARG(pg_type_text(ddl->session, ddl->arena, pk->type)));
    }
    return true;
}

/* ---- actions */

static const char action_letters[] = {
    [AST_FK_NO_ACTION] = 'a', [AST_FK_RESTRICT] = 'r',    [AST_FK_CASCADE] = 'c',
    [AST_FK_SET_NULL] = 'n',  [AST_FK_SET_DEFAULT] = 'd',
};

static bool check_generated(struct foreign_key *key)
{
    const struct ast_constraint *ast = key->ast;
    for (uint16_t i = 0; i < key->count; i++) {
        if (!key->table->columns[key->columns[i] - 1].generated)
            continue;
        bool sets = ast->on_update == AST_FK_SET_NULL || ast->on_update == AST_FK_SET_DEFAULT ||
                    ast->on_update == AST_FK_CASCADE;
        if (sets)
            return sql_fail(key->ddl->env->error, "42601",
                            "invalid %s action for foreign key constraint containing generated "
                            "column",
                            "ON UPDATE");
        if (ast->on_delete == AST_FK_SET_NULL || ast->on_delete == AST_FK_SET_DEFAULT)
            return sql_fail(key->ddl->env->error, "42601",
                            "invalid %s action for foreign key constraint containing generated "
                            "column",
                            "ON DELETE");
    }
    return true;
}

static bool check_set_columns(struct foreign_key *key)
{
    for (uint16_t i = 0; i < key->set_count; i++) {
        bool found = false;
        for (uint16_t j = 0; j < key->count; j++)
            found = found || key->columns[j] == key->set_columns[i];
        if (!found)
            return sql_fail(key->ddl->env->error, "42P10",
                            "column \"" SLICE_FMT
                            "\" referenced in ON DELETE SET action must be part of foreign key",
                            SLICE_ARG(key->ast->on_delete_columns.items[i]));
    }
    return true;
}

/* ---- storing */

static struct slice joined_columns(const struct foreign_key *key)
{
    struct slice joined = key->table->columns[key->columns[0] - 1].name;
    for (uint16_t i = 1; i < key->count && joined.len < PG_NAME_MAX; i++)
        joined = arena_concat(key->ddl->arena, joined, slice_str("_"),
                              key->table->columns[key->columns[i] - 1].name);
    return joined;
}

static bool depend_on_referenced(struct foreign_key *key, uint32_t constraint)
{
    struct pg_ddl *ddl = key->ddl;
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, constraint);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, key->referenced->object.id);
    for (uint16_t i = 0; i < key->count; i++) {
        on.part = key->foreign_columns[i];
        if (!sql_depend(ddl->env, of, on, 'n'))
            return false;
    }
    return sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->relation, key->index), 'n');
}

static bool store(struct foreign_key *key, struct sql_constraint *constraint)
{
    struct pg_ddl *ddl = key->ddl;
    constraint->index = key->index;
    constraint->columns = key->columns;
    constraint->column_count = key->count;
    constraint->foreign_table = key->referenced->object.id;
    constraint->foreign_columns = key->foreign_columns;
    constraint->set_columns = key->set_columns;
    constraint->set_column_count = key->set_count;
    constraint->pf_ops = key->pf;
    constraint->pp_ops = key->pp;
    constraint->ff_ops = key->ff;
    return pg_constraint_store(ddl, constraint) &&
           depend_on_referenced(key, constraint->object.id) &&
           sql_relation_attach(ddl->env, key->referenced->object.id, SQL_ATTACHED_REFERENCING,
                               constraint->object.id);
}

static bool resolve(struct foreign_key *key, const struct pg_constraint_def *def)
{
    const struct ast_constraint *ast = key->ast;
    struct slice own = def->column;
    struct ast_names names = own.ptr ? (struct ast_names){&own, 1} : ast->columns;
    if (!find_columns(key, key->table, &names, &key->columns, &key->count) ||
        !find_columns(key, key->table, &ast->on_delete_columns, &key->set_columns,
                      &key->set_count) ||
        !check_set_columns(key))
        return false;
    if (!ast->referenced_columns.count) {
        if (!use_primary(key))
            return false;
    } else if (!find_columns(key, key->referenced, &ast->referenced_columns, &key->foreign_columns,
                             &key->foreign_count) ||
               !use_unique(key)) {
        return false;
    }
    if (key->count != key->foreign_count)
        return sql_fail(key->ddl->env->error, "42830",
                        "number of referencing and referenced columns for foreign key disagree");
    return check_generated(key);
}

bool pg_foreign_key_add(struct pg_ddl *ddl, uint32_t relation_id,
                        const struct pg_constraint_def *def, bool validate)
{
    struct foreign_key key = {.ddl = ddl, .ast = &def->ast};
    if (def->ast.match == AST_MATCH_PARTIAL)
        return sql_fail_at(ddl->env->error, def->ast.node.location, "0A000",
                           "MATCH PARTIAL not yet implemented");
    if (!pg_name_relation(ddl, def->ast.referenced, false, SQL_SHARE_ROW_EXCLUSIVE,
                          &key.referenced))
        return false;
    key.table = sql_find_relation_id(ddl->session, relation_id);
    struct sql_constraint constraint = {
        .kind = SQL_CONSTRAINT_FOREIGN,
        .deferrable = def->ast.deferrable,
        .deferred = def->ast.initially_deferred,
        .validated = !def->ast.skip_validation || !validate,
        .local = true,
        .no_inherit = true,
        .relation = relation_id,
        .on_update = action_letters[def->ast.on_update],
        .on_delete = action_letters[def->ast.on_delete],
        .match = def->ast.match == AST_MATCH_FULL ? 'f' : 's',
    };
    if (!check_partitioned(&key, validate) || !check_tables(&key) || !resolve(&key, def))
        return false;
    if (!sql_has_privileges(ddl->session, ddl->session->role, &key.referenced->object,
                            SQL_PRIV_REFERENCES))
        return sql_fail(ddl->env->error, "42501", "permission denied for table " SLICE_FMT,
                        SLICE_ARG(key.referenced->object.name));
    constraint.object.name = def->ast.name;
    if (def->ast.name.ptr) {
        if (!pg_constraint_name_free(ddl, key.table, def->ast.name))
            return false;
    } else if (!pg_name_choose_constraint(ddl, key.table->object.schema, key.table->object.name,
                                          joined_columns(&key), "fkey", &constraint.object.name)) {
        return false;
    }
    return find_operators(&key, constraint.object.name) && store(&key, &constraint) &&
           (!validate || def->ast.skip_validation || pg_validate_foreign_key(ddl, &constraint)) &&
           pg_foreign_key_to_referenced(ddl, constraint.object.id) &&
           pg_foreign_key_to_partitions(ddl, constraint.object.id);
}

bool pg_foreign_key_retype(struct pg_ddl *ddl, const struct sql_constraint *constraint)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, constraint->index);
    struct sql_constraint changed = *constraint;
    uint16_t places[64];
    struct foreign_key key = {
        .ddl = ddl,
        .table = sql_find_relation_id(ddl->session, constraint->relation),
        .referenced = sql_find_relation_id(ddl->session, constraint->foreign_table),
        .columns = (int16_t *)(uintptr_t)constraint->columns,
        .foreign_columns = (int16_t *)(uintptr_t)constraint->foreign_columns,
        .count = constraint->column_count,
        .foreign_count = constraint->column_count,
    };
    if (!index || !covers(&key, index->index, places))
        return true;
    if (!use_index(&key, index, places) || !find_operators(&key, constraint->object.name))
        return false;
    changed.pf_ops = key.pf;
    changed.pp_ops = key.pp;
    changed.ff_ops = key.ff;
    return sql_catalog_replace(ddl->env, &changed.object) &&
           (!changed.validated || pg_validate_foreign_key(ddl, &changed));
}
