/* pg_trgm: how alike texts are, by the sets of their trigrams.
 *
 * A word (letters and digits, in lower case) has two blanks before it and one behind; its trigrams are
 * all three characters in a row of that. Similarity is what two sets share, as a part of what they
 * have together. Word similarity compares with the stretch of the second text that is most alike. */
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/text_scan.h"

#define SIZE 3

struct trigram {
    uint8_t chars[SIZE];
    bool begins, ends; /* a word */
};

struct trigrams {
    struct trigram *items;
    uint32_t count;
};

/* ---- trigrams of a text */

static bool is_word(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c);
}

static uint8_t padded_char(struct slice word, size_t at)
{
    return at < 2 || at - 2 >= word.len ? ' ' : ascii_lower(word.ptr[at - 2]);
}

static void add_word(struct trigrams *out, struct slice word)
{
    for (size_t i = 0; i < word.len + 1; i++) {
        struct trigram *item = &out->items[out->count++];
        *item = (struct trigram){.begins = i == 0, .ends = i == word.len};
        for (size_t n = 0; n < SIZE; n++)
            item->chars[n] = padded_char(word, i + n);
    }
}

/* In the order of the text, each as often as it is there. */
static bool read_trigrams(struct sql_call *call, struct slice text, struct trigrams *out)
{
    *out =
        (struct trigrams){.items = arena_array(call->arena, 2 * text.len + 1, sizeof *out->items)};
    if (!out->items)
        return sql_fail_memory(call->env->error);
    for (size_t at = 0; at < text.len;) {
        size_t begin = at;
        while (at < text.len && is_word(text.ptr[at]))
            at++;
        if (at > begin)
            add_word(out, slice_of(text.ptr + begin, at - begin));
        else
            at++;
    }
    return true;
}

static int trigram_order(const void *a, const void *b)
{
    return memcmp(((const struct trigram *)a)->chars, ((const struct trigram *)b)->chars, SIZE);
}

/* The set of a text's trigrams, sorted. */
static bool trigram_set(struct sql_call *call, struct slice text, struct trigrams *out)
{
    uint32_t kept = 0;
    if (!read_trigrams(call, text, out))
        return false;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, trigram_order);
    for (uint32_t i = 0; i < out->count; i++)
        if (kept == 0 || trigram_order(&out->items[kept - 1], &out->items[i]) != 0)
            out->items[kept++] = out->items[i];
    out->count = kept;
    return true;
}

static bool show_trgm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct trigrams set;
    const struct sql_type *text =
        sql_call_find_type(call, call->env->session->dialect->types_of.text);
    if (!text || !trigram_set(call, datum_slice(args[0]), &set))
        return false;
    struct datum *values = arena_array(call->arena, set.count + 1u, sizeof *values);
    if (!values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < set.count; i++)
        values[i] = datum_bytes(slice_of(set.items[i].chars, SIZE));
    return sql_array_make_vector(call, text, values, set.count, out);
}

/* ---- similarity */

static float share(uint32_t common, uint32_t a, uint32_t b)
{
    return (float)common / (float)(a + b - common);
}

static bool similarity_of(struct sql_call *call, const struct datum *args, float *out)
{
    struct trigrams a, b;
    if (!trigram_set(call, datum_slice(args[0]), &a) ||
        !trigram_set(call, datum_slice(args[1]), &b))
        return false;
    uint32_t common = 0;
    for (uint32_t i = 0, j = 0; i < a.count && j < b.count;) {
        int order = trigram_order(&a.items[i], &b.items[j]);
        common += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    *out = a.count && b.count ? share(common, a.count, b.count) : 0;
    return true;
}

/* ---- word similarity */

/* Trigrams of both texts by number: the same one has the same number. */
struct numbered {
    uint32_t *second; /* of each trigram of the second text */
    bool *wanted;     /* is the number one of the first text's? */
    int64_t *last;    /* where in the stretch it was seen last, -1: nowhere */
    uint32_t first_count;
};

static bool number_trigrams(struct sql_call *call, const struct trigrams *first,
                            const struct trigrams *second, struct numbered *out)
{
    uint32_t all = first->count + second->count + 1;
    struct trigram *sorted = arena_array(call->arena, all, sizeof *sorted);
    *out = (struct numbered){.second = arena_array(call->arena, all, sizeof *out->second),
                             .wanted = arena_zalloc(call->arena, all * sizeof *out->wanted),
                             .last = arena_array(call->arena, all, sizeof *out->last),
                             .first_count = first->count};
    if (!sorted || !out->second || !out->wanted || !out->last)
        return sql_fail_memory(call->env->error);
    if (second->count)
        memcpy(sorted, second->items, second->count * sizeof *sorted);
    qsort(sorted, second->count, sizeof *sorted, trigram_order);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < second->count; i++)
        if (kept == 0 || trigram_order(&sorted[kept - 1], &sorted[i]) != 0)
            sorted[kept++] = sorted[i];
    for (uint32_t i = 0; i < second->count; i++) {
        const struct trigram *found =
            bsearch(&second->items[i], sorted, kept, sizeof *sorted, trigram_order);
        out->second[i] = (uint32_t)(found - sorted);
    }
    for (uint32_t i = 0; i < kept; i++) {
        out->last[i] = -1;
        out->wanted[i] =
            bsearch(&sorted[i], first->items, first->count, sizeof *sorted, trigram_order) != NULL;
    }
    return true;
}

/* A stretch of the second text: from trigram `low` (-1: not begun), with so many different trigrams,
 * `common` of which are wanted. */
struct stretch {
    int64_t low;
    uint32_t size, common;
};

/* Takes trigram `at` in. */
static void extend(struct stretch *stretch, struct numbered *numbers, int64_t at)
{
    uint32_t number = numbers->second[at];
    if (stretch->low < 0 && !numbers->wanted[number])
        return;
    if (numbers->last[number] < 0) {
        stretch->size++;
        stretch->common += numbers->wanted[number];
    }
    numbers->last[number] = at;
}

/* The stretch up to `high`, begun where it is most alike; the greatest similarity. */
static float shrink(struct stretch *stretch, struct numbered *numbers,
                    const struct trigrams *second, int64_t high, bool strict)
{
    struct stretch rest = *stretch;
    int64_t begin = stretch->low;
    float best = share(rest.common, numbers->first_count, rest.size);
    for (; rest.low <= high; rest.low++) {
        uint32_t number = numbers->second[rest.low];
        float here = share(rest.common, numbers->first_count, rest.size);
        if ((!strict || second->items[rest.low].begins) && here > best) {
            best = here;
            *stretch = rest;
        }
        if (numbers->last[number] == rest.low) {
            rest.size--;
            rest.common -= numbers->wanted[number];
        }
    }
    for (; begin < stretch->low; begin++)
        if (numbers->last[numbers->second[begin]] == begin)
            numbers->last[numbers->second[begin]] = -1;
    return best;
}

/* strict: stretches of whole words. */
static bool word_similarity_of(struct sql_call *call, struct datum word, struct datum text,
                               bool strict, float *out)
{
    struct trigrams first, second;
    struct numbered numbers;
    if (!trigram_set(call, datum_slice(word), &first) ||
        !read_trigrams(call, datum_slice(text), &second) ||
        !number_trigrams(call, &first, &second, &numbers))
        return false;
    struct stretch stretch = {.low = strict ? 0 : -1};
    *out = 0;
    if (first.count == 0)
        return true;
    for (uint32_t i = 0; i < second.count; i++) {
        extend(&stretch, &numbers, i);
        if (strict ? !second.items[i].ends : !numbers.wanted[numbers.second[i]])
            continue;
        if (stretch.low < 0)
            stretch.low = i;
        float here = shrink(&stretch, &numbers, &second, i, strict);
        if (here > *out)
            *out = here;
    }
    return true;
}

/* ---- thresholds */

enum threshold { SIMILARITY, WORD, STRICT_WORD };

static const struct {
    const char *setting;
    double otherwise;
} thresholds[] = {
    {"pg_trgm.similarity_threshold",             0.3},
    {"pg_trgm.word_similarity_threshold",        0.6},
    {"pg_trgm.strict_word_similarity_threshold", 0.5},
};

static double threshold_of(struct sql_call *call, enum threshold which)
{
    struct sql_session *session = call->env->session;
    struct slice text;
    double value;
    if (session->owner && session->owner->get_setting &&
        session->owner->get_setting(session, slice_str(thresholds[which].setting), call->arena,
                                    &text) &&
        text_to_double(text, &value))
        return value;
    return thresholds[which].otherwise;
}

static bool set_limit(struct sql_call *call, const struct datum *args, struct datum *out)
{
    char text[TEXT_DOUBLE_MAX];
    const char *name = thresholds[SIMILARITY].setting;
    struct sql_session *session = call->env->session;
    if (!(args[0].d >= 0 && args[0].d <= 1))
        return sql_fail(call->env->error, "22023",
                        "%g is outside the valid range for parameter \"%s\" (0 .. 1)", args[0].d,
                        name);
    int len = snprintf(text, sizeof text, "%g", args[0].d);
    *out = args[0];
    return session->owner->set_setting(session, slice_str(name), slice_of(text, (size_t)len), false,
                                       call->env->error);
}

static bool show_limit(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    *out = datum_float((float)threshold_of(call, SIMILARITY));
    return true;
}

/* ---- functions and operators */

static bool alike(struct sql_call *call, const struct datum *args, enum threshold which,
                  bool swapped, float *out)
{
    return which == SIMILARITY
               ? similarity_of(call, args, out)
               : word_similarity_of(call, args[swapped], args[!swapped], which == STRICT_WORD, out);
}

static bool give(struct sql_call *call, const struct datum *args, enum threshold which,
                 struct datum *out)
{
    float found;
    if (!alike(call, args, which, false, &found))
        return false;
    *out = datum_float(found);
    return true;
}

static bool reaches(struct sql_call *call, const struct datum *args, enum threshold which,
                    bool swapped, struct datum *out)
{
    float found;
    return alike(call, args, which, swapped, &found) &&
           sql_give_bool(out, found >= threshold_of(call, which));
}

static bool distance(struct sql_call *call, const struct datum *args, enum threshold which,
                     bool swapped, struct datum *out)
{
    float found;
    if (!alike(call, args, which, swapped, &found))
        return false;
    *out = datum_float((float)(1.0 - found));
    return true;
}

SQL_FUNCTION(similarity, give(call, args, SIMILARITY, out))
SQL_FUNCTION(word_similarity, give(call, args, WORD, out))
SQL_FUNCTION(strict_word_similarity, give(call, args, STRICT_WORD, out))
SQL_FUNCTION(similarity_op, reaches(call, args, SIMILARITY, false, out))
SQL_FUNCTION(word_op, reaches(call, args, WORD, false, out))
SQL_FUNCTION(word_commutator_op, reaches(call, args, WORD, true, out))
SQL_FUNCTION(strict_op, reaches(call, args, STRICT_WORD, false, out))
SQL_FUNCTION(strict_commutator_op, reaches(call, args, STRICT_WORD, true, out))
SQL_FUNCTION(similarity_dist, distance(call, args, SIMILARITY, false, out))
SQL_FUNCTION(word_dist, distance(call, args, WORD, false, out))
SQL_FUNCTION(word_commutator_dist, distance(call, args, WORD, true, out))
SQL_FUNCTION(strict_dist, distance(call, args, STRICT_WORD, false, out))
SQL_FUNCTION(strict_commutator_dist, distance(call, args, STRICT_WORD, true, out))

const struct sql_builtin pg_trgm_functions[] = {
    {"set_limit",                                 set_limit             },
    {"show_limit",                                show_limit            },
    {"show_trgm",                                 show_trgm             },
    {"similarity",                                similarity            },
    {"similarity_op",                             similarity_op         },
    {"similarity_dist",                           similarity_dist       },
    {"word_similarity",                           word_similarity       },
    {"word_similarity_op",                        word_op               },
    {"word_similarity_commutator_op",             word_commutator_op    },
    {"word_similarity_dist_op",                   word_dist             },
    {"word_similarity_dist_commutator_op",        word_commutator_dist  },
    {"strict_word_similarity",                    strict_word_similarity},
    {"strict_word_similarity_op",                 strict_op             },
    {"strict_word_similarity_commutator_op",      strict_commutator_op  },
    {"strict_word_similarity_dist_op",            strict_dist           },
    {"strict_word_similarity_dist_commutator_op", strict_commutator_dist},
    {NULL,                                        NULL                  },
};
