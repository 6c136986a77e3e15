/* Frames, blocks, control flow. */
#include "emulators/postgres/plpgsql/run.h"

#include <stdlib.h>

#include "emulators/postgres/block.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

enum { STACK_NEEDED = 24 * 1024, TYPE_BOOL = 16 };

/* Turns of a loop between two looks whether to go on; what takes long in them looks itself. */
#define TURNS_UNWATCHED 16

bool pl_frame_init(struct pl_frame *frame, const struct sql_env *env,
                   const struct pl_function *function)
{
    *frame = (struct pl_frame){.env = *env,
                               .function = function,
                               .returned = datum_null(),
                               .returned_variable = PL_NONE,
                               .atomic = true};
    arena_init(&frame->arena);
    arena_init(&frame->scratch);
    frame->env.arena = &frame->arena;
    frame->values = calloc(function->variable_count + 1, sizeof(*frame->values));
    if (!frame->values)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < function->variable_count; i++)
        frame->values[i].datum = datum_null();
    return pl_set_bool(frame, function->found, false);
}

void pl_frame_done(struct pl_frame *frame)
{
    for (uint32_t i = 0; frame->values && i < frame->function->variable_count; i++)
        pl_value_done(&frame->values[i]);
    free(frame->values);
    arena_done(&frame->scratch);
    arena_done(&frame->arena);
}

static bool add_context(const struct pl_frame *frame)
{
    return sql_context_line(frame->env.error, "PL/pgSQL function " SLICE_FMT " line %d %s%s",
                            SLICE_ARG(frame->function->name), frame->line,
                            frame->doing ? "at " : "during statement block local variable ",
                            frame->doing ? frame->doing : "initialization");
}

/* ---- flow */

/* Is the EXIT or CONTINUE under way meant for the block or loop of that label? */
static bool is_meant(const struct pl_frame *frame, struct slice label, bool loop)
{
    if (frame->label.len == 0)
        return loop;
    return slice_eq(frame->label, label);
}

enum pl_flow pl_loop_turn(struct pl_frame *frame, const struct pl_statements *body,
                          struct slice label, bool *over)
{
    enum pl_flow flow = pl_run(frame, body);
    *over = true;
    if (flow == PL_NEXT) {
        *over = ++frame->turns % TURNS_UNWATCHED == 0 && !sql_session_check(&frame->env);
        return *over ? PL_FAILED : PL_NEXT;
    }
    bool mine = (flow == PL_EXITING || flow == PL_CONTINUING) && is_meant(frame, label, true);
    if (!mine)
        return flow;
    *over = flow == PL_EXITING;
    return PL_NEXT;
}

static enum pl_flow run_assign(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_assign *node = (const void *)statement;
    struct datum value;
    uint32_t type;
    int32_t typmod;
    return pl_eval(frame, node->value, &value, &type, &typmod) &&
                   pl_set_target(frame, &node->target, value, type, typmod)
               ? PL_NEXT
               : PL_FAILED;
}

static enum pl_flow run_if(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_if *node = (const void *)statement;
    for (uint32_t i = 0; i < node->count; i++) {
        bool holds, null;
        if (!pl_eval_bool(frame, node->branches[i].condition, &holds, &null))
            return PL_FAILED;
        if (holds)
            return pl_run(frame, &node->branches[i].body);
    }
    return pl_run(frame, &node->otherwise);
}

/* Are two values equal, as = of the first one's type says? */
static bool equal_values(struct pl_frame *frame, struct datum a, uint32_t a_type,
                         struct pl_expr *other, bool *equal)
{
    struct datum b;
    const struct sql_type *type = sql_find_type_id(frame->env.session, a_type);
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    if (!pl_eval_as(frame, other, a_type, &b))
        return false;
    *equal = !a.null && !b.null && type && type->ops->compare &&
             type->ops->compare(&call, type, a, b) == 0;
    return true;
}

static enum pl_flow run_case(struct pl_frame *frame, const struct pl_statement *statement)
{
    enum { TYPE_UNKNOWN = 705, TYPE_TEXT = 25 };
    const struct pl_if *node = (const void *)statement;
    struct datum value = datum_null();
    uint32_t type = 0;
    int32_t typmod;
    if (node->value && !pl_eval(frame, node->value, &value, &type, &typmod))
        return PL_FAILED;
    if (type == TYPE_UNKNOWN)
        type = TYPE_TEXT;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct pl_branch *branch = &node->branches[i];
        bool holds = false, null;
        if (!node->value && !pl_eval_bool(frame, branch->condition, &holds, &null))
            return PL_FAILED;
        for (uint32_t v = 0; v < branch->values.count && !holds; v++)
            if (!equal_values(frame, value, type, branch->values.items[v], &holds))
                return PL_FAILED;
        if (holds)
            return pl_run(frame, &branch->body);
    }
    if (node->has_else)
        return pl_run(frame, &node->otherwise);
    sql_fail(frame->env.error, "20000", "case not found");
    sql_hint(frame->env.error, "CASE statement is missing ELSE part.");
    return PL_FAILED;
}

static enum pl_flow run_loop(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_loop *node = (const void *)statement;
    for (;;) {
        bool holds = true, null, over;
        if (node->condition && !pl_eval_bool(frame, node->condition, &holds, &null))
            return PL_FAILED;
        if (!holds)
            return PL_NEXT;
        arena_reset(&frame->scratch);
        enum pl_flow flow = pl_loop_turn(frame, &node->body, node->label, &over);
        if (over)
            return flow;
    }
}

static enum pl_flow run_exit(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_exit *node = (const void *)statement;
    bool holds = true, null;
    if (node->condition && !pl_eval_bool(frame, node->condition, &holds, &null))
        return PL_FAILED;
    if (!holds)
        return PL_NEXT;
    frame->label = node->label;
    return node->is_continue ? PL_CONTINUING : PL_EXITING;
}

static enum pl_flow run_null(struct pl_frame *frame, const struct pl_statement *statement)
{
    (void)frame;
    (void)statement;
    return PL_NEXT;
}

static enum pl_flow run_block(struct pl_frame *frame, const struct pl_statement *statement)
{
    return pl_run_block(frame, (const void *)statement);
}

/* ---- which runs what; the words are those of contexts of errors */

static const struct {
    pl_runner *run;
    const char *name;
} runners[PL_STATEMENT_KINDS] = {
    [PL_BLOCK] = {run_block,           "statement block"               },
    [PL_ASSIGN] = {run_assign,          "assignment"                    },
    [PL_IF] = {run_if,              "IF"                            },
    [PL_CASE] = {run_case,            "CASE"                          },
    [PL_LOOP] = {run_loop,            "LOOP"                          },
    [PL_WHILE] = {run_loop,            "WHILE"                         },
    [PL_FOR_INTEGER] = {pl_run_for_integer,  "FOR with integer loop variable"},
    [PL_FOR_QUERY] = {pl_run_for_query,    "FOR over SELECT rows"          },
    [PL_FOR_CURSOR] = {pl_run_for_cursor,   "FOR over cursor"               },
    [PL_FOR_DYNAMIC] = {pl_run_for_query,    "FOR over EXECUTE statement"    },
    [PL_FOREACH] = {pl_run_foreach,      "FOREACH over array"            },
    [PL_EXIT] = {run_exit,            "EXIT"                          },
    [PL_RETURN] = {pl_run_return,       "RETURN"                        },
    [PL_RETURN_NEXT] = {pl_run_return_next,  "RETURN NEXT"                   },
    [PL_RETURN_QUERY] = {pl_run_return_query, "RETURN QUERY"                  },
    [PL_RAISE] = {pl_run_raise,        "RAISE"                         },
    [PL_ASSERT] = {pl_run_assert,       "ASSERT"                        },
    [PL_SQL] = {pl_run_sql,          "SQL statement"                 },
    [PL_EXECUTE] = {pl_run_execute,      "EXECUTE"                       },
    [PL_PERFORM] = {pl_run_perform,      "PERFORM"                       },
    [PL_CALL] = {pl_run_call,         "CALL"                          },
    [PL_GET_DIAGNOSTICS] = {pl_run_diagnostics,  "GET DIAGNOSTICS"               },
    [PL_OPEN] = {pl_run_open,         "OPEN"                          },
    [PL_FETCH] = {pl_run_fetch,        "FETCH"                         },
    [PL_CLOSE] = {pl_run_close,        "CLOSE"                         },
    [PL_COMMIT] = {pl_run_end,          "COMMIT"                        },
    [PL_ROLLBACK] = {pl_run_end,          "ROLLBACK"                      },
    [PL_NULL] = {run_null,            "NULL"                          },
};

enum pl_flow pl_run(struct pl_frame *frame, const struct pl_statements *statements)
{
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(frame->env.error, "54001", "stack depth limit exceeded");
        return PL_FAILED;
    }
    int line = frame->line;
    const char *doing = frame->doing;
    enum pl_flow flow = PL_NEXT;
    for (uint32_t i = 0; i < statements->count && flow == PL_NEXT; i++) {
        const struct pl_statement *statement = statements->items[i];
        frame->line = statement->line;
        frame->doing = runners[statement->kind].name;
        flow = runners[statement->kind].run(frame, statement);
    }
    if (flow == PL_FAILED)
        return flow;
    /* What fails from now on is the statement around these. */
    frame->line = line;
    frame->doing = doing;
    return flow;
}

/* ---- blocks */

static bool begin_variables(struct pl_frame *frame, const struct pl_block *block)
{
    for (uint32_t i = 0; i < block->variable_count; i++) {
        const struct pl_variable *variable = pl_variable(frame, block->variables[i]);
        struct datum value = datum_null();
        uint32_t type = variable->type;
        int32_t typmod = variable->typmod;
        if (variable->kind == PL_ROW)
            continue;
        frame->values[variable->number].record.assigned = false;
        frame->values[variable->number].datum = datum_null();
        frame->line = variable->line ? variable->line : frame->line;
        frame->doing = NULL;
        if (variable->value && !pl_eval(frame, variable->value, &value, &type, &typmod))
            return false;
        if (variable->domain && !variable->value) /* the NULL has yet to be allowed */
            type = sql_find_type_id(frame->env.session, variable->type)->base;
        if ((variable->value || variable->domain || variable->not_null) &&
            !pl_set(frame, variable->number, value, type, typmod))
            return false;
        /* A bound cursor's portal goes by the variable's name unless told otherwise. */
        if (variable->cursor &&
            !pl_set(frame, variable->number, datum_bytes(variable->name), variable->type, -1))
            return false;
    }
    return true;
}

static bool handles(const struct pl_handler *handler, const char *sqlstate)
{
    for (uint32_t i = 0; i < handler->count; i++) {
        const char *wanted = handler->conditions[i].sqlstate;
        /* OTHERS does not catch what must end the statement. */
        if (!wanted[0] && memcmp(sqlstate, "57014", 5) != 0 && memcmp(sqlstate, "P0004", 5) != 0)
            return true;
        if (wanted[0] && memcmp(wanted, sqlstate, 5) == 0)
            return true;
        if (wanted[0] && memcmp(wanted + 2, "000", 3) == 0 && memcmp(wanted, sqlstate, 2) == 0)
            return true;
    }
    return false;
}

static const struct pl_handler *find_handler(const struct pl_block *block,
                                             const struct sql_error *error)
{
    if (error->severity == SQL_FATAL)
        return NULL;
    for (uint32_t i = 0; i < block->handler_count; i++)
        if (handles(&block->handlers[i], error->sqlstate))
            return &block->handlers[i];
    return NULL;
}

static enum pl_flow run_handler(struct pl_frame *frame, const struct pl_block *block,
                                const struct pl_handler *handler)
{
    /* What was caught stays readable while the handler runs; new errors begin anew. */
    struct sql_error caught = *frame->env.error;
    const struct sql_error *outer = frame->caught;
    sql_error_begin(frame->env.error, caught.arena);
    frame->caught = &caught;
    enum pl_flow flow = pl_set_text(frame, block->sqlstate, slice_of(caught.sqlstate, 5)) &&
                                pl_set_text(frame, block->sqlerrm, caught.message)
                            ? pl_run(frame, &handler->body)
                            : PL_FAILED;
    frame->caught = outer;
    return flow;
}

/* A block with handlers is a savepoint: what it did is undone when it fails. */
static enum pl_flow run_guarded(struct pl_frame *frame, const struct pl_block *block)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    struct sql_txn *txn = session->core.txn;
    if (!sql_savepoint_begin(txn, slice_of("", 0), frame->env.error))
        return PL_FAILED;
    uint32_t depth = txn->depth;
    enum pl_flow flow = begin_variables(frame, block) ? pl_run(frame, &block->body) : PL_FAILED;
    if (flow != PL_FAILED) {
        pg_block_end_guarded(session, depth, true);
        return flow;
    }
    const struct pl_handler *handler = find_handler(block, frame->env.error);
    pg_block_end_guarded(session, depth, false);
    if (!handler)
        return PL_FAILED;
    add_context(frame);
    arena_reset(&frame->scratch);
    return run_handler(frame, block, handler);
}

enum pl_flow pl_run_block(struct pl_frame *frame, const struct pl_block *block)
{
    enum pl_flow flow;
    if (block->handler_count)
        flow = run_guarded(frame, block);
    else
        flow = begin_variables(frame, block) ? pl_run(frame, &block->body) : PL_FAILED;
    if (flow == PL_EXITING && block->label.len && is_meant(frame, block->label, false))
        return PL_NEXT;
    return flow;
}

bool pl_frame_run(struct pl_frame *frame)
{
    const struct pl_function *f = frame->function;
    enum { TYPE_VOID = 2278 };
    enum pl_flow flow = pl_run_block(frame, f->body);
    if (flow == PL_FAILED) {
        return add_context(frame);
    }
    if (flow == PL_EXITING || flow == PL_CONTINUING)
        return sql_fail(frame->env.error, "2F005",
                        flow == PL_EXITING ? "control reached end of function without RETURN"
                                           : "CONTINUE cannot be used outside a loop");
    bool needs_value = !f->returns_set && f->out_row == PL_NONE && f->return_type != TYPE_VOID &&
                       !f->is_procedure && !f->is_event_trigger;
    if (flow == PL_NEXT && needs_value) {
        sql_fail(frame->env.error, "2F005",
                 f->is_trigger ? "control reached end of trigger procedure without RETURN"
                               : "control reached end of function without RETURN");
        return sql_context_line(frame->env.error, "PL/pgSQL function " SLICE_FMT,
                                SLICE_ARG(f->name));
    }
    return true;
}
