#include "emulators/sql/storage/sequence.h"

#include <inttypes.h>

#include "emulators/sql/storage/store.h"

bool sql_sequence_create(struct sql_env *env, struct sql_database *database, int64_t start,
                         uint32_t *out_storage)
{
    struct sql_stored *stored = sql_store_create(env, database, SQL_STORED_SEQUENCE);
    if (!stored)
        return false;
    ((struct sql_sequence_stored *)stored)->state.last_value = start;
    *out_storage = stored->storage;
    return true;
}

bool sql_sequence_get(struct sql_env *env, struct sql_database *database,
                      const struct sql_relation *relation, struct sql_sequence_state *out)
{
    struct sql_handle *handle = sql_store_require(env, database, relation, SQL_STORED_SEQUENCE);
    if (handle)
        *out = ((struct sql_sequence_stored *)handle->stored)->state;
    return handle != NULL;
}

/* The sequence's state, to be changed; NULL: the error is filled. */
static struct sql_sequence_state *edit(struct sql_env *env, struct sql_database *database,
                                       const struct sql_relation *relation)
{
    struct sql_handle *handle = sql_store_require(env, database, relation, SQL_STORED_SEQUENCE);
    if (!handle)
        return NULL;
    if (!sql_store_own(handle)) {
        sql_fail_memory(env->error);
        return NULL;
    }
    return &((struct sql_sequence_stored *)handle->stored)->state;
}

bool sql_sequence_set(struct sql_env *env, struct sql_database *database,
                      const struct sql_relation *relation, struct sql_sequence_state state)
{
    struct sql_sequence_state *place = edit(env, database, relation);
    if (place)
        *place = state;
    return place != NULL;
}

/* The value behind `last`; false: the limit is reached and the sequence does not cycle. */
static bool step(const struct sql_sequence_options *options, int64_t last, int64_t *out)
{
    bool up = options->increment > 0;
    bool over = __builtin_add_overflow(last, options->increment, out);
    if (!over && (up ? *out <= options->max : *out >= options->min))
        return true;
    *out = up ? options->min : options->max;
    return options->cycle;
}

bool sql_sequence_next(struct sql_env *env, struct sql_database *database,
                       const struct sql_relation *relation, int64_t *out)
{
    const struct sql_sequence_options *options = relation->sequence;
    struct sql_sequence_state *state = edit(env, database, relation);
    if (!state)
        return false;
    int64_t value = state->last_value;
    if (state->is_called && !step(options, state->last_value, &value)) {
        bool up = options->increment > 0;
        return sql_fail(env->error, "2200H",
                        "nextval: reached %s value of sequence \"%.*s\" (%" PRId64 ")",
                        up ? "maximum" : "minimum", SLICE_ARG(relation->object.name),
                        up ? options->max : options->min);
    }
    *state = (struct sql_sequence_state){.last_value = value, .is_called = true};
    *out = value;
    return true;
}
