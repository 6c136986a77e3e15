#include "emulators/sql/value/format_pattern.h"

#include "emulators/sql/value/text_scan.h"

const char *const sql_month_names[12] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
const char *const sql_day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};
const char *const sql_roman_months[12] = {"I",   "II",   "III", "IV", "V",  "VI",
                                          "VII", "VIII", "IX",  "X",  "XI", "XII"};

struct keyword {
    const char *text; /* as written in capitals */
    enum sql_pattern_key key;
    uint8_t digits;
    bool is_number;
    enum sql_pattern_mode mode;
    bool capitalized; /* Month and the like exist, too */
};

#define GREGORIAN SQL_PATTERN_GREGORIAN
#define ISO_WEEK  SQL_PATTERN_ISO_WEEK

/* Longer ones first where one begins as another does. */
static const struct keyword keywords[] = {
    {"A.D.",  SQL_KEY_AD_DOTS, 0, false, SQL_PATTERN_ANY, false},
    {"A.M.",  SQL_KEY_AM_DOTS, 0, false, SQL_PATTERN_ANY, false},
    {"AD",    SQL_KEY_AD,      0, false, SQL_PATTERN_ANY, false},
    {"AM",    SQL_KEY_AM,      0, false, SQL_PATTERN_ANY, false},
    {"B.C.",  SQL_KEY_AD_DOTS, 0, false, SQL_PATTERN_ANY, false},
    {"BC",    SQL_KEY_AD,      0, false, SQL_PATTERN_ANY, false},
    {"CC",    SQL_KEY_CC,      0, true,  SQL_PATTERN_ANY, false},
    {"DAY",   SQL_KEY_DAY,     0, false, SQL_PATTERN_ANY, true },
    {"DDD",   SQL_KEY_DDD,     0, true,  GREGORIAN,       false},
    {"DD",    SQL_KEY_DD,      0, true,  GREGORIAN,       false},
    {"DY",    SQL_KEY_DY,      0, false, SQL_PATTERN_ANY, true },
    {"D",     SQL_KEY_D,       0, true,  GREGORIAN,       false},
    {"FF1",   SQL_KEY_FF,      1, true,  SQL_PATTERN_ANY, false},
    {"FF2",   SQL_KEY_FF,      2, true,  SQL_PATTERN_ANY, false},
    {"FF3",   SQL_KEY_FF,      3, true,  SQL_PATTERN_ANY, false},
    {"FF4",   SQL_KEY_FF,      4, true,  SQL_PATTERN_ANY, false},
    {"FF5",   SQL_KEY_FF,      5, true,  SQL_PATTERN_ANY, false},
    {"FF6",   SQL_KEY_FF,      6, true,  SQL_PATTERN_ANY, false},
    {"FX",    SQL_KEY_FX,      0, false, SQL_PATTERN_ANY, false},
    {"HH24",  SQL_KEY_HH24,    0, true,  SQL_PATTERN_ANY, false},
    {"HH12",  SQL_KEY_HH12,    0, true,  SQL_PATTERN_ANY, false},
    {"HH",    SQL_KEY_HH12,    0, true,  SQL_PATTERN_ANY, false},
    {"IDDD",  SQL_KEY_IDDD,    0, true,  ISO_WEEK,        false},
    {"ID",    SQL_KEY_ID,      0, true,  ISO_WEEK,        false},
    {"IW",    SQL_KEY_IW,      0, true,  ISO_WEEK,        false},
    {"IYYY",  SQL_KEY_IYYY,    4, true,  ISO_WEEK,        false},
    {"IYY",   SQL_KEY_IYYY,    3, true,  ISO_WEEK,        false},
    {"IY",    SQL_KEY_IYYY,    2, true,  ISO_WEEK,        false},
    {"I",     SQL_KEY_IYYY,    1, true,  ISO_WEEK,        false},
    {"J",     SQL_KEY_J,       0, true,  SQL_PATTERN_ANY, false},
    {"MI",    SQL_KEY_MI,      0, true,  SQL_PATTERN_ANY, false},
    {"MM",    SQL_KEY_MM,      0, true,  GREGORIAN,       false},
    {"MONTH", SQL_KEY_MONTH,   0, false, GREGORIAN,       true },
    {"MON",   SQL_KEY_MON,     0, false, GREGORIAN,       true },
    {"MS",    SQL_KEY_MS,      0, true,  SQL_PATTERN_ANY, false},
    {"OF",    SQL_KEY_OF,      0, false, SQL_PATTERN_ANY, false},
    {"P.M.",  SQL_KEY_AM_DOTS, 0, false, SQL_PATTERN_ANY, false},
    {"PM",    SQL_KEY_AM,      0, false, SQL_PATTERN_ANY, false},
    {"Q",     SQL_KEY_Q,       0, true,  SQL_PATTERN_ANY, false},
    {"RM",    SQL_KEY_RM,      0, false, GREGORIAN,       false},
    {"SSSSS", SQL_KEY_SSSS,    0, true,  SQL_PATTERN_ANY, false},
    {"SSSS",  SQL_KEY_SSSS,    0, true,  SQL_PATTERN_ANY, false},
    {"SS",    SQL_KEY_SS,      0, true,  SQL_PATTERN_ANY, false},
    {"TZH",   SQL_KEY_TZH,     0, false, SQL_PATTERN_ANY, false},
    {"TZM",   SQL_KEY_TZM,     0, true,  SQL_PATTERN_ANY, false},
    {"TZ",    SQL_KEY_TZ,      0, false, SQL_PATTERN_ANY, false},
    {"US",    SQL_KEY_US,      0, true,  SQL_PATTERN_ANY, false},
    {"WW",    SQL_KEY_WW,      0, true,  GREGORIAN,       false},
    {"W",     SQL_KEY_W,       0, true,  GREGORIAN,       false},
    {"Y,YYY", SQL_KEY_YCYYY,   0, true,  GREGORIAN,       false},
    {"YYYY",  SQL_KEY_YYYY,    4, true,  GREGORIAN,       false},
    {"YYY",   SQL_KEY_YYYY,    3, true,  GREGORIAN,       false},
    {"YY",    SQL_KEY_YYYY,    2, true,  GREGORIAN,       false},
    {"Y",     SQL_KEY_YYYY,    1, true,  GREGORIAN,       false},
};

/* All in capitals, all small, or Capitalized: other mixtures are no keywords. */
static bool matches(const struct keyword *keyword, struct slice at)
{
    size_t len = strlen(keyword->text);
    struct slice found = slice_of(at.ptr, len);
    if (at.len < len || !slice_is(found, keyword->text))
        return false;
    if (slice_eq_str(found, keyword->text))
        return true;
    for (size_t i = 0; i < len; i++) {
        bool small = ascii_lower(found.ptr[i]) == found.ptr[i];
        if (!small && !(i == 0 && keyword->capitalized))
            return false;
    }
    return true;
}

static const struct keyword *find_keyword(struct slice at)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (matches(&keywords[i], at))
            return &keywords[i];
    return NULL;
}

static bool take_either(struct slice *at, const char *upper, const char *lower)
{
    if (at->len < 2 || (memcmp(at->ptr, upper, 2) != 0 && memcmp(at->ptr, lower, 2) != 0))
        return false;
    *at = slice_from(*at, 2);
    return true;
}

static size_t character_len(struct slice at)
{
    size_t len = 1;
    while (len < at.len && (at.ptr[len] & 0xc0) == 0x80)
        len++;
    return len;
}

static struct slice take_character(struct slice *at)
{
    struct slice character = slice_of(at->ptr, character_len(*at));
    *at = slice_from(*at, character.len);
    return character;
}

/* A field with its modifiers; false: none begins here, though a modifier may have been taken. */
static bool take_field(struct slice *at, struct sql_pattern_node *out)
{
    *out = (struct sql_pattern_node){.type = SQL_NODE_FIELD};
    out->fill = take_either(at, "FM", "fm");
    out->localized = !out->fill && take_either(at, "TM", "tm");
    const struct keyword *keyword = find_keyword(*at);
    if (!keyword)
        return false;
    out->text = slice_of(at->ptr, strlen(keyword->text));
    out->key = keyword->key;
    out->digits = keyword->digits;
    out->is_number = keyword->is_number;
    out->mode = keyword->mode;
    *at = slice_from(*at, out->text.len);
    if (at->len >= 2 && slice_is(slice_of(at->ptr, 2), "th")) {
        out->upper_ordinal = at->ptr[0] == 'T' && at->ptr[1] == 'H';
        out->ordinal = out->upper_ordinal || (at->ptr[0] == 't' && at->ptr[1] == 'h');
        if (out->ordinal)
            *at = slice_from(*at, 2);
    }
    if (!out->ordinal && at->len >= 2 && memcmp(at->ptr, "SP", 2) == 0)
        *at = slice_from(*at, 2);
    return true;
}

/* Text in quotation marks, character by character. */
static struct sql_pattern_node *take_quoted(struct slice *at, struct sql_pattern_node *node)
{
    *at = slice_from(*at, 1);
    while (at->len && at->ptr[0] != '"') {
        if (at->ptr[0] == '\\' && at->len > 1)
            *at = slice_from(*at, 1);
        *node++ = (struct sql_pattern_node){.type = SQL_NODE_CHAR, .text = take_character(at)};
    }
    *at = slice_from(*at, 1);
    return node;
}

struct sql_pattern_node *sql_pattern_parse(struct arena *arena, struct slice pattern)
{
    struct sql_pattern_node *nodes = arena_array(arena, pattern.len + 1, sizeof(*nodes));
    struct sql_pattern_node *node = nodes;
    if (!nodes)
        return NULL;
    while (pattern.len) {
        if (take_field(&pattern, node)) {
            node++;
            continue;
        }
        if (pattern.len == 0)
            break;
        if (pattern.ptr[0] == '"') {
            node = take_quoted(&pattern, node);
            continue;
        }
        if (pattern.ptr[0] == '\\' && pattern.len > 1 && pattern.ptr[1] == '"')
            pattern = slice_from(pattern, 1);
        *node = (struct sql_pattern_node){.type = SQL_NODE_CHAR, .text = take_character(&pattern)};
        if (sql_is_punctuation(node->text.ptr[0]))
            node->type = SQL_NODE_SEPARATOR;
        else if (sql_is_blank(node->text.ptr[0]))
            node->type = SQL_NODE_SPACE;
        node++;
    }
    *node = (struct sql_pattern_node){.type = SQL_NODE_END};
    return nodes;
}

const char *sql_ordinal_ending(struct slice number, bool upper)
{
    static const char *const endings[][2] = {
        {"th", "TH"},
        {"st", "ST"},
        {"nd", "ND"},
        {"rd", "RD"}
    };
    uint8_t last = number.len ? number.ptr[number.len - 1] : '0';
    bool teen = number.len > 1 && number.ptr[number.len - 2] == '1';
    return endings[last >= '1' && last <= '3' && !teen ? last - '0' : 0][upper];
}
