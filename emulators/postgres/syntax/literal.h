/* Values of quoted literals: quotes, continuations over lines and escapes taken out.
 *
 * `raw` is the literal as it stands in the text, from its first quote to its last. Results are in
 * the lexer's arena or borrow from raw; failing fills lexer->failure. */
#ifndef PARLEL_EMULATORS_POSTGRES_SYNTAX_LITERAL_H
#define PARLEL_EMULATORS_POSTGRES_SYNTAX_LITERAL_H

#include "emulators/postgres/syntax/lexer.h"

/* 'it''s'; also "names" with their doubled quotes. */
bool pg_literal_plain(struct pg_lexer *lexer, struct slice raw, struct slice *out);
/* E'...': backslashes escape. */
bool pg_literal_escaped(struct pg_lexer *lexer, struct slice raw, struct slice *out);
/* U&'...' or U&"...": escapes of a string that pg_literal_plain has read. `at` is the token's. */
bool pg_literal_unicode(struct pg_lexer *lexer, struct slice value, uint8_t escape, int32_t at,
                        struct slice *out);

#endif
