/* Expressions as flat programs over the registers of a run.
 *
 * A run has one array of registers for all of its operators: every column that is read, every
 * constant, parameter and intermediate result has one of its own. Scans and joins load registers, a
 * program computes some from others, so nothing is copied from operator to operator; what buffers
 * rows (sorts, hashes, spools) saves and restores the registers that are needed above it.
 *
 * Constants stand in the plan's image of the registers, which a run copies when it is opened.
 * Programs are made by plan/compile.h and are immutable; they live in the plan's arena. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_PROGRAM_H
#define PARLEL_EMULATORS_SQL_EXEC_PROGRAM_H

#include "emulators/sql/catalog/catalog.h"

struct sql_run;

#define SQL_NO_REGISTER UINT32_MAX

enum sql_opcode {
    SQL_OP_MOVE,        /* dst = a */
    SQL_OP_JUMP,        /* to b */
    SQL_OP_UNLESS,      /* to b unless a is true */
    SQL_OP_IF_NULL,     /* to b when a is NULL */
    SQL_OP_IF_NOT_NULL, /* to b when a is not NULL */
    SQL_OP_IF_FALSE,    /* to b when a is false (and not NULL) */
    SQL_OP_IF_TRUE,     /* to b when a is true */
    SQL_OP_AND,         /* dst = a AND b, three-valued; likewise OR, NOT */
    SQL_OP_OR,
    SQL_OP_NOT,
    SQL_OP_IS_NULL,
    SQL_OP_IS_NOT_NULL,
    SQL_OP_IS_TRUE,
    SQL_OP_IS_NOT_TRUE,
    SQL_OP_IS_FALSE,
    SQL_OP_IS_NOT_FALSE,
    SQL_OP_INT_EQ, /* dst = a <op> b of numbers, NULL when one is */
    SQL_OP_INT_NE,
    SQL_OP_INT_LT,
    SQL_OP_INT_LE,
    SQL_OP_INT_GT,
    SQL_OP_INT_GE,
    SQL_OP_INT4_ADD, /* fail with 22003 when the result is no int4, int8 */
    SQL_OP_INT4_SUB,
    SQL_OP_INT4_MUL,
    SQL_OP_INT8_ADD,
    SQL_OP_INT8_SUB,
    SQL_OP_INT8_MUL,
    SQL_OP_FLOAT_ADD, /* finite results only; others go through the function */
    SQL_OP_FLOAT_SUB,
    SQL_OP_FLOAT_MUL,
    SQL_OP_BYTES_EQ, /* equality that is equality of bytes */
    SQL_OP_BYTES_NE,
    SQL_OP_CALL,        /* dst = site(registers a ... a + argc) */
    SQL_OP_CALL_STRICT, /* the same, NULL when an argument is */
    SQL_OP_CALL_STRICT_1,
    SQL_OP_CALL_STRICT_2,
    SQL_OP_GENERAL, /* everything else: ((struct sql_general *)ptr)->evaluate */
};

struct sql_op {
    uint16_t code;
    uint16_t n;
    uint32_t dst, a, b;
    const void *ptr; /* CALL: sql_call_site; GENERAL: a struct that begins with sql_general */
};

/* Where a function is called, as the plan has it; the run's struct sql_call has the same index. */
struct sql_call_site {
    uint32_t index;
    uint32_t function; /* id in the catalog */
    sql_function *call;
    const struct sql_routine *routine; /* borrowed of the catalog while the plan is valid */
    const struct sql_type *const *arg_types;
    const struct sql_type *result_type;
    uint32_t collation;
    uint16_t argc;
    bool strict, variadic;
};

struct sql_program {
    struct sql_op *ops;
    uint32_t count;
    uint32_t result;       /* register of the value */
    const uint32_t *reads; /* registers of others that it reads */
    uint32_t read_count;
};

/* One evaluation in progress. */
struct sql_eval {
    struct sql_run *run;
    struct datum *regs;
    struct arena *arena; /* results are made here */
};

/* What the body of a SQL_OP_GENERAL begins with. */
struct sql_general {
    bool (*evaluate)(struct sql_eval *eval, const struct sql_op *op, struct datum *out);
};

/* Runs a program; its result is in run->regs[program->result]. */
bool sql_program_run(struct sql_run *run, const struct sql_program *program, struct arena *arena);

/* Runs it and says whether the result is true. */
bool sql_program_test(struct sql_run *run, const struct sql_program *program, struct arena *arena,
                      bool *out);

/* The call of a site, ready to be used: environment and arena are set. */
struct sql_call *sql_eval_call(struct sql_run *run, const struct sql_call_site *site,
                               struct arena *arena);
/* Calls a function through its site, whatever its language; args.null is heeded when it is strict. */
bool sql_eval_function(struct sql_run *run, const struct sql_call_site *site, struct arena *arena,
                       const struct datum *args, struct datum *out);

#endif
