/* SQL as PostgreSQL reads it: from text to syntax trees (emulators/sql/syntax).
 *
 * The text is UTF-8 without NUL. Trees are made in the arena and may borrow from the text, which
 * must live as long. Locations are byte offsets in the text.
 *
 * Errors are those of PostgreSQL's own lexer and grammar, 42601 "syntax error at or near ..." above
 * all; error->position is the byte + 1, the session makes characters of it. Nesting is bounded by
 * the stack that the fiber has left (54001). */
#ifndef PARLEL_EMULATORS_POSTGRES_SYNTAX_PARSE_H
#define PARLEL_EMULATORS_POSTGRES_SYNTAX_PARSE_H

#include "emulators/sql/error.h"
#include "emulators/sql/syntax/ast_utility.h"

enum pg_backslash_quote {
    PG_BACKSLASH_QUOTE_SAFE_ENCODING, /* as PostgreSQL's default; UTF-8 is safe */
    PG_BACKSLASH_QUOTE_ON,
    PG_BACKSLASH_QUOTE_OFF, /* in the order of the setting's words */
};

/* A notice or warning of the lexer: a truncated identifier (42622), a backslash in a plain string.
 * location as in the tree, -1: none; the strings live in the parse's arena. */
typedef void pg_parse_notice(void *context, enum sql_severity severity, const char *sqlstate,
                             int32_t location, struct slice message, struct slice hint);

/* Zeroed: not what a session starts with, pg_parse_options_default is. */
struct pg_parse_options {
    bool standard_conforming_strings;
    bool escape_string_warning;
    enum pg_backslash_quote backslash_quote;
    pg_parse_notice *notice; /* NULL: nobody listens */
    void *notice_context;
};

extern const struct pg_parse_options pg_parse_options_default;

/* All statements of the text: ast_raw_statement each; empty ones are left out. */
bool pg_parse(struct arena *arena, struct slice text, const struct pg_parse_options *options,
              struct ast_list *out, struct sql_error *error);

/* For routines: an expression with all that may follow SELECT (the tree is an ast_select with one
 * or more targets). */
bool pg_parse_expression(struct arena *arena, struct slice text,
                         const struct pg_parse_options *options, struct ast_node **out,
                         struct sql_error *error);
/* A type's name, as in int[] or SETOF a.b. */
bool pg_parse_type_name(struct arena *arena, struct slice text,
                        const struct pg_parse_options *options, struct ast_type_name **out,
                        struct sql_error *error);
/* target := expression; the first name_parts (1 to 3) parts of the target name the variable. */
bool pg_parse_assignment(struct arena *arena, struct slice text, int32_t name_parts,
                         const struct pg_parse_options *options, struct ast_assignment **out,
                         struct sql_error *error);

#endif
