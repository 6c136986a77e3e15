/* Patterns of to_char and to_number for numbers. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FORMAT_NUMBER_PATTERN_H
#define PARLEL_EMULATORS_SQL_VALUE_FORMAT_NUMBER_PATTERN_H

#include "emulators/sql/value/type.h"

enum sql_number_key {
    SQL_NUMBER_TEXT, /* a character that stands for itself */
    SQL_NUMBER_COMMA,
    SQL_NUMBER_POINT,
    SQL_NUMBER_0,
    SQL_NUMBER_9,
    SQL_NUMBER_B,
    SQL_NUMBER_D,
    SQL_NUMBER_EEEE,
    SQL_NUMBER_FM,
    SQL_NUMBER_G,
    SQL_NUMBER_L,
    SQL_NUMBER_MI,
    SQL_NUMBER_PL,
    SQL_NUMBER_PR,
    SQL_NUMBER_RN,
    SQL_NUMBER_SG,
    SQL_NUMBER_S,
    SQL_NUMBER_SP,
    SQL_NUMBER_TH,
    SQL_NUMBER_V,
    SQL_NUMBER_C,
    SQL_NUMBER_END,
};

struct sql_number_node {
    enum sql_number_key key;
    struct slice text;
};

/* What all nodes together want. */
struct sql_number_pattern {
    const struct sql_number_node *nodes; /* SQL_NUMBER_END behind the last */
    int pre, post, multi;                /* digits before the point, behind it, behind V */
    int zero_start, zero_end; /* digits that 0 asks for: place of the first, end of the last */
    int sign_at;              /* digits before S */
    enum { SQL_SIGN_NONE, SQL_SIGN_BEFORE, SQL_SIGN_BEHIND } sign;
    bool decimal, zero, fill, locale_sign, bracket, minus, plus, roman, times, scientific, blank;
};

/* Takes a pattern apart; 42601 for what does not go together. */
bool sql_number_pattern_parse(struct sql_call *call, struct slice text,
                              struct sql_number_pattern *out);

#endif
