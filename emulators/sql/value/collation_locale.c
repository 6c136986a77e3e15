/* Locales: their attributes, and which letters their languages move. */
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/collation_tailoring.h"
#include "emulators/sql/value/text_scan.h"

/* ---- letters */

#define LOWER 2
#define UPPER 8
/* A pair of letters, lower and upper case, with what follows the code in struct sql_tailored. */
#define PAIR(lower, upper, ...)   \
    {lower, __VA_ARGS__, LOWER},  \
    {                             \
        upper, __VA_ARGS__, UPPER \
    }
#define BEHIND(base, step)              base, 0, false, step, 0
#define BEFORE(base, step)              base, 0, true, step, 0
#define LIKE(base, step, accent)        base, 0, false, step, accent
#define BEFORE_LIKE(base, step, accent) base, 0, true, step, accent
#define SPELT(base, second)             base, second, false, 0, 5

/* clang-format off */
static const struct sql_tailored swedish[] = {
    PAIR(0x111, 0x110, LIKE('d', 0, 5)), PAIR(0xf0, 0xd0, LIKE('d', 0, 6)),
    PAIR(0xfc, 0xdc, LIKE('y', 0, 5)), PAIR(0x171, 0x170, LIKE('y', 0, 6)),
    PAIR(0xe5, 0xc5, BEFORE(0x1c0, 1)), PAIR(0xe4, 0xc4, BEFORE(0x1c0, 2)),
    PAIR(0xe6, 0xc6, BEFORE_LIKE(0x1c0, 2, 5)), PAIR(0x119, 0x118, BEFORE_LIKE(0x1c0, 2, 6)),
    PAIR(0xf6, 0xd6, BEFORE(0x1c0, 3)), PAIR(0xf8, 0xd8, BEFORE_LIKE(0x1c0, 3, 5)),
    PAIR(0x151, 0x150, BEFORE_LIKE(0x1c0, 3, 6)), PAIR(0x153, 0x152, BEFORE_LIKE(0x1c0, 3, 7)),
    PAIR(0xf4, 0xd4, BEFORE_LIKE(0x1c0, 3, 8)),
};

static const struct sql_tailored turkish[] = {
    PAIR(0xe7, 0xc7, BEHIND('c', 1)), PAIR(0x11f, 0x11e, BEHIND('g', 1)),
    PAIR(0x131, 'I', BEFORE('i', 255)), {0x130, 'i', 0, false, 0, 0, UPPER},
    PAIR(0xf6, 0xd6, BEHIND('o', 1)), PAIR(0x15f, 0x15e, BEHIND('s', 1)),
    PAIR(0xfc, 0xdc, BEHIND('u', 1)),
};

static const struct sql_tailored spanish[] = {PAIR(0xf1, 0xd1, BEHIND('n', 1))};

static const struct sql_tailored german_phonebook[] = {
    PAIR(0xe4, 0xc4, SPELT('a', 'e')), PAIR(0xf6, 0xd6, SPELT('o', 'e')),
    PAIR(0xfc, 0xdc, SPELT('u', 'e')),
};
/* clang-format on */

#define TAILORING(locale, letters)                           \
    {                                                        \
        locale, letters, sizeof(letters) / sizeof *(letters) \
    }

static const struct sql_tailoring tailorings[] = {
    TAILORING("sv", swedish),
    TAILORING("tr", turkish),
    TAILORING("es", spanish),
    TAILORING("de@phonebook", german_phonebook),
};

const struct sql_tailored *sql_tailoring_find(const struct sql_tailoring *tailoring, uint32_t code)
{
    for (uint16_t i = 0; i < tailoring->count; i++)
        if (tailoring->letters[i].code == code)
            return &tailoring->letters[i];
    return NULL;
}

/* Languages with letters of their own that are not among the tables above; a region may be named. */
static const char unknown_languages[] =
    " af am ar as az be bg bn br bs ceb cs cy da dsb ee el eo et fa fi fil fo fy gl gu ha haw he hi "
    "hr hsb hu hy ig is ja ka kk kl kn ko kok ku ky lkt ln lt lv mk ml mn mr mt nb ne nn no om or "
    "pa pl ps ro ru se si sk sl smn sq sr ta te th tk to ug uk ur uz vi wo yi yo yue zh en-us-posix "
    "fr-ca ";

/* ---- a locale's name */

/* The name in lower case with '-' for '_'. */
struct locale {
    char text[64];
    size_t len;
};

static bool known(struct slice words, struct slice word)
{
    for (size_t at = 0; at + word.len + 2 <= words.len; at++)
        if (words.ptr[at] == ' ' && words.ptr[at + word.len + 1] == ' ' &&
            !memcmp(words.ptr + at + 1, word.ptr, word.len))
            return true;
    return false;
}

static struct slice first_part(struct slice *rest, const char *ends)
{
    size_t at = 0;
    while (at < rest->len && !strchr(ends, rest->ptr[at]))
        at++;
    struct slice part = slice_of(rest->ptr, at);
    *rest = slice_from(*rest, at < rest->len ? at + 1 : at);
    return part;
}

static bool is_one_of(struct slice word, const char *a, const char *b)
{
    return slice_eq_str(word, a) || slice_eq_str(word, b);
}

/* Sets what a key and its value say, by both spellings of each; unknown ones say nothing. False: not
 * known here. */
static bool set_attribute(struct sql_collator *out, struct slice key, struct slice value,
                          struct slice *kind)
{
    bool yes = value.len == 0 || is_one_of(value, "true", "yes");
    if (is_one_of(key, "ks", "colstrength"))
        out->strength = is_one_of(value, "level1", "primary")     ? 1
                        : is_one_of(value, "level2", "secondary") ? 2
                                                                  : 3;
    else if (is_one_of(key, "kc", "colcaselevel"))
        out->case_level = yes;
    else if (is_one_of(key, "kn", "colnumeric"))
        out->numeric = yes;
    else if (is_one_of(key, "kb", "colbackwards"))
        out->backwards = yes;
    else if (is_one_of(key, "ka", "colalternate"))
        out->shifted = slice_eq_str(value, "shifted");
    else if (is_one_of(key, "kf", "colcasefirst"))
        out->case_first = slice_eq_str(value, "upper")   ? SQL_FIRST_UPPER
                          : slice_eq_str(value, "lower") ? SQL_FIRST_LOWER
                                                         : SQL_FIRST_NONE;
    else if (is_one_of(key, "co", "collation"))
        *kind = is_one_of(value, "phonebk", "phonebook") ? slice_str("phonebook") : value;
    else
        return !is_one_of(key, "kr", "colreorder") && !is_one_of(key, "kv", "maxvariable");
    return true;
}

/* -u-ks-level1-kn: a key has two characters, what follows it is its value. */
static bool read_extension(struct sql_collator *out, struct slice rest, struct slice *kind)
{
    struct slice key = first_part(&rest, "-");
    while (key.len) {
        struct slice value = slice_of(key.ptr, 0), next = first_part(&rest, "-");
        if (next.len > 2) {
            value = next;
            next = first_part(&rest, "-");
        }
        if (!set_attribute(out, key, value, kind))
            return false;
        key = next;
    }
    return true;
}

/* @colStrength=primary;colNumeric=yes */
static bool read_keywords(struct sql_collator *out, struct slice rest, struct slice *kind)
{
    while (rest.len) {
        struct slice value = first_part(&rest, ";"), key = first_part(&value, "=");
        if (!set_attribute(out, key, value, kind))
            return false;
    }
    return true;
}

static bool set_language(struct sql_collator *out, struct slice name, struct slice kind)
{
    struct slice rest = name, language = first_part(&rest, "-.");
    bool standard = kind.len == 0 || slice_eq_str(kind, "standard");
    out->cases = is_one_of(language, "tr", "az") ? SQL_CASE_TURKISH : SQL_CASE_FULL;
    for (size_t i = 0; i < sizeof tailorings / sizeof *tailorings; i++) {
        struct slice wanted = slice_str(tailorings[i].locale), wanted_rest = wanted;
        struct slice of = first_part(&wanted_rest, "@");
        if (slice_eq(of, language) &&
            (slice_eq(wanted_rest, kind) || (!wanted_rest.len && standard)))
            out->tailoring = &tailorings[i];
    }
    struct slice unknown = slice_str(unknown_languages);
    return out->tailoring || (standard && !known(unknown, language) && !known(unknown, name));
}

bool sql_collator_of_locale(struct slice locale, struct sql_collator *out)
{
    struct locale name = {.len = 0};
    if (locale.len >= sizeof name.text)
        return false;
    for (size_t i = 0; i < locale.len; i++)
        name.text[name.len++] = locale.ptr[i] == '_' ? '-' : (char)ascii_lower(locale.ptr[i]);
    struct slice text = slice_of(name.text, name.len), kind = slice_of("", 0);
    struct slice keywords = text, tag = first_part(&keywords, "@");
    struct slice extension = slice_of("", 0);
    for (size_t at = 0; at + 3 <= tag.len; at++)
        if (!memcmp(tag.ptr + at, "-u-", 3)) {
            extension = slice_from(tag, at + 3);
            tag.len = at;
            break;
        }
    *out = (struct sql_collator){.strength = 3, .deterministic = true};
    return read_extension(out, extension, &kind) && read_keywords(out, keywords, &kind) &&
           set_language(out, tag, kind);
}
