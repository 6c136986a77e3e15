/* fuzzystrmatch: distances of strings, and codes of how words sound. */
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define LEVENSHTEIN_MAX 255 /* characters */
#define SOUNDEX_SIZE    4

/* ---- Levenshtein */

struct costs {
    int64_t insert, remove, substitute;
};

/* The characters of a text as slices; so many of them as are looked at. */
static uint32_t characters_of(struct slice text, struct slice *out)
{
    uint32_t count = 0;
    for (size_t at = 0; at < text.len && count < LEVENSHTEIN_MAX; at += out[count++].len)
        out[count] = slice_of(text.ptr + at, sql_char_width(text.ptr[at]));
    return count;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t distance(const struct slice *a, uint32_t a_count, const struct slice *b,
                        uint32_t b_count, const struct costs *costs)
{
    int64_t row[LEVENSHTEIN_MAX + 1];
    for (uint32_t i = 0; i <= a_count; i++)
        row[i] = i * costs->remove;
    for (uint32_t j = 1; j <= b_count; j++) {
        int64_t diagonal = row[0];
        row[0] = j * costs->insert;
        for (uint32_t i = 1; i <= a_count; i++) {
            int64_t above = row[i];
            bool same = slice_eq(a[i - 1], b[j - 1]);
            row[i] = least(least(above + costs->insert, row[i - 1] + costs->remove),
                           diagonal + (same ? 0 : costs->substitute));
            diagonal = above;
        }
    }
    return row[a_count];
}

/* most < 0: no limit; otherwise a greater distance is told as most + 1. */
static bool give_distance(struct sql_call *call, const struct datum *args,
                          const struct costs *costs, int64_t most, struct datum *out)
{
    struct slice a[LEVENSHTEIN_MAX], b[LEVENSHTEIN_MAX];
    size_t a_len = sql_text_length(datum_slice(args[0]));
    size_t b_len = sql_text_length(datum_slice(args[1]));
    int64_t found = (int64_t)b_len * costs->insert + (int64_t)a_len * costs->remove;
    if (a_len && b_len && (a_len > LEVENSHTEIN_MAX || b_len > LEVENSHTEIN_MAX))
        return sql_fail(call->env->error, "22023",
                        "levenshtein argument exceeds maximum length of %d characters",
                        LEVENSHTEIN_MAX);
    if (a_len && b_len)
        found = distance(a, characters_of(datum_slice(args[0]), a), b,
                         characters_of(datum_slice(args[1]), b), costs);
    return sql_give_int(out, most >= 0 && found > most ? most + 1 : found);
}

static const struct costs plain_costs = {1, 1, 1};

static struct costs costs_of(const struct datum *args)
{
    return (struct costs){args[2].i, args[3].i, args[4].i};
}

static bool levenshtein(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_distance(call, args, &plain_costs, -1, out);
}

static bool levenshtein_with_costs(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    const struct costs costs = costs_of(args);
    return give_distance(call, args, &costs, -1, out);
}

static bool levenshtein_less_equal(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    return give_distance(call, args, &plain_costs, args[2].i, out);
}

static bool levenshtein_less_equal_with_costs(struct sql_call *call, const struct datum *args,
                                              struct datum *out)
{
    const struct costs costs = costs_of(args);
    return give_distance(call, args, &costs, args[5].i, out);
}

/* ---- Soundex */

/* '0': it has no code (vowels, H, W, Y). */
static char soundex_code(uint8_t c)
{
    static const char codes[] = "01230120022455012623010202";
    return sql_is_letter(c) ? codes[ascii_lower(c) - 'a'] : '0';
}

/* Four characters, or none when there is no letter. */
static size_t soundex_of(struct slice text, char out[SOUNDEX_SIZE])
{
    size_t at = 0, len = 0;
    while (at < text.len && !sql_is_letter(text.ptr[at]))
        at++;
    if (at == text.len)
        return 0;
    memset(out, '0', SOUNDEX_SIZE);
    out[len++] = (char)(ascii_lower(text.ptr[at]) - 'a' + 'A');
    for (at++; at < text.len && len < SOUNDEX_SIZE; at++) {
        uint8_t c = text.ptr[at];
        char code = soundex_code(c);
        if (sql_is_letter(c) && code != soundex_code(text.ptr[at - 1]) && code != '0')
            out[len++] = code;
    }
    return SOUNDEX_SIZE;
}

static bool soundex(struct sql_call *call, const struct datum *args, struct datum *out)
{
    char code[SOUNDEX_SIZE];
    return sql_give_copy(call, out, slice_of(code, soundex_of(datum_slice(args[0]), code)));
}

/* How many of the four characters are the same. */
static bool difference(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    char a[SOUNDEX_SIZE] = {0}, b[SOUNDEX_SIZE] = {0};
    int64_t same = 0;
    soundex_of(datum_slice(args[0]), a);
    soundex_of(datum_slice(args[1]), b);
    for (unsigned i = 0; i < SOUNDEX_SIZE; i++)
        same += a[i] == b[i];
    return sql_give_int(out, same);
}

const struct sql_builtin pg_fuzzystrmatch_functions[] = {
    {"levenshtein",                       levenshtein                      },
    {"levenshtein_with_costs",            levenshtein_with_costs           },
    {"levenshtein_less_equal",            levenshtein_less_equal           },
    {"levenshtein_less_equal_with_costs", levenshtein_less_equal_with_costs},
    {"soundex",                           soundex                          },
    {"difference",                        difference                       },
    {NULL,                                NULL                             },
};
