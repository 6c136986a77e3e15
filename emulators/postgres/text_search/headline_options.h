/* What ts_headline is told: "MaxWords=20, StartSel=<em>, StopSel = '</em>'". */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_HEADLINE_OPTIONS_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_HEADLINE_OPTIONS_H

#include "emulators/sql/value/call.h"

struct pg_headline_options {
    int32_t max_words, min_words, short_word, max_fragments;
    bool all; /* the whole document */
    struct slice start, stop, delimiter;
};

/* Reads the list (ptr NULL: defaults) and checks what it says. */
bool pg_headline_options_read(struct sql_call *call, struct slice list,
                              struct pg_headline_options *out);

#endif
