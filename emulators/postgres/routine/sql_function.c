/* Functions in SQL: their statements are run one after the other; the rows of the last one are the
 * result. */
#include <stdlib.h>

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/exec/simple.h"
#include "emulators/sql/session.h"
#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/record.h"

enum { TYPE_RECORD = 2249, TYPE_VOID = 2278, STACK_NEEDED = 32 * 1024 };

struct statement {
    struct pg_stored_query query;
    struct sql_simple *simple; /* the open run of a simple plan; NULL: there is none */
    bool selects;
};

/* A function's statements, kept by the session for its next call with arguments of these types. */
struct pg_sql_body {
    struct pg_sql_body *next;
    const struct sql_routine *routine;
    struct sql_env *env;                     /* the call's, as is what follows */
    const struct sql_type *const *arg_types; /* NULL: as declared */
    const struct sql_type *result;           /* the same */
    uint32_t id, collation;
    uint64_t catalog_version;
    struct sql_scope scope;
    struct sql_params params;
    struct arena arena, scratch; /* for good, and of one call */
    struct slice text;
    struct statement *statements;
    uint32_t count;
    struct datum *values; /* of the arguments, for simple statements */
    bool busy, kept;      /* a call runs; it is on the session's list */
    bool last;            /* the statement in hand is the last one, */
    bool started;         /* and it was found to be in order */
};

/* ---- names of arguments */

static uint32_t argument_type(const struct pg_sql_body *body, uint32_t at)
{
    return body->arg_types && body->arg_types[at] ? body->arg_types[at]->id
                                                  : body->routine->arg_types[at];
}

/* What the call's collation is goes before that of the type. */
static uint32_t argument_collation(const struct pg_sql_body *body, const struct sql_type *type)
{
    uint32_t own = type ? type->collation : 0;
    return own && body->collation ? body->collation : own;
}

static struct sql_expr *argument(const struct sql_scope *scope, struct sql_env *env,
                                 uint32_t number, int32_t location)
{
    const struct pg_sql_body *body = scope->ctx;
    if (number == 0 || number > body->routine->arg_count) {
        sql_fail_at(env->error, location, "42P02", "there is no parameter $%u", number);
        return NULL;
    }
    struct sql_expr_param *param = arena_zalloc(env->arena, sizeof(*param));
    uint32_t type = argument_type(body, number - 1);
    const struct sql_type *described = sql_find_type_id(env->session, type);
    if (!param) {
        sql_fail_memory(env->error);
        return NULL;
    }
    param->expr = (struct sql_expr){.kind = SQL_EXPR_PARAM,
                                    .type = type,
                                    .typmod = -1,
                                    .collation = argument_collation(body, described),
                                    .location = location};
    param->param_kind = SQL_PARAM_EXTERNAL;
    param->number = number;
    return &param->expr;
}

/* The number of the input argument of that name, 0: there is none. */
static uint32_t find_argument(const struct sql_routine *routine, struct slice name)
{
    uint32_t count = routine->all_count ? routine->all_count : routine->arg_count, input = 0;
    for (uint32_t i = 0; i < count; i++) {
        char mode = routine->all_count ? routine->modes[i] : 'i';
        bool in = mode == 'i' || mode == 'b' || mode == 'v';
        input += in;
        if (in && routine->names && i < routine->name_count && slice_eq(routine->names[i], name))
            return input;
    }
    return 0;
}

static struct sql_expr *resolve(const struct sql_scope *scope, struct sql_env *env,
                                const struct slice *names, unsigned count, int32_t location)
{
    const struct pg_sql_body *body = scope->ctx;
    unsigned at = count > 1 && slice_eq(names[0], body->routine->object.name) ? 1 : 0;
    uint32_t number = at < count ? find_argument(body->routine, names[at]) : 0;
    if (number == 0)
        return NULL;
    struct sql_expr *value = argument(scope, env, number, location);
    if (!value || at + 1 == count)
        return value;
    /* A composite argument's column. */
    const struct sql_type *type = sql_find_type_id(env->session, value->type);
    const struct sql_row_type *row = type && type->ops == &sql_record_ops ? type->extra : NULL;
    for (uint32_t i = 0; row && i < row->count; i++) {
        if (!slice_eq(row->columns[i].name, names[at + 1]))
            continue;
        struct sql_expr_field *field = arena_zalloc(env->arena, sizeof(*field));
        if (!field)
            return NULL;
        field->expr = (struct sql_expr){.kind = SQL_EXPR_FIELD,
                                        .type = row->columns[i].type,
                                        .typmod = row->columns[i].typmod,
                                        .location = location};
        field->arg = value;
        field->column = i + 1;
        return &field->expr;
    }
    return NULL;
}

static bool begin_body(struct pg_sql_body *body, struct sql_env *env,
                       const struct sql_routine *routine, const struct sql_type *const *arg_types)
{
    *body = (struct pg_sql_body){
        .routine = routine, .env = env, .arg_types = arg_types, .text = routine->source};
    struct slice builtin = pg_builtin_sql_body(routine->object.id);
    if (builtin.ptr)
        body->text = builtin;
    arena_init(&body->arena);
    arena_init(&body->scratch);
    body->scope = (struct sql_scope){.resolve = resolve, .param = argument, .ctx = body};
    body->params.count = routine->arg_count;
    body->params.types = arena_array(&body->arena, routine->arg_count + 1u, sizeof(uint32_t));
    if (!body->params.types)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < routine->arg_count; i++)
        body->params.types[i] = argument_type(body, i);
    return true;
}

static void end_body(struct pg_sql_body *body)
{
    arena_done(&body->scratch);
    arena_done(&body->arena);
}

static bool parse_body(struct pg_sql_body *body, struct ast_list *out)
{
    struct pg_parse_options options = pg_parse_options_default;
    struct sql_error *error = body->env->error;
    if (pg_parse(&body->arena, body->text, &options, out, error))
        return true;
    error->internal_query = arena_dup(error->arena, body->text);
    error->internal_position = error->position;
    error->position = 0;
    return false;
}

/* ---- what the last statement has to give */

static bool mismatch(struct pg_sql_body *body)
{
    uint32_t type = body->result ? body->result->id : body->routine->result_type;
    return sql_fail(body->env->error, "42P13",
                    "return type mismatch in function declared to return " SLICE_FMT,
                    SLICE_ARG(pg_type_text(body->env->session, body->env->error->arena, type)));
}

/* May a column of that kind be assigned to the type? */
static bool can_assign(struct pg_sql_body *body, const struct sql_result_column *column,
                       uint32_t type)
{
    if (column->type == type)
        return true;
    struct sql_error ignored;
    struct sql_expr value = {SQL_EXPR_CASE_TEST, column->type, column->typmod, 0, -1};
    struct sql_expr *expr = &value;
    struct sql_env quiet = pg_stored_env(body->env, &body->scratch);
    sql_error_begin(&ignored, &body->scratch);
    quiet.error = &ignored;
    return sql_coerce_assign(&quiet, &expr, type, -1, SQL_ASSIGN_VALUE, slice_str(""));
}

static bool check_scalar(struct pg_sql_body *body, const struct sql_result_column *columns,
                         uint32_t count)
{
    struct sql_error *error = body->env->error;
    if (count != 1) {
        mismatch(body);
        return sql_detail(error, "Final statement must return exactly one column.");
    }
    if (can_assign(body, columns, body->routine->result_type))
        return true;
    mismatch(body);
    return sql_detail(error, "Actual return type is " SLICE_FMT ".",
                      SLICE_ARG(pg_type_text(body->env->session, error->arena, columns[0].type)));
}

/* The types of the result's columns: those of its row type, or of the OUT arguments. False: they are
 * not known before the call. */
static bool find_columns(struct pg_sql_body *body, const struct sql_type *result,
                         const uint32_t **out, uint32_t *out_count)
{
    const struct sql_routine *routine = body->routine;
    const struct sql_row_type *shape = result->extra;
    uint32_t room = shape ? shape->count : routine->all_count, count = 0;
    uint32_t *types = arena_array(&body->scratch, room + 1, sizeof(*types));
    for (uint32_t i = 0; types && i < room; i++)
        if (shape || strchr("obt", routine->modes[i]))
            types[count++] = shape ? shape->columns[i].type : routine->all_types[i];
    *out = types;
    *out_count = count;
    return count > 0;
}

static bool check_row(struct pg_sql_body *body, const struct sql_type *result,
                      const struct sql_result_column *columns, uint32_t count)
{
    struct sql_session *session = body->env->session;
    struct sql_error *error = body->env->error;
    const struct sql_type *first = sql_find_type_id(session, columns[0].type);
    const uint32_t *types;
    uint32_t wanted;
    if (count == 1 && first && first->ops == &sql_record_ops &&
        (first == result || first->id == TYPE_RECORD || result->id == TYPE_RECORD))
        return true; /* the whole row */
    if (!find_columns(body, result, &types, &wanted))
        return true;
    for (uint32_t i = 0; i < count && i < wanted; i++) {
        const struct sql_type *type = sql_find_type_id(session, types[i]);
        if (!type || type->kind == SQL_TYPE_PSEUDO || can_assign(body, &columns[i], types[i]))
            continue;
        mismatch(body);
        return sql_detail(
            error, "Final statement returns " SLICE_FMT " instead of " SLICE_FMT " at column %u.",
            SLICE_ARG(pg_type_text(session, error->arena, columns[i].type)),
            SLICE_ARG(pg_type_text(session, error->arena, types[i])), i + 1);
    }
    if (count == wanted)
        return true;
    mismatch(body);
    return sql_detail(error, "Final statement returns too %s columns.",
                      count > wanted ? "many" : "few");
}

/* Does the last statement give what the function returns? What is polymorphic is not asked. */
static bool check_columns(struct pg_sql_body *body, const struct sql_result_column *columns,
                          uint32_t count)
{
    const struct sql_routine *routine = body->routine;
    const struct sql_type *type = sql_find_type_id(body->env->session, routine->result_type);
    if (routine->result_type == TYPE_VOID)
        return true;
    if (!columns || !count) {
        mismatch(body);
        return sql_detail(body->env->error,
                          "Function's final statement must be SELECT or INSERT/UPDATE/DELETE "
                          "RETURNING.");
    }
    if (type && type->ops == &sql_record_ops)
        return check_row(body, type, columns, count);
    return (type && type->kind == SQL_TYPE_PSEUDO) || check_scalar(body, columns, count);
}

static bool check_result(struct pg_sql_body *body, const struct pg_stored_query *query)
{
    uint32_t count;
    const struct sql_result_column *columns = pg_stored_query_columns(query, &count);
    return check_columns(body, columns, count);
}

/* ---- running */

/* The last statement's rows: kept for sets, the first one for values. */
struct keeping {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    struct arena *arena;
    struct datum **rows;
    uint64_t count, room, given;
    const struct sql_result_column *columns;
    uint32_t column_count;
};

static bool keep_begin(struct sql_sink *sink, const struct sql_result_column *columns,
                       uint32_t count)
{
    struct keeping *keeping = (struct keeping *)(void *)sink;
    struct sql_result_column *copy = arena_array(keeping->arena, count + 1, sizeof(*copy));
    if (!copy)
        return false;
    if (count)
        memcpy(copy, columns, count * sizeof(*copy));
    keeping->columns = copy;
    keeping->column_count = count;
    return true;
}

static bool keep_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct keeping *keeping = (struct keeping *)(void *)sink;
    if (keeping->count == keeping->room) {
        uint64_t room = keeping->room ? keeping->room * 2 : 4;
        struct datum **rows = arena_array(keeping->arena, room, sizeof(*rows));
        if (!rows)
            return sql_fail_memory(env->error);
        if (keeping->count)
            memcpy(rows, keeping->rows, keeping->count * sizeof(*rows));
        keeping->rows = rows;
        keeping->room = room;
    }
    struct datum *row = arena_array(keeping->arena, count + 1, sizeof(*row));
    if (!row)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *type = sql_find_type_id(env->session, keeping->columns[i].type);
        row[i] = values[i];
        if (!values[i].null && type && !type->by_value) {
            struct slice copy = arena_dup(keeping->arena, datum_slice(values[i]));
            if (!copy.ptr)
                return sql_fail_memory(env->error);
            row[i] = datum_bytes(copy);
        }
    }
    keeping->rows[keeping->count++] = row;
    return true;
}

/* Opens the run of a simple plan, if it is one. */
static bool open_simple(struct pg_sql_body *body, struct statement *statement)
{
    struct pg_stored_query *query = &statement->query;
    if (statement->simple || query->count != 1 || query->tag_query != 0 || !query->plans[0] ||
        !sql_plan_is_simple(query->plans[0]))
        return true;
    return sql_simple_open(body->env, &query->arena, query->plans[0], body->values,
                           body->params.count, &statement->simple);
}

static bool run_simple(struct pg_sql_body *body, struct statement *statement,
                       const struct datum *args, struct sql_sink *sink)
{
    struct sql_txn *txn = body->env->session->txn;
    struct datum value;
    if (body->params.count)
        memcpy(body->values, args, body->params.count * sizeof(*args));
    sql_txn_next_command(txn);
    if (!sql_simple_evaluate(statement->simple, body->env, &body->scratch, &value))
        return false;
    sql_txn_next_command(txn);
    return sink->row(sink, body->env, &value, 1);
}

static bool run_statement(struct pg_sql_body *body, struct statement *statement,
                          const struct datum *args, struct sql_sink *sink, uint64_t max)
{
    struct pg_stored_query *query = &statement->query;
    struct sql_env env = pg_stored_env(body->env, &body->scratch);
    uint64_t rows;
    uint32_t count;
    bool changed;
    if (!pg_stored_query_is_current(&env, query)) {
        sql_simple_close(statement->simple);
        statement->simple = NULL;
    }
    body->started = pg_stored_query_plan(&env, query, &changed) && open_simple(body, statement);
    if (body->started && changed && body->last && !query->given)
        body->started = query->planned = check_result(body, query);
    if (!body->started)
        return false;
    const struct sql_result_column *columns = pg_stored_query_columns(query, &count);
    if (columns && count && !sink->begin(sink, columns, count))
        return false;
    return statement->simple
               ? run_simple(body, statement, args, sink)
               : pg_stored_query_run(&env, query, args, body->params.count, sink, max, &rows);
}

/* The statements of the text, or those that were analysed when the function was made. */
static bool read_statements(struct pg_sql_body *body)
{
    const struct sql_routine *routine = body->routine;
    struct ast_list list = {0};
    if (!routine->body_count && !parse_body(body, &list))
        return false;
    body->count = routine->body_count ? routine->body_count : list.count;
    body->statements = arena_zalloc(&body->arena, (body->count + 1) * sizeof(*body->statements));
    body->values = arena_zalloc(&body->arena, (body->params.count + 1) * sizeof(*body->values));
    if (!body->statements || !body->values)
        return sql_fail_memory(body->env->error);
    for (uint32_t i = 0; i < body->count; i++) {
        const struct sql_query *given = routine->body_count ? routine->body[i] : NULL;
        const struct ast_node *tree =
            given ? NULL : AST_AS(raw_statement, list.items[i])->statement;
        body->statements[i] = (struct statement){
            .query = {.text = body->text,
                      .tree = tree,
                      .given = given,
                      .scope = &body->scope,
                      .params = &body->params},
            .selects = given ? given->command == SQL_SELECT : tree->kind == AST_SELECT,
        };
    }
    return true;
}

static void destroy_body(struct pg_sql_body *body)
{
    for (uint32_t i = 0; body->statements && i < body->count; i++) {
        sql_simple_close(body->statements[i].simple);
        pg_stored_query_done(&body->statements[i].query);
    }
    end_body(body);
    free(body);
}

void pg_sql_bodies_clear(struct pg_session *session)
{
    while (session->sql_bodies) {
        struct pg_sql_body *body = session->sql_bodies;
        session->sql_bodies = body->next;
        destroy_body(body);
    }
}

static bool is_for(const struct pg_sql_body *body, const struct sql_call *call)
{
    const struct sql_routine *routine = call->routine;
    if (body->id != routine->object.id || body->collation != call->collation)
        return false;
    for (uint32_t i = 0; i < routine->arg_count; i++)
        if (body->params.types[i] != (call->arg_types && call->arg_types[i]
                                          ? call->arg_types[i]->id
                                          : routine->arg_types[i]))
            return false;
    return true;
}

/* The one kept for such calls, brought to the front; NULL: there is none. Those of another version of
 * the catalog go, or are left to the call that uses them. */
static struct pg_sql_body *find_body(struct pg_session *session, const struct sql_call *call)
{
    uint64_t version = sql_catalog_version(&session->core);
    for (struct pg_sql_body **link = &session->sql_bodies; *link;) {
        struct pg_sql_body *body = *link;
        if (body->id != call->routine->object.id) {
            link = &body->next;
            continue;
        }
        if (body->catalog_version != version) {
            *link = body->next;
            body->kept = false;
            if (!body->busy)
                destroy_body(body);
            continue;
        }
        if (!is_for(body, call)) {
            link = &body->next;
            continue;
        }
        *link = body->next;
        body->next = session->sql_bodies;
        return session->sql_bodies = body;
    }
    return NULL;
}

/* A body for the call alone to use: a recursive one has its own. NULL: the error is filled. */
static struct pg_sql_body *take_body(struct sql_call *call)
{
    struct pg_session *session = pg_session_of(call->env->session);
    struct pg_sql_body *body = find_body(session, call);
    bool keep = !body;
    if (!body || body->busy) {
        body = calloc(1, sizeof(*body));
        if (!body) {
            sql_fail_memory(call->env->error);
            return NULL;
        }
        bool ok = begin_body(body, call->env, call->routine, call->arg_types);
        body->id = call->routine->object.id;
        body->collation = call->collation;
        body->catalog_version = sql_catalog_version(&session->core);
        if (!ok || !read_statements(body)) {
            destroy_body(body);
            return NULL;
        }
        body->kept = keep;
        body->next = session->sql_bodies;
        if (keep)
            session->sql_bodies = body;
    }
    body->busy = true;
    body->env = call->env;
    body->routine = call->routine;
    body->arg_types = call->arg_types;
    body->result = call->result_type;
    return body;
}

static void leave_body(struct pg_sql_body *body)
{
    body->busy = false;
    arena_reset(&body->scratch);
    if (!body->kept)
        destroy_body(body);
}

static bool fail_startup(struct sql_call *call)
{
    sql_context_line(call->env->error, "SQL function \"" SLICE_FMT "\" during startup",
                     SLICE_ARG(call->routine->object.name));
    return false;
}

static bool run_body(struct sql_call *call, const struct datum *args, struct keeping *keeping)
{
    struct sql_sink nowhere = sql_no_sink;
    const struct sql_routine *routine = call->routine;
    struct pg_sql_body *body = take_body(call);
    bool ok = body != NULL;
    if (ok && body->count == 0 && !check_columns(body, NULL, 0))
        ok = fail_startup(call);
    for (uint32_t i = 0; ok && i < body->count; i++) {
        struct statement *statement = &body->statements[i];
        body->last = i + 1 == body->count;
        uint64_t max = body->last && statement->selects && !routine->returns_set ? 1 : 0;
        ok = run_statement(body, statement, args, body->last ? &keeping->sink : &nowhere, max);
        if (!ok && body->started)
            sql_context_line(call->env->error, "SQL function \"" SLICE_FMT "\" statement %u",
                             SLICE_ARG(routine->object.name), i + 1);
        else if (!ok)
            fail_startup(call);
    }
    if (body)
        leave_body(body);
    return ok;
}

/* ---- results */

static bool is_composite(const struct sql_call *call)
{
    return call->result_type && call->result_type->ops == &sql_record_ops;
}

static bool cast_column(struct sql_call *call, const struct sql_result_column *column,
                        uint32_t wanted, int32_t typmod, struct datum *value)
{
    struct sql_env env = pg_stored_env(call->env, call->arena);
    bool same = column->type == wanted && (typmod < 0 || typmod == column->typmod);
    return same || wanted == TYPE_RECORD ||
           pg_stored_cast(&env, *value, column->type, wanted, typmod, value);
}

/* Several columns: into the caller's, or a record of them. */
static bool give_columns(struct sql_call *call, const struct keeping *keeping,
                         const struct datum *row, struct datum *out)
{
    uint32_t count = keeping->column_count;
    const struct sql_type *base = sql_domain_base(call->env, call->result_type);
    const struct sql_row_type *shape = base->extra;
    const struct sql_type **types = arena_array(call->arena, count + 1, sizeof(*types));
    struct datum *values = arena_array(call->arena, count + 1, sizeof(*values));
    if (!types || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t wanted = shape && i < shape->count                      ? shape->columns[i].type
                          : call->column_types && i < call->column_count ? call->column_types[i]
                                                                         : keeping->columns[i].type;
        int32_t typmod = shape && i < shape->count ? shape->columns[i].typmod
                         : !shape && call->column_typmods && i < call->column_count
                             ? call->column_typmods[i]
                             : -1;
        values[i] = row[i];
        if (!cast_column(call, &keeping->columns[i], wanted, typmod, &values[i]))
            return false;
        types[i] = sql_find_type_id(call->env->session, wanted);
    }
    if (call->columns) {
        for (uint32_t i = 0; i < count && i < call->column_count; i++)
            call->columns[i] = values[i];
        *out = datum_int(0);
        return true;
    }
    uint32_t type = base->id == TYPE_RECORD ? 0 : base->id;
    return sql_record_make(call, type, types, values, count, out) &&
           sql_domain_check(call->env, call->result_type, *out);
}

static bool give_row(struct sql_call *call, const struct keeping *keeping, const struct datum *row,
                     struct datum *out)
{
    uint32_t first = keeping->columns[0].type;
    const struct sql_type *first_type = sql_find_type_id(call->env->session, first);
    bool whole = keeping->column_count == 1 && first_type && first_type->ops == &sql_record_ops;
    if (is_composite(call) && !whole)
        return give_columns(call, keeping, row, out);
    *out = row[0];
    if (call->result_type &&
        !cast_column(call, &keeping->columns[0], call->result_type->id, -1, out))
        return false;
    if (is_composite(call) && call->columns)
        call->columns = NULL; /* the caller takes the record apart */
    return true;
}

static bool call_set(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct keeping *keeping = call->set_state;
    if (!keeping) {
        keeping = arena_zalloc(call->set_arena, sizeof(*keeping));
        if (!keeping)
            return sql_fail_memory(call->env->error);
        keeping->sink = (struct sql_sink){.begin = keep_begin, .row = keep_row};
        keeping->call = call;
        keeping->arena = call->set_arena;
        if (!run_body(call, args, keeping))
            return false;
        call->set_state = keeping;
    }
    call->done = keeping->given >= keeping->count;
    return call->done || give_row(call, keeping, keeping->rows[keeping->given++], out);
}

bool pg_sql_function_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(call->env->error, "54001", "stack depth limit exceeded");
    if (call->routine->returns_set)
        return call_set(call, args, out);
    struct keeping keeping = {
        .sink = {.begin = keep_begin, .row = keep_row},
          .call = call, .arena = call->arena
    };
    if (!run_body(call, args, &keeping))
        return false;
    *out = datum_null();
    if (call->routine->result_type == TYPE_VOID || keeping.count == 0)
        return true;
    return give_row(call, &keeping, keeping.rows[0], out);
}

/* ---- CREATE FUNCTION */

/* query NULL: the text has no statement. */
static bool check_last(struct pg_sql_body *body, const struct pg_stored_query *query)
{
    return (query ? check_result(body, query) : check_columns(body, NULL, 0)) ||
           sql_context_line(body->env->error, "SQL function \"" SLICE_FMT "\"",
                            SLICE_ARG(body->routine->object.name));
}

bool pg_sql_function_check(struct sql_env *env, const struct sql_routine *routine)
{
    struct pg_sql_body body;
    struct ast_list list = {0};
    if (routine->body_count)
        return true; /* it was analysed */
    bool ok = begin_body(&body, env, routine, NULL) && parse_body(&body, &list);
    for (uint32_t i = 0; i < routine->arg_count && ok; i++) {
        const struct sql_type *type = sql_find_type_id(env->session, routine->arg_types[i]);
        if (type && type->kind == SQL_TYPE_PSEUDO && type->id != TYPE_RECORD) {
            end_body(&body);
            return true; /* polymorphic: the types are known at the call */
        }
    }
    if (ok && list.count == 0)
        ok = check_last(&body, NULL);
    for (uint32_t i = 0; ok && i < list.count; i++) {
        const struct ast_node *tree =
            ((const struct ast_raw_statement *)(const void *)list.items[i])->statement;
        struct pg_stored_query query = {
            .text = routine->source, .tree = tree, .scope = &body.scope, .params = &body.params};
        struct sql_env inner = pg_stored_env(env, &body.arena);
        bool changed;
        arena_init(&query.arena);
        ok = pg_stored_query_plan(&inner, &query, &changed) &&
             (i + 1 < list.count || check_last(&body, &query));
        pg_stored_query_done(&query);
        if (!ok && env->error->position) {
            env->error->internal_query = arena_dup(env->error->arena, routine->source);
            env->error->internal_position = env->error->position;
            env->error->position = 0;
        }
    }
    end_body(&body);
    return ok;
}

/* ---- SQL-standard bodies */

/* RETURN expression is SELECT expression. */
static const struct ast_node *as_statement(struct pg_sql_body *body, const struct ast_node *node)
{
    if (node->kind != AST_RETURN)
        return node;
    struct ast_select *select = arena_zalloc(body->env->arena, sizeof(*select));
    struct ast_target *target = arena_zalloc(body->env->arena, sizeof(*target));
    struct ast_node **items = arena_array(body->env->arena, 1, sizeof(struct ast_node *));
    if (!select || !target || !items)
        return NULL;
    target->node = (struct ast_node){AST_TARGET, node->location};
    target->value = AST_AS(return, node)->value;
    items[0] = &target->node;
    select->node = (struct ast_node){AST_SELECT, node->location};
    select->targets = (struct ast_list){items, 1};
    return &select->node;
}

static bool add_statement(struct pg_sql_body *body, const struct ast_node *node,
                          struct sql_routine *routine)
{
    struct sql_query *query;
    const struct ast_node *statement = as_statement(body, node);
    if (!statement)
        return sql_fail_memory(body->env->error);
    if (!sql_analyze(body->env, statement, &body->params, &body->scope, &query))
        return false;
    if (query->command == SQL_UTILITY)
        return sql_fail(body->env->error, "0A000",
                        "%s is not yet supported in unquoted SQL function body",
                        pg_command_tag(statement));
    routine->body[routine->body_count++] = query;
    return true;
}

bool pg_sql_function_set_body(struct sql_env *env, const struct ast_node *node,
                              struct sql_routine *routine)
{
    struct pg_sql_body body;
    const struct ast_list single = {(struct ast_node **)(uintptr_t)&node, 1};
    const struct ast_list *list =
        node->kind == AST_RETURN ? &single : &AST_AS(list_node, node)->list;
    routine->body = arena_array(env->arena, list->count + 1, sizeof(*routine->body));
    routine->source = slice_str(node->kind == AST_RETURN ? "RETURN"
                                : list->count            ? "BEGIN ATOMIC"
                                                         : "");
    bool ok = routine->body ? begin_body(&body, env, routine, NULL) : sql_fail_memory(env->error);
    if (!ok)
        return false;
    for (uint32_t i = 0; ok && i < list->count; i++)
        ok = add_statement(&body, list->items[i], routine);
    end_body(&body);
    return ok;
}
