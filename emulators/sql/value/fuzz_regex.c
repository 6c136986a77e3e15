/* Any pattern over any text: spans are inside the text and in order, and a literal search finds
 * what memcmp finds. The input is flags, pattern, NUL, text. */
#include "common/assert.h"
#include "emulators/sql/value/regex/regex.h"
#include "emulators/sql/value/test_value.h"

#define GROUPS_MAX 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 1 ? memchr(data + 1, 0, size - 1) : NULL;
    struct test_value t;
    struct sql_regex *regex;
    struct sql_regex_span spans[GROUPS_MAX];
    bool found;
    if (!end)
        return 0;
    test_value_init(&t);
    struct slice pattern = slice_of(data + 1, (size_t)(end - data) - 1);
    struct slice text = slice_of(end + 1, size - (size_t)(end - data) - 1);
    bool valid =
        text.len < 200 && sql_text_check(&t.error, pattern) && sql_text_check(&t.error, text);
    if (valid && sql_regex_compile(&t.env, &t.arena, pattern, data[0], &regex)) {
        unsigned count = sql_regex_groups(regex) + 1;
        count = count < GROUPS_MAX ? count : GROUPS_MAX;
        if (sql_regex_search(&t.call, regex, text, 0, spans, count, &found) && found) {
            for (unsigned i = 0; i < count; i++) {
                if (spans[i].start == SIZE_MAX)
                    continue;
                ASSERT(spans[i].start <= spans[i].end);
                ASSERT(spans[i].end <= text.len);
            }
        }
        if (data[0] == SQL_REGEX_LITERAL)
            ASSERT(found == (sql_text_find(text, pattern) != SIZE_MAX));
    }
    test_value_done(&t);
    return 0;
}
