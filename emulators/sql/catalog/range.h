/* What a range type is made of; type.extra of ranges and of their multiranges. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_RANGE_H
#define PARLEL_EMULATORS_SQL_CATALOG_RANGE_H

#include <stdint.h>

struct sql_range_info {
    uint32_t range, subtype, multirange, collation, operator_class;
    uint32_t canonical, difference; /* routines, 0: none */
};

#endif
