#include "common/match.h"

#include "common/text.h"

static bool op_accepts(struct slice pattern, struct slice op)
{
    if (text_glob(pattern, op, true))
        return true;
    const uint8_t *blank = op.len ? memchr(op.ptr, ' ', op.len) : NULL;
    return blank && text_glob(pattern, slice_of(op.ptr, (size_t)(blank - op.ptr)), true);
}

static bool key_accepts(struct slice pattern, const struct match_subject *subject)
{
    for (size_t i = 0; i < subject->key_count; i++)
        if (text_glob(pattern, subject->keys[i], false))
            return true;
    return false;
}

bool match_accepts(const struct match *match, const struct match_subject *subject)
{
    return (!match->service.ptr || slice_eq(match->service, subject->service)) &&
           (!match->world.ptr || slice_eq(match->world, subject->world)) &&
           (!match->has_connection || match->connection == subject->connection) &&
           (!match->op.ptr || op_accepts(match->op, subject->op)) &&
           (!match->key.ptr || key_accepts(match->key, subject));
}
