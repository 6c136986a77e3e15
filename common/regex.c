#include "common/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

bool regex_check(struct slice pattern, char out_problem[REGEX_PROBLEM_MAX], size_t *out_at)
{
    int code;
    PCRE2_SIZE at;
    pcre2_code *compiled = pcre2_compile(pattern.len ? pattern.ptr : (const uint8_t *)"",
                                         pattern.len, 0, &code, &at, NULL);
    if (!compiled) {
        pcre2_get_error_message(code, (PCRE2_UCHAR *)out_problem, REGEX_PROBLEM_MAX);
        *out_at = at;
        return false;
    }
    pcre2_code_free(compiled);
    return true;
}

bool regex_matches(struct slice pattern, struct slice text)
{
    int code;
    PCRE2_SIZE at;
    if (slice_eq(pattern, slice_str(".*"))) /* what nearly all patterns are */
        return true;
    pcre2_code *compiled = pcre2_compile(pattern.len ? pattern.ptr : (const uint8_t *)"",
                                         pattern.len, 0, &code, &at, NULL);
    pcre2_match_data *data = compiled ? pcre2_match_data_create_from_pattern(compiled, NULL) : NULL;
    bool matches = data && pcre2_match(compiled, text.len ? text.ptr : (const uint8_t *)"",
                                       text.len, 0, 0, data, NULL) >= 0;
    pcre2_match_data_free(data);
    pcre2_code_free(compiled);
    return matches;
}
