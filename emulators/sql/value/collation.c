#include "emulators/sql/value/collation.h"

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/collation_tables.h"
#include "emulators/sql/value/collation_tailoring.h"
#include "emulators/sql/value/text.h"

/* ---- elements */

enum {
    VARIABLE_LAST = 0x23f, /* primaries of blanks and punctuation end here */
    SECONDARY_COMMON = 0x20,
    TERTIARY_COMMON = 2,
    ELEMENTS_MAX = 24,  /* of one character, or of a run of digits */
    NUMBER_DIGITS = 16, /* of a run that are read at a time */
    NUMBER_MAX = 254    /* digits that are counted */
};

struct element {
    uint32_t primary; /* times 256: letters of languages stand between */
    uint16_t secondary;
    uint8_t tertiary;
};

/* The elements of a text, one after the other. */
struct elements {
    const struct sql_collator *collator;
    struct slice rest;
    struct element made[ELEMENTS_MAX];
    unsigned at, count;
    size_t digits; /* left of the number that is being read */
    bool hidden;   /* a blank or punctuation was left out: marks on it are, too */
};

static struct elements elements_of(const struct sql_collator *collator, struct slice text)
{
    return (struct elements){.collator = collator, .rest = text};
}

static void add(struct elements *e, uint32_t primary, unsigned secondary, unsigned tertiary)
{
    if (e->count < ELEMENTS_MAX)
        e->made[e->count++] = (struct element){primary, (uint16_t)secondary, (uint8_t)tertiary};
}

/* Where the character is in the tables; sql_collation_count: nowhere. */
static uint32_t find_code(uint32_t code)
{
    uint32_t low = 0, high = sql_collation_count;
    if (code < SQL_COLLATION_DENSE)
        return code;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sql_collation_codes[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sql_collation_count && sql_collation_codes[low] == code ? low
                                                                         : sql_collation_count;
}

/* UTS 10 10.1.3: characters without weights of their own, by their codes. */
static void add_implicit(struct elements *e, uint32_t code)
{
    bool core = (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff);
    bool other = (code >= 0x3400 && code <= 0x4dbf) || (code >= 0x20000 && code <= 0x323af);
    uint32_t base = core ? 0xfb40 : other ? 0xfb80 : 0xfbc0;
    add(e, (base + (code >> 15)) << 8, SECONDARY_COMMON, TERTIARY_COMMON);
    add(e, ((code & 0x7fff) | 0x8000) << 8, 0, 0);
}

static void add_root(struct elements *e, uint32_t code)
{
    uint32_t at = find_code(code);
    if (at == sql_collation_count) {
        add_implicit(e, code);
        return;
    }
    for (uint32_t i = sql_collation_firsts[at]; i < sql_collation_firsts[at + 1]; i++) {
        uint32_t element = sql_collation_elements[i];
        add(e, element >> 16 << 8, element >> 5 & 0x7ff, element & 0x1f);
    }
}

/* Unicode 3.12: syllables are their letters. */
static void add_hangul(struct elements *e, uint32_t code)
{
    uint32_t index = code - 0xac00;
    add_root(e, 0x1100 + index / 588);
    add_root(e, 0x1161 + index % 588 / 28);
    if (index % 28)
        add_root(e, 0x11a7 + index % 28);
}

static uint32_t primary_of(uint32_t code)
{
    uint32_t at = find_code(code);
    return at == sql_collation_count ? 0
                                     : sql_collation_elements[sql_collation_firsts[at]] >> 16 << 8;
}

static void add_tailored(struct elements *e, const struct sql_tailored *letter)
{
    uint32_t primary = primary_of(letter->base);
    if (letter->before)
        primary -= 256;
    add(e, primary + letter->step, SECONDARY_COMMON + (letter->second ? 0 : letter->accent),
        letter->tertiary);
    if (letter->second)
        add(e, primary_of(letter->second), SECONDARY_COMMON + letter->accent, letter->tertiary);
}

static void add_character(struct elements *e, uint32_t code)
{
    const struct sql_tailored *letter =
        e->collator->tailoring ? sql_tailoring_find(e->collator->tailoring, code) : NULL;
    if (letter)
        add_tailored(e, letter);
    else if (code >= 0xac00 && code <= 0xd7a3)
        add_hangul(e, code);
    else
        add_root(e, code);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits in a row as a number: its length, then its digits. */
static void add_number(struct elements *e)
{
    uint32_t zero = primary_of('0');
    if (e->digits == 0) {
        while (e->rest.len > 1 && e->rest.ptr[0] == '0' && is_digit(e->rest.ptr[1]))
            e->rest = slice_from(e->rest, 1);
        while (e->digits < e->rest.len && is_digit(e->rest.ptr[e->digits]))
            e->digits++;
        size_t counted = e->digits < NUMBER_MAX ? e->digits : NUMBER_MAX;
        add(e, zero + (uint32_t)counted, SECONDARY_COMMON, TERTIARY_COMMON);
    }
    size_t here = e->digits < NUMBER_DIGITS ? e->digits : NUMBER_DIGITS;
    for (size_t i = 0; i < here; i++)
        add(e, zero + (uint32_t)(e->rest.ptr[i] - '0') + 1, SECONDARY_COMMON, TERTIARY_COMMON);
    e->rest = slice_from(e->rest, here);
    e->digits -= here;
}

/* Blanks and punctuation that are not looked at, with the marks that follow them. */
static bool is_hidden(struct elements *e, const struct element *element)
{
    if (!e->collator->shifted)
        return false;
    if (element->primary)
        e->hidden = element->primary >> 8 <= VARIABLE_LAST;
    return e->hidden;
}

static bool next_element(struct elements *e, struct element *out)
{
    for (;;) {
        while (e->at < e->count) {
            *out = e->made[e->at++];
            if (!is_hidden(e, out))
                return true;
        }
        if (e->rest.len == 0)
            return false;
        e->at = e->count = 0;
        if (e->collator->numeric && is_digit(e->rest.ptr[0])) {
            add_number(e);
            continue;
        }
        size_t width;
        uint32_t code = sql_char_get(e->rest, &width);
        e->rest = slice_from(e->rest, width);
        add_character(e, code);
    }
}

/* ---- weights of the levels */

enum level { LEVEL_PRIMARY, LEVEL_SECONDARY, LEVEL_CASE, LEVEL_TERTIARY, LEVEL_COUNT };

static bool has_level(const struct sql_collator *collator, enum level level)
{
    switch (level) {
    case LEVEL_PRIMARY: return true;
    case LEVEL_SECONDARY: return collator->strength >= 2;
    case LEVEL_CASE: return collator->case_level;
    default: return collator->strength >= 3;
    }
}

/* UTS 10, Table 24: which tertiary weights are those of capital letters. */
static bool is_capital(unsigned tertiary)
{
    return (tertiary >= 8 && tertiary <= 12) || tertiary == 14 || tertiary == 17 ||
           tertiary == 18 || tertiary == 29;
}

static unsigned case_weight(const struct sql_collator *collator, unsigned tertiary)
{
    return is_capital(tertiary) == (collator->case_first == SQL_FIRST_UPPER) ? 1 : 2;
}

/* 0: the element has none on that level. */
static uint32_t weight_of(const struct sql_collator *collator, const struct element *element,
                          enum level level)
{
    switch (level) {
    case LEVEL_PRIMARY: return element->primary;
    case LEVEL_SECONDARY: return element->secondary;
    case LEVEL_CASE: return element->primary ? case_weight(collator, element->tertiary) : 0;
    default:
        if (collator->case_first == SQL_FIRST_NONE || !element->primary || !element->tertiary)
            return element->tertiary;
        return case_weight(collator, element->tertiary) << 5 | element->tertiary;
    }
}

static uint32_t next_weight(struct elements *e, enum level level)
{
    struct element element;
    while (next_element(e, &element)) {
        uint32_t weight = weight_of(e->collator, &element, level);
        if (weight)
            return weight;
    }
    return 0;
}

/* ---- comparing */

static int order(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_level(const struct sql_collator *collator, struct slice a, struct slice b,
                         enum level level)
{
    struct elements left = elements_of(collator, a), right = elements_of(collator, b);
    for (;;) {
        uint32_t x = next_weight(&left, level), y = next_weight(&right, level);
        if (x != y || !x)
            return order(x, y);
    }
}

static uint32_t count_weights(const struct sql_collator *collator, struct slice text,
                              enum level level)
{
    struct elements e = elements_of(collator, text);
    uint32_t count = 0;
    while (next_weight(&e, level))
        count++;
    return count;
}

/* From the end: of the differences between what stands equally far from it, the last one decides. */
static int compare_backwards(const struct sql_collator *collator, struct slice a, struct slice b)
{
    struct elements left = elements_of(collator, a), right = elements_of(collator, b);
    uint32_t x = count_weights(collator, a, LEVEL_SECONDARY);
    uint32_t y = count_weights(collator, b, LEVEL_SECONDARY), common = x < y ? x : y;
    int found = order(x, y);
    for (uint32_t i = common; i < x; i++)
        next_weight(&left, LEVEL_SECONDARY);
    for (uint32_t i = common; i < y; i++)
        next_weight(&right, LEVEL_SECONDARY);
    for (uint32_t i = 0; i < common; i++) {
        int here = order(next_weight(&left, LEVEL_SECONDARY), next_weight(&right, LEVEL_SECONDARY));
        if (here)
            found = here;
    }
    return found;
}

int sql_collator_compare(const struct sql_collator *collator, struct slice a, struct slice b)
{
    if (slice_eq(a, b))
        return 0;
    int found = 0;
    for (enum level level = 0; level < LEVEL_COUNT && !found; level++)
        if (has_level(collator, level))
            found = level == LEVEL_SECONDARY && collator->backwards
                        ? compare_backwards(collator, a, b)
                        : compare_level(collator, a, b, level);
    return found || !collator->deterministic ? found : slice_compare(a, b);
}

/* ---- keys */

static void add_weight(struct sql_bytes *out, enum level level, uint32_t weight)
{
    if (level == LEVEL_PRIMARY)
        sql_bytes_add_char(out, (char)(weight >> 16));
    if (level <= LEVEL_SECONDARY)
        sql_bytes_add_char(out, (char)(weight >> 8));
    sql_bytes_add_char(out, (char)weight);
}

static void reverse_pairs(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 2 < len - i; i += 2)
        for (size_t j = 0; j < 2; j++) {
            uint8_t kept = bytes[i + j];
            bytes[i + j] = bytes[len - i - 2 + j];
            bytes[len - i - 2 + j] = kept;
        }
}

void sql_collator_key(const struct sql_collator *collator, struct slice text, struct sql_bytes *out)
{
    for (enum level level = 0; level < LEVEL_COUNT; level++) {
        struct elements e = elements_of(collator, text);
        size_t start = out->len;
        uint32_t weight;
        if (!has_level(collator, level))
            continue;
        while ((weight = next_weight(&e, level)))
            add_weight(out, level, weight);
        if (level == LEVEL_SECONDARY && collator->backwards && !out->failed)
            reverse_pairs(out->ptr + start, out->len - start);
        add_weight(out, level, 0);
    }
    if (collator->deterministic)
        sql_key_add_text(out, text);
}

bool sql_require_collation(struct sql_call *call, const char *purpose)
{
    if (call->collation || !call->env->plain_collation)
        return true;
    sql_fail(call->env->error, "42P22", "could not determine which collation to use for %s",
             purpose);
    return sql_hint(call->env->error, "Use the COLLATE clause to set the collation explicitly.");
}

bool sql_require_deterministic(struct sql_call *call, const char *what)
{
    const struct sql_collator *collator = sql_call_collator(call);
    return !collator || collator->deterministic ||
           sql_fail(call->env->error, "0A000",
                    "nondeterministic collations are not supported for %s", what);
}

bool sql_require_searchable(struct sql_call *call)
{
    return sql_require_deterministic(call, "substring searches");
}
