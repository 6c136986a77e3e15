#include "server/suggest.h"

#define WORD_MAX 32

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance; both words are at most WORD_MAX long. */
static unsigned distance_between(struct slice a, struct slice b)
{
    unsigned row[WORD_MAX + 1];
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change = ascii_lower(a.ptr[i - 1]) != ascii_lower(b.ptr[j - 1]);
            unsigned above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + change);
            diagonal = above;
        }
    }
    return row[b.len];
}

void suggest_consider(struct suggestion *best, struct slice typed, const char *candidate)
{
    struct slice word = slice_str(candidate);
    if (typed.len == 0 || typed.len > WORD_MAX || word.len > WORD_MAX)
        return;
    unsigned distance = distance_between(typed, word);
    bool starts =
        typed.len >= 2 && word.len > typed.len && memcmp(word.ptr, typed.ptr, typed.len) == 0;
    if (distance > typed.len / 3 + 1 && !starts)
        return;
    if (!best->word || distance < best->distance)
        *best = (struct suggestion){candidate, distance};
}
