/* PostgreSQL's rules of reading statements, for the core's analysis. */
#ifndef PARLEL_EMULATORS_POSTGRES_ANALYZE_RULES_H
#define PARLEL_EMULATORS_POSTGRES_ANALYZE_RULES_H

#include "emulators/sql/analyze/rules.h"

extern const struct sql_analysis_rules pg_analysis_rules;

#endif
