/* Inside the compiler: tokens of the body, and the rules that its files use of each other. */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_COMPILER_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_COMPILER_H

#include "emulators/postgres/plpgsql/check.h"
#include "emulators/postgres/plpgsql/compile.h"
#include "emulators/postgres/syntax/lexer.h"

struct pl_compiler {
    struct sql_env *env;
    struct arena *arena; /* the function's */
    struct pl_function *function;
    const struct pl_source *source;
    struct pg_lexer lexer;
    struct slice text;
    struct pg_token token; /* the current one */
    struct pg_token ahead[2];
    unsigned ahead_count;
    int32_t last_end; /* where the token before it ended */
    struct pl_scope *scope;
    enum pl_check_level shadowed; /* variables that hide others */
    unsigned depth;               /* nesting */
    unsigned loops;               /* loops around */
    struct pl_loop_label {
        struct pl_loop_label *outer;
        struct slice name;
        bool loop;
    } * labels;
};

/* ---- tokens */
bool pl_next(struct pl_compiler *c);
const struct pg_token *pl_peek(struct pl_compiler *c, unsigned ahead);
bool pl_is(const struct pl_compiler *c, const char *word); /* a word without quotes */
bool pl_is_sign(const struct pl_compiler *c, int sign);    /* a token's kind */
bool pl_accept(struct pl_compiler *c, const char *word);   /* takes it if it is that */
bool pl_accept_sign(struct pl_compiler *c, int sign);
bool pl_expect(struct pl_compiler *c, const char *word); /* or a syntax error */
bool pl_expect_sign(struct pl_compiler *c, int sign);
bool pl_failed(const struct pl_compiler *c);
/* 42601: syntax error at or near the current token; false. */
bool pl_syntax_error(struct pl_compiler *c);
bool pl_error(struct pl_compiler *c, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int pl_line(const struct pl_compiler *c, int32_t at);
/* A name: any word that is no reserved one; folded. */
bool pl_name(struct pl_compiler *c, struct slice *out);
bool pl_is_name(const struct pl_compiler *c);

/* ---- texts of expressions and statements */

/* The text up to one of the words or signs (NULL ends both lists), outside of brackets. The token
 * that ended it is the current one. */
bool pl_read_text(struct pl_compiler *c, const char *const *words, const char *signs,
                  struct slice *out);
/* An expression's text up to there, parsed. */
bool pl_read_expr(struct pl_compiler *c, const char *const *words, const char *signs,
                  struct pl_expr **out);
/* Up to and with ';'. */
bool pl_read_expr_semicolon(struct pl_compiler *c, struct pl_expr **out);
bool pl_make_expr(struct pl_compiler *c, struct slice text, bool statement, struct pl_expr **out);
bool pl_add_expr(struct pl_compiler *c, struct pl_exprs *list, struct pl_expr *expr);

/* ---- variables */
struct pl_variable *pl_add_variable(struct pl_compiler *c, struct slice name,
                                    enum pl_variable_kind kind, uint32_t type, int32_t typmod);
bool pl_push_scope(struct pl_compiler *c, struct slice label);
void pl_pop_scope(struct pl_compiler *c);
/* The variable at the current token (with its label); NULL: there is none. tokens: how many. */
struct pl_variable *pl_variable_here(struct pl_compiler *c, unsigned *names, unsigned *used);
/* A target: name [.field] [subscripts]. */
bool pl_read_target(struct pl_compiler *c, struct pl_target *out);
/* After INTO: one record, or a list of targets; gives the variable. */
bool pl_read_into(struct pl_compiler *c, uint32_t *out, bool *strict);
bool pl_declare_section(struct pl_compiler *c, struct pl_block *block);
/* A type's text resolved. */
bool pl_resolve_type(struct pl_compiler *c, struct slice text, uint32_t *type, int32_t *typmod);
bool pl_is_composite(struct pl_compiler *c, uint32_t type);

/* ---- statements */
bool pl_block(struct pl_compiler *c, struct slice label, struct pl_statement **out);
bool pl_statements(struct pl_compiler *c, struct pl_statements *out);
bool pl_statement(struct pl_compiler *c, struct pl_statement **out);
/* One that begins with a word of PL/pgSQL's own; *known: there is such. */
bool pl_word_statement(struct pl_compiler *c, struct slice label, struct pl_statement **out,
                       bool *known);
bool pl_sql_statement(struct pl_compiler *c, struct pl_statement **out);
bool pl_loop_statement(struct pl_compiler *c, struct slice label, struct pl_statement **out,
                       bool *known);
bool pl_raise_statement(struct pl_compiler *c, struct pl_statement **out);
bool pl_cursor_statement(struct pl_compiler *c, struct pl_statement **out, bool *known);
bool pl_cursor_arguments(struct pl_compiler *c, const struct pl_variable *cursor,
                         struct pl_exprs *out);
void *pl_new(struct pl_compiler *c, enum pl_statement_kind kind, size_t size);
#define PL_NEW(c, KIND, name) ((struct pl_##name *)pl_new(c, PL_##KIND, sizeof(struct pl_##name)))
bool pl_label_exists(const struct pl_compiler *c, struct slice name, bool *is_loop);
void pl_push_label(struct pl_compiler *c, struct pl_loop_label *label, struct slice name,
                   bool loop);
void pl_pop_label(struct pl_compiler *c);
/* Grows an array of the function's arena by one. */
bool pl_grow(struct pl_compiler *c, void **items, uint32_t count, uint32_t *room, size_t size);

#endif
