/* Which of several functions or operators of one name a call means: PostgreSQL's manual, 10.2 and
 * 10.3. Candidates are dropped in steps until one is left. */
#include "emulators/sql/analyze/analysis.h"

#define RESOLVE_ARGS_MAX 100

/* Keeps those whose arguments the inputs can be coerced to implicitly; returns how many. */
uint32_t candidates_match(struct analysis *a, const uint32_t *inputs, uint32_t nargs,
                          struct candidate **candidates, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (can_coerce(a, nargs, inputs, candidates[i]->types, COERCE_IMPLICIT))
            candidates[kept++] = candidates[i];
    return kept;
}

/* What the steps look at. */
struct choice {
    struct analysis *a;
    uint32_t nargs, unknowns;
    uint32_t bases[RESOLVE_ARGS_MAX]; /* of the inputs; domains replaced */
    char categories[RESOLVE_ARGS_MAX];
    bool preferred[RESOLVE_ARGS_MAX];
    struct candidate **candidates;
    uint32_t count;
};

static char category(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t ? t->category : 0;
}

static bool is_preferred(struct analysis *a, char wanted, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t && t->category == wanted && t->preferred;
}

/* How well a candidate's known arguments fit. */
static uint32_t matches(const struct choice *c, const struct candidate *candidate,
                        bool count_preferred)
{
    uint32_t result = 0;
    for (uint32_t i = 0; i < c->nargs; i++) {
        if (c->bases[i] == c->a->known->unknown)
            continue;
        if (candidate->types[i] == c->bases[i] ||
            (count_preferred && is_preferred(c->a, c->categories[i], candidate->types[i])))
            result++;
    }
    return result;
}

/* Keeps the candidates with most matches. */
static void keep_best(struct choice *c, bool count_preferred)
{
    uint32_t best = 0, kept = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t n = matches(c, c->candidates[i], count_preferred);
        if (n > best || kept == 0) {
            best = n;
            kept = 0;
        }
        if (n == best)
            c->candidates[kept++] = c->candidates[i];
    }
    c->count = kept;
}

/* Which category the candidates accept at an argument that is an unknown literal. A string is
 * taken when any accepts one. false: they do not agree. */
static bool settle_category(struct choice *c, uint32_t arg)
{
    char settled = 0;
    bool preferred = false, conflict = false;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct sql_type *type = type_of(c->a, c->candidates[i]->types[arg]);
        char this = type ? type->category : 0;
        bool this_preferred = type && type->preferred;
        if (!settled || settled == this) {
            settled = this;
            preferred |= this_preferred;
        } else if (this == c->a->rules->string_category) {
            settled = this;
            preferred = this_preferred;
        } else {
            conflict = true;
        }
    }
    c->categories[arg] = settled;
    c->preferred[arg] = preferred;
    return !conflict || settled == c->a->rules->string_category;
}

static bool fits_categories(const struct choice *c, const struct candidate *candidate)
{
    for (uint32_t i = 0; i < c->nargs; i++) {
        if (c->bases[i] != c->a->known->unknown)
            continue;
        const struct sql_type *type = type_of(c->a, candidate->types[i]);
        if (!type || type->category != c->categories[i] || (c->preferred[i] && !type->preferred))
            return false;
    }
    return true;
}

static void keep_by_category(struct choice *c)
{
    for (uint32_t i = 0; i < c->nargs; i++)
        if (c->bases[i] == c->a->known->unknown && !settle_category(c, i))
            return;
    uint32_t fitting = 0;
    for (uint32_t i = 0; i < c->count; i++)
        fitting += fits_categories(c, c->candidates[i]);
    if (fitting == 0)
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->count; i++)
        if (fits_categories(c, c->candidates[i]))
            c->candidates[kept++] = c->candidates[i];
    c->count = kept;
}

/* The last step: unknown literals are taken to be of the type that all other inputs have. */
static struct candidate *by_known_type(struct choice *c)
{
    uint32_t known = 0, assumed[RESOLVE_ARGS_MAX];
    for (uint32_t i = 0; i < c->nargs; i++) {
        if (c->bases[i] == c->a->known->unknown)
            continue;
        if (known && known != c->bases[i])
            return NULL;
        known = c->bases[i];
    }
    if (!known)
        return NULL;
    for (uint32_t i = 0; i < c->nargs; i++)
        assumed[i] = known;
    struct candidate *found = NULL;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!can_coerce(c->a, c->nargs, assumed, c->candidates[i]->types, COERCE_IMPLICIT))
            continue;
        if (found)
            return NULL;
        found = c->candidates[i];
    }
    return found;
}

struct candidate *candidate_select(struct analysis *a, const uint32_t *inputs, uint32_t nargs,
                                   struct candidate **candidates, uint32_t count)
{
    struct choice c = {.a = a, .nargs = nargs, .candidates = candidates, .count = count};
    if (nargs > RESOLVE_ARGS_MAX)
        return NULL;
    for (uint32_t i = 0; i < nargs; i++) {
        bool unknown = inputs[i] == a->known->unknown;
        c.unknowns += unknown;
        c.bases[i] = unknown ? inputs[i] : base_type(a, inputs[i]);
        c.categories[i] = category(a, c.bases[i]);
    }
    keep_best(&c, false);
    if (c.count > 1)
        keep_best(&c, true);
    if (c.count == 1)
        return c.candidates[0];
    if (c.unknowns == 0)
        return NULL;
    keep_by_category(&c);
    if (c.count == 1)
        return c.candidates[0];
    return c.unknowns < nargs ? by_known_type(&c) : NULL;
}
