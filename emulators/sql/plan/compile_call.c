/* Calls: binding to C functions, opcodes of the simple ones, folding of constants. */
#include <stdlib.h>

#include "emulators/sql/exec/general.h"
#include "emulators/sql/exec/routine_call.h"
#include "emulators/sql/plan/planner.h"

struct fast_opcode {
    const char *symbol;
    enum sql_opcode code;
};

/* By symbol, in the order of strcmp. */
static const struct fast_opcode fast_opcodes[] = {
    {"booleq",       SQL_OP_INT_EQ   },
    {"boolge",       SQL_OP_INT_GE   },
    {"boolgt",       SQL_OP_INT_GT   },
    {"boolle",       SQL_OP_INT_LE   },
    {"boollt",       SQL_OP_INT_LT   },
    {"boolne",       SQL_OP_INT_NE   },
    {"byteaeq",      SQL_OP_BYTES_EQ },
    {"byteane",      SQL_OP_BYTES_NE },
    {"cash_eq",      SQL_OP_INT_EQ   },
    {"cash_ge",      SQL_OP_INT_GE   },
    {"cash_gt",      SQL_OP_INT_GT   },
    {"cash_le",      SQL_OP_INT_LE   },
    {"cash_lt",      SQL_OP_INT_LT   },
    {"cash_ne",      SQL_OP_INT_NE   },
    {"chareq",       SQL_OP_INT_EQ   },
    {"charne",       SQL_OP_INT_NE   },
    {"date_eq",      SQL_OP_INT_EQ   },
    {"date_ge",      SQL_OP_INT_GE   },
    {"date_gt",      SQL_OP_INT_GT   },
    {"date_le",      SQL_OP_INT_LE   },
    {"date_lt",      SQL_OP_INT_LT   },
    {"date_ne",      SQL_OP_INT_NE   },
    {"float8mi",     SQL_OP_FLOAT_SUB},
    {"float8mul",    SQL_OP_FLOAT_MUL},
    {"float8pl",     SQL_OP_FLOAT_ADD},
    {"int24eq",      SQL_OP_INT_EQ   },
    {"int24ge",      SQL_OP_INT_GE   },
    {"int24gt",      SQL_OP_INT_GT   },
    {"int24le",      SQL_OP_INT_LE   },
    {"int24lt",      SQL_OP_INT_LT   },
    {"int24ne",      SQL_OP_INT_NE   },
    {"int28eq",      SQL_OP_INT_EQ   },
    {"int28ge",      SQL_OP_INT_GE   },
    {"int28gt",      SQL_OP_INT_GT   },
    {"int28le",      SQL_OP_INT_LE   },
    {"int28lt",      SQL_OP_INT_LT   },
    {"int28ne",      SQL_OP_INT_NE   },
    {"int2eq",       SQL_OP_INT_EQ   },
    {"int2ge",       SQL_OP_INT_GE   },
    {"int2gt",       SQL_OP_INT_GT   },
    {"int2le",       SQL_OP_INT_LE   },
    {"int2lt",       SQL_OP_INT_LT   },
    {"int2ne",       SQL_OP_INT_NE   },
    {"int42eq",      SQL_OP_INT_EQ   },
    {"int42ge",      SQL_OP_INT_GE   },
    {"int42gt",      SQL_OP_INT_GT   },
    {"int42le",      SQL_OP_INT_LE   },
    {"int42lt",      SQL_OP_INT_LT   },
    {"int42ne",      SQL_OP_INT_NE   },
    {"int48eq",      SQL_OP_INT_EQ   },
    {"int48ge",      SQL_OP_INT_GE   },
    {"int48gt",      SQL_OP_INT_GT   },
    {"int48le",      SQL_OP_INT_LE   },
    {"int48lt",      SQL_OP_INT_LT   },
    {"int48mi",      SQL_OP_INT8_SUB },
    {"int48mul",     SQL_OP_INT8_MUL },
    {"int48ne",      SQL_OP_INT_NE   },
    {"int48pl",      SQL_OP_INT8_ADD },
    {"int4eq",       SQL_OP_INT_EQ   },
    {"int4ge",       SQL_OP_INT_GE   },
    {"int4gt",       SQL_OP_INT_GT   },
    {"int4le",       SQL_OP_INT_LE   },
    {"int4lt",       SQL_OP_INT_LT   },
    {"int4mi",       SQL_OP_INT4_SUB },
    {"int4mul",      SQL_OP_INT4_MUL },
    {"int4ne",       SQL_OP_INT_NE   },
    {"int4pl",       SQL_OP_INT4_ADD },
    {"int82eq",      SQL_OP_INT_EQ   },
    {"int82ge",      SQL_OP_INT_GE   },
    {"int82gt",      SQL_OP_INT_GT   },
    {"int82le",      SQL_OP_INT_LE   },
    {"int82lt",      SQL_OP_INT_LT   },
    {"int82ne",      SQL_OP_INT_NE   },
    {"int84eq",      SQL_OP_INT_EQ   },
    {"int84ge",      SQL_OP_INT_GE   },
    {"int84gt",      SQL_OP_INT_GT   },
    {"int84le",      SQL_OP_INT_LE   },
    {"int84lt",      SQL_OP_INT_LT   },
    {"int84mi",      SQL_OP_INT8_SUB },
    {"int84mul",     SQL_OP_INT8_MUL },
    {"int84ne",      SQL_OP_INT_NE   },
    {"int84pl",      SQL_OP_INT8_ADD },
    {"int8eq",       SQL_OP_INT_EQ   },
    {"int8ge",       SQL_OP_INT_GE   },
    {"int8gt",       SQL_OP_INT_GT   },
    {"int8le",       SQL_OP_INT_LE   },
    {"int8lt",       SQL_OP_INT_LT   },
    {"int8mi",       SQL_OP_INT8_SUB },
    {"int8mul",      SQL_OP_INT8_MUL },
    {"int8ne",       SQL_OP_INT_NE   },
    {"int8pl",       SQL_OP_INT8_ADD },
    {"nameeq",       SQL_OP_BYTES_EQ },
    {"nameeqtext",   SQL_OP_BYTES_EQ },
    {"namene",       SQL_OP_BYTES_NE },
    {"namenetext",   SQL_OP_BYTES_NE },
    {"oideq",        SQL_OP_INT_EQ   },
    {"oidge",        SQL_OP_INT_GE   },
    {"oidgt",        SQL_OP_INT_GT   },
    {"oidle",        SQL_OP_INT_LE   },
    {"oidlt",        SQL_OP_INT_LT   },
    {"oidne",        SQL_OP_INT_NE   },
    {"texteq",       SQL_OP_BYTES_EQ },
    {"texteqname",   SQL_OP_BYTES_EQ },
    {"textne",       SQL_OP_BYTES_NE },
    {"textnename",   SQL_OP_BYTES_NE },
    {"time_eq",      SQL_OP_INT_EQ   },
    {"time_ge",      SQL_OP_INT_GE   },
    {"time_gt",      SQL_OP_INT_GT   },
    {"time_le",      SQL_OP_INT_LE   },
    {"time_lt",      SQL_OP_INT_LT   },
    {"time_ne",      SQL_OP_INT_NE   },
    {"timestamp_eq", SQL_OP_INT_EQ   },
    {"timestamp_ge", SQL_OP_INT_GE   },
    {"timestamp_gt", SQL_OP_INT_GT   },
    {"timestamp_le", SQL_OP_INT_LE   },
    {"timestamp_lt", SQL_OP_INT_LT   },
    {"timestamp_ne", SQL_OP_INT_NE   },
    {"uuid_eq",      SQL_OP_BYTES_EQ },
    {"uuid_ne",      SQL_OP_BYTES_NE },
};

enum sql_opcode sql_plan_fast_opcode(const struct sql_routine *routine)
{
    if (!routine || !routine->call)
        return SQL_OP_CALL;
    size_t low = 0, high = sizeof(fast_opcodes) / sizeof(fast_opcodes[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = slice_compare(slice_str(fast_opcodes[middle].symbol), routine->source);
        if (order == 0)
            return fast_opcodes[middle].code;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SQL_OP_CALL;
}

bool sql_plan_bytes_tell(struct sql_planner *planner, uint32_t collation)
{
    const struct sql_collator *collator =
        collation && collation != planner->dialect->default_collation
            ? sql_find_collator(planner->env, collation)
            : NULL;
    return !collator || collator->deterministic;
}

enum sql_opcode sql_plan_collated_opcode(struct sql_planner *planner,
                                         const struct sql_routine *routine, uint32_t collation)
{
    enum sql_opcode code = sql_plan_fast_opcode(routine);
    bool bytes = code == SQL_OP_BYTES_EQ || code == SQL_OP_BYTES_NE;
    return bytes && !sql_plan_bytes_tell(planner, collation) ? SQL_OP_CALL : code;
}

static bool add_site(struct sql_planner *planner, struct sql_call_site site,
                     struct sql_call_site **out)
{
    struct sql_call_site *copy = arena_alloc(planner->arena, sizeof(*copy));
    struct sql_call_site **item = sql_vector_add(planner->arena, &planner->sites, sizeof(*item));
    if (!copy || !item)
        return sql_fail_memory(planner->env->error);
    *copy = site;
    copy->index = planner->sites.count - 1;
    *out = *item = copy;
    return true;
}

bool sql_plan_type_site(struct sql_planner *planner, const struct sql_type *type,
                        uint32_t collation, struct sql_call_site **out)
{
    return add_site(planner, (struct sql_call_site){.result_type = type, .collation = collation},
                    out);
}

bool sql_plan_site(struct sql_planner *planner, uint32_t function, uint32_t collation,
                   const struct sql_type *const *types, uint32_t argc,
                   const struct sql_type *result, struct sql_call_site **out)
{
    const struct sql_routine *routine = sql_find_routine_id(planner->session, function);
    if (!routine)
        return sql_fail(planner->env->error, "42883", "function with OID %u does not exist",
                        function);
    if (!types && argc) {
        const struct sql_type **declared = arena_array(planner->arena, argc, sizeof(*declared));
        if (!declared)
            return sql_fail_memory(planner->env->error);
        for (uint32_t i = 0; i < argc; i++)
            declared[i] =
                i < routine->arg_count ? sql_plan_type(planner, routine->arg_types[i]) : NULL;
        types = declared;
    }
    return add_site(planner,
                    (struct sql_call_site){.function = function,
                                           .call = routine->call ? routine->call : sql_routine_call,
                                           .routine = routine,
                                           .arg_types = types,
                                           .result_type = result,
                                           .collation = collation,
                                           .argc = (uint16_t)argc,
                                           .strict = routine->strict},
                    out);
}

/* ---- folding */

static bool all_constant(struct sql_planner *planner, uint32_t base, uint32_t count, bool *any_null)
{
    *any_null = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!sql_plan_info(planner, base + i)->constant)
            return false;
        *any_null |= sql_plan_image(planner, base + i)->null;
    }
    return true;
}

static bool one_null_constant(struct sql_planner *planner, uint32_t base, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (sql_plan_info(planner, base + i)->constant && sql_plan_image(planner, base + i)->null)
            return true;
    return false;
}

static bool fold_call(struct sql_planner *planner, const struct sql_call_site *site, uint32_t base,
                      struct datum *out)
{
    struct sql_call call = {.env = planner->env,
                            .arena = planner->arena,
                            .arg_types = site->arg_types,
                            .result_type = site->result_type,
                            .collation = site->collation,
                            .argc = site->argc,
                            .variadic = site->variadic,
                            .routine = site->routine};
    *out = datum_null();
    return site->call(&call, sql_plan_image(planner, base), out);
}

/* Is the call's value known already? Like the real server, errors are raised here then. The arguments'
 * code begins at `start`: a strict call of a null needs none of it, and none of its errors. */
static bool try_fold(struct sql_compiler *compiler, const struct sql_call_site *site, uint32_t base,
                     uint32_t start, uint32_t want, uint32_t *out, bool *folded)
{
    struct sql_planner *planner = compiler->planner;
    struct datum value = datum_null();
    bool any_null;
    *folded = false;
    if (!site->strict || !one_null_constant(planner, base, site->argc)) {
        if (site->routine->volatility != 'i' || !site->routine->call ||
            !all_constant(planner, base, site->argc, &any_null) ||
            site->result_type->kind == SQL_TYPE_PSEUDO)
            return true;
        if (!fold_call(planner, site, base, &value))
            return false;
    } else {
        compiler->ops.count = start;
    }
    uint32_t reg;
    *folded = true;
    return sql_plan_constant(planner, site->result_type, value, &reg) &&
           sql_compiler_deliver(compiler, reg, want, out);
}

/* ---- code */

static bool emit_direct(struct sql_compiler *compiler, enum sql_opcode code,
                        const struct sql_call_site *site, uint32_t type, uint32_t a, uint32_t b,
                        uint32_t want, uint32_t *out)
{
    return sql_compiler_target(compiler, type, want, out) &&
           sql_emit(compiler, (struct sql_op){.code = (uint16_t)code,
                                              .n = site->argc,
                                              .dst = *out,
                                              .a = a,
                                              .b = b,
                                              .ptr = site});
}

static bool call_site(struct sql_compiler *compiler, const struct sql_expr_call *call,
                      struct sql_call_site **out)
{
    struct sql_planner *planner = compiler->planner;
    uint32_t count = call->args.count;
    const struct sql_type **types = arena_array(planner->arena, count, sizeof(*types));
    if (!types)
        return sql_fail_memory(planner->env->error);
    for (uint32_t i = 0; i < count; i++)
        types[i] = sql_plan_type(planner, call->args.items[i]->type);
    if (!sql_plan_site(planner, call->function, call->input_collation, types, count,
                       sql_plan_type(planner, call->expr.type), out))
        return false;
    (*out)->variadic = call->variadic;
    return true;
}

/* Opcodes read their operands where they are; only a fold needs them side by side. */
static bool compile_fast(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr_call *call, const struct sql_call_site *site,
                         enum sql_opcode code, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    uint32_t a, b, base, start = sql_code_here(compiler);
    if (!sql_compile(compiler, query, call->args.items[0], SQL_NO_REGISTER, &a) ||
        !sql_compile(compiler, query, call->args.items[1], SQL_NO_REGISTER, &b))
        return false;
    bool constants[] = {sql_plan_info(planner, a)->constant, sql_plan_info(planner, b)->constant};
    bool null = (constants[0] && sql_plan_image(planner, a)->null) ||
                (constants[1] && sql_plan_image(planner, b)->null);
    if (null || (constants[0] && constants[1])) {
        bool folded;
        if (!sql_plan_registers(planner, 2, &base))
            return false;
        for (int i = 0; i < 2; i++) {
            *sql_plan_image(planner, base + (uint32_t)i) = *sql_plan_image(planner, i ? b : a);
            sql_plan_info(planner, base + (uint32_t)i)->constant = constants[i];
        }
        if (!try_fold(compiler, site, base, start, want, out, &folded) || folded)
            return folded;
    }
    return emit_direct(compiler, code, site, call->expr.type, a, b, want, out);
}

bool sql_compile_call(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr_call *call, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    struct sql_call_site *site;
    uint32_t base, start = sql_code_here(compiler);
    bool folded;
    if (call->returns_set)
        return sql_fail_at(planner->env->error, call->expr.location, "0A000",
                           "set-valued function called in context that cannot accept a set");
    if (!call_site(compiler, call, &site))
        return false;
    enum sql_opcode code = sql_plan_collated_opcode(planner, site->routine, call->input_collation);
    if (code != SQL_OP_CALL && call->args.count == 2)
        return compile_fast(compiler, query, call, site, code, want, out);
    if (call->args.count == 1) {
        if (!sql_compile(compiler, query, call->args.items[0], SQL_NO_REGISTER, &base))
            return false;
    } else if (!sql_compile_args(compiler, query, &call->args, &base)) {
        return false;
    }
    if (!try_fold(compiler, site, base, start, want, out, &folded) || folded)
        return folded;
    code = !site->strict     ? SQL_OP_CALL
           : site->argc == 1 ? SQL_OP_CALL_STRICT_1
           : site->argc == 2 ? SQL_OP_CALL_STRICT_2
                             : SQL_OP_CALL_STRICT;
    return emit_direct(compiler, code, site, call->expr.type, base, 0, want, out);
}
