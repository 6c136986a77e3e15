/* Letters that languages put elsewhere than the root order does (the common data of CLDR, in its
 * standard orders). Constant tables. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_COLLATION_TAILORING_H
#define PARLEL_EMULATORS_SQL_VALUE_COLLATION_TAILORING_H

#include <stdbool.h>
#include <stdint.h>

struct sql_tailored {
    uint16_t code, base, second; /* as base (and second, if any), but: */
    bool before;                 /* before it rather than behind it */
    uint8_t step;                /* so far behind it as a letter of its own */
    uint8_t accent;              /* above the common secondary weight */
    uint8_t tertiary;
};

struct sql_tailoring {
    const char *locale; /* "sv" */
    const struct sql_tailored *letters;
    uint16_t count;
};

/* NULL: the character is where the root order has it. */
const struct sql_tailored *sql_tailoring_find(const struct sql_tailoring *tailoring, uint32_t code);

#endif
