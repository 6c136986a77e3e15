/* Sets of characters, and the brackets that write them. Classes and case are those of ASCII, as
 * the C collation has them. */
#include "emulators/sql/value/regex/regex_node.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

struct regex_set *regex_set_create(struct sql_regex *regex)
{
    struct regex_set *set = arena_zalloc(regex->arena, sizeof(*set));
    if (!set)
        sql_fail_memory(regex->error);
    return set;
}

bool regex_set_has(const struct regex_set *set, uint32_t code)
{
    if (code < 128)
        return set->ascii[code / 64] >> (code % 64) & 1;
    for (uint32_t i = 0; i < set->range_count; i++)
        if (code >= set->ranges[i].low && code <= set->ranges[i].high)
            return true;
    return false;
}

static bool add_range(struct sql_regex *regex, struct regex_set *set, uint32_t low, uint32_t high)
{
    if (set->range_count == set->range_room) {
        uint32_t room = set->range_room ? set->range_room * 2 : 4;
        struct regex_range *moved = arena_array(regex->arena, room, sizeof(*moved));
        if (!moved)
            return sql_fail_memory(regex->error);
        if (set->range_count)
            memcpy(moved, set->ranges, set->range_count * sizeof(*moved));
        set->ranges = moved;
        set->range_room = room;
    }
    set->ranges[set->range_count++] = (struct regex_range){low, high};
    return true;
}

bool regex_set_add(struct sql_regex *regex, struct regex_set *set, uint32_t low, uint32_t high)
{
    for (; low <= high && low < 128; low++)
        set->ascii[low / 64] |= (uint64_t)1 << (low % 64);
    return low > high || add_range(regex, set, low, high);
}

static bool is_graph(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_alpha(uint8_t c)
{
    return sql_is_letter(c);
}

static bool is_alnum(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c);
}

static bool is_word(uint8_t c)
{
    return is_alnum(c) || c == '_';
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_xdigit(uint8_t c)
{
    return sql_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_control(uint8_t c)
{
    return c < ' ' || c == 0x7f;
}

static bool is_print(uint8_t c)
{
    return c >= ' ' && c < 0x7f;
}

static bool is_any(uint8_t c)
{
    return c < 128;
}

static const struct {
    const char *name;
    bool (*has)(uint8_t c);
} classes[] = {
    {"alnum",  is_alnum          },
    {"alpha",  is_alpha          },
    {"ascii",  is_any            },
    {"blank",  is_blank          },
    {"cntrl",  is_control        },
    {"digit",  sql_is_digit      },
    {"graph",  is_graph          },
    {"lower",  is_lower          },
    {"print",  is_print          },
    {"punct",  sql_is_punctuation},
    {"space",  sql_is_blank      },
    {"upper",  is_upper          },
    {"xdigit", is_xdigit         },
    {"word",   is_word           },
};

bool regex_is_word(uint32_t code)
{
    return code < 128 && is_word((uint8_t)code);
}

bool regex_set_add_class(struct sql_regex *regex, struct regex_set *set, struct slice name,
                         bool *known)
{
    *known = false;
    /* Where case does not count, upper and lower are letters. */
    if ((regex->flags & SQL_REGEX_NOCASE) &&
        (slice_eq_str(name, "upper") || slice_eq_str(name, "lower")))
        name = slice_str("alpha");
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
        if (!slice_eq_str(name, classes[i].name))
            continue;
        *known = true;
        for (uint32_t c = 0; c < 128; c++)
            if (classes[i].has((uint8_t)c) && !regex_set_add(regex, set, c, c))
                return false;
    }
    return true;
}

bool regex_set_fold(struct sql_regex *regex, struct regex_set *set)
{
    for (uint32_t c = 'a'; c <= 'z'; c++) {
        uint32_t upper = c - 'a' + 'A';
        if (!regex_set_has(set, c) && !regex_set_has(set, upper))
            continue;
        if (!regex_set_add(regex, set, c, c) || !regex_set_add(regex, set, upper, upper))
            return false;
    }
    return true;
}

/* The lowest range that begins at `from` or later. */
static const struct regex_range *lowest(const struct regex_set *set, uint32_t from)
{
    const struct regex_range *found = NULL;
    for (uint32_t i = 0; i < set->range_count; i++)
        if (set->ranges[i].high >= from && (!found || set->ranges[i].low < found->low))
            found = &set->ranges[i];
    return found;
}

bool regex_set_complement(struct sql_regex *regex, struct regex_set *set)
{
    struct regex_set old = *set;
    *set = (struct regex_set){
        .ascii = {~old.ascii[0], ~old.ascii[1]}
    };
    uint32_t from = 128;
    for (const struct regex_range *r; from <= REGEX_CODE_MAX && (r = lowest(&old, from));) {
        if (r->low > from && !add_range(regex, set, from, r->low - 1))
            return false;
        from = r->high + 1;
    }
    return from > REGEX_CODE_MAX || add_range(regex, set, from, REGEX_CODE_MAX);
}

/* ---- brackets */

struct bracket {
    struct sql_regex *regex;
    struct slice *rest;
    struct regex_set *set;
};

/* Names of single characters in [. .], as POSIX has them. */
static const struct {
    const char *name;
    uint32_t code;
} collating[] = {
    {"NUL",                  0   },
    {"SOH",                  1   },
    {"STX",                  2   },
    {"ETX",                  3   },
    {"EOT",                  4   },
    {"ENQ",                  5   },
    {"ACK",                  6   },
    {"BEL",                  7   },
    {"alert",                7   },
    {"BS",                   8   },
    {"backspace",            8   },
    {"HT",                   9   },
    {"tab",                  9   },
    {"LF",                   10  },
    {"newline",              10  },
    {"VT",                   11  },
    {"vertical-tab",         11  },
    {"FF",                   12  },
    {"form-feed",            12  },
    {"CR",                   13  },
    {"carriage-return",      13  },
    {"SO",                   14  },
    {"SI",                   15  },
    {"DLE",                  16  },
    {"DC1",                  17  },
    {"DC2",                  18  },
    {"DC3",                  19  },
    {"DC4",                  20  },
    {"NAK",                  21  },
    {"SYN",                  22  },
    {"ETB",                  23  },
    {"CAN",                  24  },
    {"EM",                   25  },
    {"SUB",                  26  },
    {"ESC",                  27  },
    {"IS4",                  28  },
    {"FS",                   28  },
    {"IS3",                  29  },
    {"GS",                   29  },
    {"IS2",                  30  },
    {"RS",                   30  },
    {"IS1",                  31  },
    {"US",                   31  },
    {"space",                ' ' },
    {"exclamation-mark",     '!' },
    {"quotation-mark",       '"' },
    {"number-sign",          '#' },
    {"dollar-sign",          '$' },
    {"percent-sign",         '%' },
    {"ampersand",            '&' },
    {"apostrophe",           '\''},
    {"left-parenthesis",     '(' },
    {"right-parenthesis",    ')' },
    {"asterisk",             '*' },
    {"plus-sign",            '+' },
    {"comma",                ',' },
    {"hyphen",               '-' },
    {"hyphen-minus",         '-' },
    {"period",               '.' },
    {"full-stop",            '.' },
    {"slash",                '/' },
    {"solidus",              '/' },
    {"zero",                 '0' },
    {"one",                  '1' },
    {"two",                  '2' },
    {"three",                '3' },
    {"four",                 '4' },
    {"five",                 '5' },
    {"six",                  '6' },
    {"seven",                '7' },
    {"eight",                '8' },
    {"nine",                 '9' },
    {"colon",                ':' },
    {"semicolon",            ';' },
    {"less-than-sign",       '<' },
    {"equals-sign",          '=' },
    {"greater-than-sign",    '>' },
    {"question-mark",        '?' },
    {"commercial-at",        '@' },
    {"left-square-bracket",  '[' },
    {"backslash",            '\\'},
    {"reverse-solidus",      '\\'},
    {"right-square-bracket", ']' },
    {"circumflex",           '^' },
    {"circumflex-accent",    '^' },
    {"underscore",           '_' },
    {"low-line",             '_' },
    {"grave-accent",         '`' },
    {"left-brace",           '{' },
    {"left-curly-bracket",   '{' },
    {"vertical-line",        '|' },
    {"right-brace",          '}' },
    {"right-curly-bracket",  '}' },
    {"tilde",                '~' },
    {"DEL",                  127 },
};

static bool starts(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.ptr, with, len) == 0;
}

/* What stands between [x and x], which is passed; the opening is passed already. */
static bool read_enclosed(struct bracket *b, char kind, struct slice *out)
{
    const char end[] = {kind, ']', '\0'};
    size_t at = sql_text_find(*b->rest, slice_of(end, 2));
    if (at == SIZE_MAX)
        return regex_fail(b->regex->error, "brackets [] not balanced");
    *out = slice_of(b->rest->ptr, at);
    *b->rest = slice_from(*b->rest, at + 2);
    return true;
}

static bool read_collating(struct bracket *b, char kind, uint32_t *code)
{
    struct slice name;
    if (!read_enclosed(b, kind, &name))
        return false;
    if (name.len > 0 && sql_text_prefix(name, 1).len == name.len) {
        size_t width;
        *code = sql_char_get(name, &width);
        return true;
    }
    for (size_t i = 0; i < sizeof(collating) / sizeof(*collating); i++) {
        if (slice_eq_str(name, collating[i].name)) {
            *code = collating[i].code;
            return true;
        }
    }
    return regex_fail(b->regex->error, "invalid collating element");
}

/* What a member of a bracket is. */
enum member { MEMBER_CODE, MEMBER_CLASS, MEMBER_ERROR };

static enum member add_class(struct bracket *b, struct slice name, bool negated)
{
    bool known;
    struct regex_set *set = regex_set_create(b->regex);
    if (!set || !regex_set_add_class(b->regex, set, name, &known))
        return MEMBER_ERROR;
    if (!known) {
        regex_fail(b->regex->error, "invalid character class");
        return MEMBER_ERROR;
    }
    if (negated && !regex_set_complement(b->regex, set))
        return MEMBER_ERROR;
    for (uint32_t i = 0; i < set->range_count; i++)
        if (!regex_set_add(b->regex, b->set, set->ranges[i].low, set->ranges[i].high))
            return MEMBER_ERROR;
    b->set->ascii[0] |= set->ascii[0];
    b->set->ascii[1] |= set->ascii[1];
    return MEMBER_CLASS;
}

static enum member read_bracket_escape(struct bracket *b, uint32_t *code)
{
    static const struct {
        char letter;
        const char *name;
        bool negated;
    } letters[] = {
        {'d', "digit", false},
        {'s', "space", false},
        {'w', "word",  false},
        {'D', "digit", true },
        {'S', "space", true },
        {'W', "word",  true }
    };
    for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
        if (b->rest->len == 0 || b->rest->ptr[0] != (uint8_t)letters[i].letter)
            continue;
        *b->rest = slice_from(*b->rest, 1);
        return add_class(b, slice_str(letters[i].name), letters[i].negated);
    }
    if (regex_read_escape(b->rest, 0, code) == REGEX_ESCAPE_CHAR)
        return MEMBER_CODE;
    regex_fail(b->regex->error, "invalid escape \\ sequence");
    return MEMBER_ERROR;
}

/* One member: a character, whose code it gives, or a class, which it adds. */
static enum member read_member(struct bracket *b, uint32_t *code)
{
    bool advanced = !(b->regex->flags & (SQL_REGEX_BASIC | SQL_REGEX_EXTENDED));
    struct slice name;
    size_t width;
    if (b->rest->len == 0) {
        regex_fail(b->regex->error, "brackets [] not balanced");
        return MEMBER_ERROR;
    }
    if (starts(*b->rest, "[:")) {
        *b->rest = slice_from(*b->rest, 2);
        return read_enclosed(b, ':', &name) ? add_class(b, name, false) : MEMBER_ERROR;
    }
    if (starts(*b->rest, "[.") || starts(*b->rest, "[=")) {
        char kind = (char)b->rest->ptr[1];
        *b->rest = slice_from(*b->rest, 2);
        if (!read_collating(b, kind, code))
            return MEMBER_ERROR;
        if (kind == '.')
            return MEMBER_CODE;
        return regex_set_add(b->regex, b->set, *code, *code) ? MEMBER_CLASS : MEMBER_ERROR;
    }
    *code = sql_char_get(*b->rest, &width);
    *b->rest = slice_from(*b->rest, width);
    return *code == '\\' && advanced ? read_bracket_escape(b, code) : MEMBER_CODE;
}

/* A member or a range of two. */
static bool read_part(struct bracket *b)
{
    uint32_t low, high;
    enum member kind = read_member(b, &low);
    if (kind == MEMBER_ERROR)
        return false;
    bool range = b->rest->len > 1 && b->rest->ptr[0] == '-' && b->rest->ptr[1] != ']';
    if (kind == MEMBER_CLASS)
        return !range || regex_fail(b->regex->error, "invalid character range");
    if (!range)
        return regex_set_add(b->regex, b->set, low, low);
    *b->rest = slice_from(*b->rest, 1);
    kind = read_member(b, &high);
    if (kind == MEMBER_ERROR)
        return false;
    if (kind == MEMBER_CLASS || high < low)
        return regex_fail(b->regex->error, "invalid character range");
    return regex_set_add(b->regex, b->set, low, high);
}

bool regex_parse_bracket(struct sql_regex *regex, struct slice *rest, struct regex_node *node)
{
    if (starts(*rest, "[:<:]]") || starts(*rest, "[:>:]]")) {
        node->kind = REGEX_ASSERT;
        node->assert = rest->ptr[2] == '<' ? REGEX_WORD_START : REGEX_WORD_END;
        *rest = slice_from(*rest, 6);
        return true;
    }
    struct bracket b = {regex, rest, regex_set_create(regex)};
    if (!b.set)
        return false;
    bool negated = starts(*rest, "^");
    if (negated)
        *rest = slice_from(*rest, 1);
    do {
        if (!read_part(&b))
            return false;
        if (rest->len == 0)
            return regex_fail(regex->error, "brackets [] not balanced");
    } while (rest->ptr[0] != ']');
    *rest = slice_from(*rest, 1);
    if ((regex->flags & SQL_REGEX_NOCASE) && !regex_set_fold(regex, b.set))
        return false;
    if (negated) {
        if ((regex->flags & SQL_REGEX_NEWLINE_STOPS) && !regex_set_add(regex, b.set, '\n', '\n'))
            return false;
        if (!regex_set_complement(regex, b.set))
            return false;
    }
    node->kind = REGEX_SET;
    node->set = b.set;
    return true;
}
