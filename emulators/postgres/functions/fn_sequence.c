/* Sequences: nextval and its kin. What a session got last of each is the session's (currval). */
#include <inttypes.h>

#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/record.h"

/* The sequence with that id, locked as a table that is written to (who alters it is waited for), after
 * asking for the rights: any of them will do. */
static const struct sql_relation *open_sequence(struct sql_call *call, uint32_t id,
                                                uint32_t privileges, uint32_t or_privileges)
{
    struct sql_session *session = call->env->session;
    struct sql_error *error = call->env->error;
    if (!sql_lock_relation(call->env, id, SQL_ROW_EXCLUSIVE, SQL_WAIT_BLOCK))
        return NULL;
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (!relation) {
        sql_fail(error, "42P01", "relation with OID %u does not exist", id);
        return NULL;
    }
    if (relation->kind != SQL_RELATION_SEQUENCE) {
        sql_fail(error, "42809", "\"" SLICE_FMT "\" is not a sequence",
                 SLICE_ARG(relation->object.name));
        return NULL;
    }
    if (!sql_has_privileges(session, session->role, &relation->object, privileges) &&
        !(or_privileges &&
          sql_has_privileges(session, session->role, &relation->object, or_privileges))) {
        sql_fail(error, "42501", "permission denied for sequence " SLICE_FMT,
                 SLICE_ARG(relation->object.name));
        return NULL;
    }
    return relation;
}

static bool may_change(struct sql_call *call, const struct sql_relation *relation,
                       const char *function)
{
    if (!call->env->session->read_only || relation->persistence == 't')
        return true;
    return sql_fail(call->env->error, "25006", "cannot execute %s() in a read-only transaction",
                    function);
}

static bool remember(struct sql_call *call, const struct sql_relation *relation, int64_t value)
{
    return pg_sequences_remember(&pg_call_session(call)->sequences, relation->object.id, value) ||
           sql_fail_memory(call->env->error);
}

static bool next(struct sql_call *call, uint32_t id, uint32_t privileges, struct datum *out)
{
    int64_t value;
    const struct sql_relation *relation = open_sequence(call, id, privileges, SQL_PRIV_UPDATE);
    return relation && may_change(call, relation, "nextval") &&
           sql_sequence_next(call->env, call->env->session->database, relation, &value) &&
           remember(call, relation, value) && sql_give_int(out, value);
}

static bool nextval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return next(call, (uint32_t)args[0].u, SQL_PRIV_USAGE, out);
}

/* For an identity column: who may write the table need not be allowed anything with its sequence. */
static bool nextval_identity(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return next(call, (uint32_t)args[0].u, 0, out);
}

static bool currval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t value;
    const struct sql_relation *relation =
        open_sequence(call, (uint32_t)args[0].u, SQL_PRIV_USAGE, SQL_PRIV_SELECT);
    if (!relation)
        return false;
    if (!pg_sequences_recall(&pg_call_session(call)->sequences, relation->object.id, &value))
        return sql_fail(call->env->error, "55000",
                        "currval of sequence \"" SLICE_FMT "\" is not yet defined in this session",
                        SLICE_ARG(relation->object.name));
    return sql_give_int(out, value);
}

static bool lastval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint32_t id;
    int64_t value;
    if (!pg_sequences_last(&pg_call_session(call)->sequences, &id, &value) ||
        !sql_find_relation_id(call->env->session, id))
        return sql_fail(call->env->error, "55000", "lastval is not yet defined in this session");
    return open_sequence(call, id, SQL_PRIV_SELECT, SQL_PRIV_USAGE) && sql_give_int(out, value);
}

static bool set_value(struct sql_call *call, const struct datum *args, bool is_called,
                      struct datum *out)
{
    const struct sql_relation *relation =
        open_sequence(call, (uint32_t)args[0].u, SQL_PRIV_UPDATE, 0);
    if (!relation || !may_change(call, relation, "setval"))
        return false;
    const struct sql_sequence_options *options = relation->sequence;
    int64_t value = args[1].i;
    if (value < options->min || value > options->max)
        return sql_fail(call->env->error, "22003",
                        "setval: value %" PRId64 " is out of bounds for sequence \"" SLICE_FMT
                        "\" (%" PRId64 "..%" PRId64 ")",
                        value, SLICE_ARG(relation->object.name), options->min, options->max);
    const struct sql_sequence_state state = {value, is_called};
    if (!sql_sequence_set(call->env, call->env->session->database, relation, state))
        return false;
    return (!is_called || remember(call, relation, value)) && sql_give_int(out, value);
}

static bool setval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return set_value(call, args, true, out);
}

static bool setval3(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return set_value(call, args, args[2].i, out);
}

static bool sequence_last_value(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_sequence_state state;
    const struct sql_relation *relation =
        open_sequence(call, (uint32_t)args[0].u, SQL_PRIV_SELECT, SQL_PRIV_USAGE);
    if (!relation || !sql_sequence_get(call->env, call->env->session->database, relation, &state))
        return false;
    return state.is_called ? sql_give_int(out, state.last_value) : sql_give_null(out);
}

static bool sequence_parameters(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 7, TYPE_BOOL = 16, TYPE_INT8 = 20, TYPE_OID = 26 };
    const struct sql_relation *relation =
        open_sequence(call, (uint32_t)args[0].u, SQL_PRIV_SELECT, SQL_PRIV_UPDATE | SQL_PRIV_USAGE);
    if (!relation)
        return false;
    const struct sql_sequence_options *s = relation->sequence;
    const struct datum values[COLUMNS] = {
        datum_int(s->start),  datum_int(s->min),   datum_int(s->max), datum_int(s->increment),
        datum_bool(s->cycle), datum_int(s->cache), datum_int(s->type)};
    if (call->columns) {
        memcpy(call->columns, values, sizeof(values));
        return true;
    }
    struct sql_env *env = call->env;
    const struct sql_type *number = env->find_type(env, TYPE_INT8);
    const struct sql_type *types[COLUMNS] = {number,
                                             number,
                                             number,
                                             number,
                                             env->find_type(env, TYPE_BOOL),
                                             number,
                                             env->find_type(env, TYPE_OID)};
    return sql_record_make(call, 0, types, values, COLUMNS, out);
}

const struct sql_builtin pg_sequence_functions[] = {
    {"currval_oid",            currval            },
    {"lastval",                lastval            },
    {"nextval_identity",       nextval_identity   },
    {"nextval_oid",            nextval            },
    {"pg_sequence_last_value", sequence_last_value},
    {"pg_sequence_parameters", sequence_parameters},
    {"setval3_oid",            setval3            },
    {"setval_oid",             setval             },
    {NULL,                     NULL               },
};
