/* Upper and lower case of characters beyond ASCII. */
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/collation_tables.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

enum { DOTTED = 0x130, DOTLESS = 0x131, SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2, SMALL_SIGMA = 0x3c3 };

/* Where the character is in the table; sql_case_count: it has no case beyond ASCII's. */
static uint32_t find_case(uint32_t code)
{
    uint32_t low = 0, high = sql_case_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sql_case_codes[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sql_case_count && sql_case_codes[low] == code ? low : sql_case_count;
}

static bool has_case(uint32_t code)
{
    return code < 0x80 ? sql_is_letter((uint8_t)code) : find_case(code) < sql_case_count;
}

static void add_ascii(const struct sql_collator *collator, uint32_t code, enum sql_case to,
                      struct sql_bytes *out)
{
    bool turkish = collator->cases == SQL_CASE_TURKISH;
    if (turkish && to == SQL_LOWER && code == 'I')
        code = DOTLESS;
    else if (turkish && to != SQL_LOWER && code == 'i')
        code = DOTTED;
    else if (to == SQL_LOWER)
        code = ascii_lower((uint8_t)code);
    else if (code >= 'a' && code <= 'z')
        code -= 'a' - 'A';
    sql_char_add(out, code);
}

static void add_changed(const struct sql_collator *collator, uint32_t code, enum sql_case to,
                        struct sql_bytes *out)
{
    uint32_t at = code < 0x80 ? sql_case_count : find_case(code);
    if (code < 0x80) {
        add_ascii(collator, code, to, out);
        return;
    }
    if (collator->cases != SQL_CASE_FULL && code == DOTTED && to == SQL_LOWER) {
        sql_char_add(out, 'i');
        return;
    }
    uint32_t first = at < sql_case_count ? sql_case_firsts[3 * at + to] : 0;
    uint32_t end = at < sql_case_count ? sql_case_firsts[3 * at + to + 1] : 0;
    /* One letter that becomes several does not when each stands for one. */
    if (first == end || (end - first > 1 && collator->cases == SQL_CASE_SIMPLE))
        sql_char_add(out, code);
    else
        for (uint32_t i = first; i < end; i++)
            sql_char_add(out, sql_case_characters[i]);
}

/* Symbols and punctuation by their blocks. */
static bool is_symbol(uint32_t code)
{
    return code < 0x100 || (code >= 0x2000 && code < 0x2c00) || (code >= 0x3000 && code < 0x3040) ||
           code >= 0x1f000;
}

static bool is_word(uint32_t code)
{
    return code < 0x80 ? sql_is_letter((uint8_t)code) || sql_is_digit((uint8_t)code)
                       : has_case(code) || !is_symbol(code);
}

/* UAX 29: what joins letters into a word when it stands between two. */
static bool joins(uint32_t code, bool letter_follows)
{
    return code == '_' || code == '@' ||
           (letter_follows && (code == '\'' || code == '.' || code == 0xb7 || code == 0x2019));
}

void sql_case_change(const struct sql_collator *collator, struct slice text, enum sql_case to,
                     struct sql_bytes *out)
{
    bool within = false, full = collator->cases >= SQL_CASE_FULL;
    while (text.len) {
        size_t width;
        uint32_t code = sql_char_get(text, &width);
        text = slice_from(text, width);
        size_t next_width;
        bool last = !text.len || !has_case(sql_char_get(text, &next_width));
        bool joined = full && within && joins(code, !last);
        enum sql_case here = to == SQL_TITLE && within ? SQL_LOWER : to;
        if (full && code == SIGMA && here == SQL_LOWER)
            sql_char_add(out, within && last ? FINAL_SIGMA : SMALL_SIGMA);
        else
            add_changed(collator, code, here, out);
        within = joined || is_word(code);
    }
}
