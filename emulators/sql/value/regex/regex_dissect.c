/* What the groups of a match took: the match is known, its parts are found from left to right, each
 * as long or as short as it prefers and the rest allows. Without back references the first choice
 * is right; with them others are tried when the references disagree. */
#include "common/fiber.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/regex/regex_node.h"

#define STACK_MIN (16 * 1024)

static bool has_bit(const uint8_t *bits, size_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

static uint8_t *alloc_bits(struct regex_run *run, size_t low, size_t high)
{
    uint8_t *bits = arena_alloc(run->call->arena, (high - low) / 8 + 1);
    if (!bits)
        sql_fail_memory(run->call->env->error);
    return bits;
}

/* Groups below the node took no part. */
static void forget(struct regex_run *run, const struct regex_node *node)
{
    if (node->kind == REGEX_GROUP)
        run->groups[node->number] = (struct sql_regex_span){SIZE_MAX, SIZE_MAX};
    for (const struct regex_node *child = node->child; child; child = child->next)
        if (child->flags & REGEX_CAPTURES)
            forget(run, child);
}

/* The siblings from `first` on as a node of their own. */
static struct regex_node *tail_of(struct regex_run *run, struct regex_node *parent,
                                  struct regex_node *first)
{
    if (first == parent->last)
        return first;
    struct regex_node *tail = arena_zalloc(run->regex->arena, sizeof(*tail));
    if (!tail) {
        sql_fail_memory(run->call->env->error);
        return NULL;
    }
    *tail = (struct regex_node){.kind = REGEX_CAT, .child = first, .last = parent->last};
    for (const struct regex_node *child = first; child; child = child->next)
        tail->flags |= child->flags & (REGEX_CAPTURES | REGEX_BACKREFS);
    return tail;
}

/* Candidates for the end of a first part: places that it reaches and from which the rest gets to
 * the end, in the order of preference. */
struct division {
    size_t low, high;
    uint8_t *reached, *rest;
    bool shorter;
    size_t next; /* the next one to look at, from low */
    bool over;
};

static bool division_begin(struct regex_run *run, struct regex_node *first, struct regex_node *rest,
                           size_t low, size_t high, struct division *out)
{
    *out = (struct division){.low = low, .high = high};
    out->reached = alloc_bits(run, low, high);
    out->rest = out->reached ? alloc_bits(run, low, high) : NULL;
    out->shorter = first->flags & REGEX_SHORTER;
    out->next = out->shorter ? 0 : high - low;
    return out->rest && regex_reach(run, first, low, high, false, out->reached) &&
           regex_reach(run, rest, low, high, true, out->rest);
}

static bool division_next(struct division *d, size_t *middle)
{
    while (!d->over) {
        size_t at = d->next;
        d->over = d->shorter ? at == d->high - d->low : at == 0;
        d->next = d->shorter ? at + 1 : at - 1;
        if (has_bit(d->reached, at) && has_bit(d->rest, at)) {
            *middle = d->low + at;
            return true;
        }
    }
    return false;
}

static bool dissect_cat(struct regex_run *run, struct regex_node *node, struct regex_node *first,
                        size_t low, size_t high, bool *ok)
{
    if (!first) {
        *ok = low == high;
        return true;
    }
    if (first == node->last)
        return regex_dissect(run, first, low, high, ok);
    struct regex_node *tail = first->tail;
    if (!tail)
        first->tail = tail = tail_of(run, node, first->next);
    struct division d;
    size_t middle;
    if (!tail || !division_begin(run, first, tail, low, high, &d))
        return false;
    *ok = false;
    while (!*ok && division_next(&d, &middle)) {
        forget(run, first);
        if (!regex_dissect(run, first, low, middle, ok))
            return false;
        if (*ok && !dissect_cat(run, node, first->next, middle, high, ok))
            return false;
        if (!*ok && !sql_call_check(run->call))
            return false;
    }
    return true;
}

static bool matches_exactly(struct regex_run *run, struct regex_node *node, size_t low, size_t high,
                            bool *out)
{
    uint8_t *bits = alloc_bits(run, low, high);
    if (!bits || !regex_reach(run, node, low, high, false, bits))
        return false;
    *out = has_bit(bits, high - low);
    return true;
}

static bool dissect_alternatives(struct regex_run *run, struct regex_node *node, size_t low,
                                 size_t high, bool *ok)
{
    *ok = false;
    for (struct regex_node *child = node->child; child && !*ok; child = child->next) {
        bool matches;
        if (!matches_exactly(run, child, low, high, &matches))
            return false;
        if (matches && !regex_dissect(run, child, low, high, ok))
            return false;
        if (!*ok)
            forget(run, child);
    }
    return true;
}

/* What follows a first iteration: one fewer. Kept, because programs are made of it. */
static struct regex_node *rest_of(struct regex_run *run, struct regex_node *level)
{
    if (level->tail)
        return level->tail;
    struct regex_node *rest = arena_zalloc(run->regex->arena, sizeof(*rest));
    if (!rest) {
        sql_fail_memory(run->call->env->error);
        return NULL;
    }
    *rest = (struct regex_node){.kind = REGEX_REPEAT,
                                .child = level->child,
                                .last = level->child,
                                .min = level->min > 0 ? level->min - 1 : 0,
                                .max = level->max};
    if (level->max == REGEX_INFINITE && rest->min == 0)
        rest->tail = rest; /* the same from there on */
    else if (level->max != REGEX_INFINITE)
        rest->max--;
    level->tail = rest;
    return rest;
}

static bool dissect_once(struct regex_run *run, struct regex_node *child, size_t low, size_t high,
                         bool *ok)
{
    forget(run, child);
    if (!matches_exactly(run, child, low, high, ok))
        return false;
    return !*ok || regex_dissect(run, child, low, high, ok);
}

/* The level's child min .. max times in low..high; none is empty unless it has to be. */
static bool dissect_iterations(struct regex_run *run, struct regex_node *level, size_t low,
                               size_t high, bool *ok)
{
    *ok = low == high && level->min <= 0;
    if (level->max == 0)
        return true;
    if (*ok && (level->child->flags & REGEX_SHORTER))
        return true;
    /* Nothing at all is one empty iteration rather than none for a child that prefers long. */
    if (level->max == 1 || *ok) {
        bool once;
        if (!dissect_once(run, level->child, low, high, &once))
            return false;
        *ok = *ok || once;
        return true;
    }
    if (fiber_stack_left() < STACK_MIN)
        return regex_fail(run->call->env->error, "regular expression is too complex");
    struct regex_node *rest = rest_of(run, level);
    struct division d;
    size_t middle;
    if (!rest || !division_begin(run, level->child, rest, low, high, &d))
        return false;
    while (!*ok && division_next(&d, &middle)) {
        if (middle == low && low < high && level->min <= 1)
            continue;
        forget(run, level->child);
        if (!regex_dissect(run, level->child, low, middle, ok))
            return false;
        if (*ok && (middle < high || rest->min > 0) &&
            !dissect_iterations(run, rest, middle, high, ok))
            return false;
        if (!*ok && !sql_call_check(run->call))
            return false;
    }
    return true;
}

static bool same_text(struct regex_run *run, size_t a, size_t b, size_t len)
{
    struct slice x = slice_of(run->text.ptr + a, len);
    struct slice y = slice_of(run->text.ptr + b, len);
    return run->regex->flags & SQL_REGEX_NOCASE ? slice_eq_nocase(x, y) : slice_eq(x, y);
}

/* The text of the group again, as often as the quantifier says. */
static bool is_repeated(struct regex_run *run, const struct regex_node *node, size_t low,
                        size_t high)
{
    struct sql_regex_span group = run->groups[node->number];
    if (group.start == SIZE_MAX)
        return false;
    size_t len = group.end - group.start;
    if (len == 0 || low == high)
        return low == high && (len == 0 || node->min == 0);
    size_t times = (high - low) / len;
    if ((high - low) % len != 0 || times < (size_t)node->min ||
        (node->max != REGEX_INFINITE && times > (size_t)node->max))
        return false;
    for (size_t at = low; at < high; at += len)
        if (!same_text(run, group.start, at, len))
            return false;
    return true;
}

bool regex_dissect(struct regex_run *run, struct regex_node *node, size_t low, size_t high,
                   bool *ok)
{
    *ok = true;
    if (!(node->flags & (REGEX_CAPTURES | REGEX_BACKREFS)))
        return true;
    if (fiber_stack_left() < STACK_MIN)
        return regex_fail(run->call->env->error, "regular expression is too complex");
    switch (node->kind) {
    case REGEX_CAT: return dissect_cat(run, node, node->child, low, high, ok);
    case REGEX_ALT: return dissect_alternatives(run, node, low, high, ok);
    case REGEX_ITERATE: return dissect_iterations(run, node, low, high, ok);
    case REGEX_GROUP:
        if (!regex_dissect(run, node->child, low, high, ok))
            return false;
        if (*ok)
            run->groups[node->number] = (struct sql_regex_span){low, high};
        return true;
    case REGEX_BACKREF: *ok = is_repeated(run, node, low, high); return true;
    default: return true;
    }
}
