#include "emulators/postgres/functions/functions.h"

#include <stdarg.h>
#include <stdio.h>

#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/text_search/document.h"
#include "emulators/postgres/text_search/headline.h"
#include "emulators/sql/exec/ordered_set.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/record.h"

/* One row a file of functions. */
/* clang-format off */
const struct sql_builtin *const pg_function_families[] = {
    pg_acl_functions,
    pg_activity_functions,
    pg_catalog_functions,
    pg_partition_functions,
    pg_publication_functions,
    pg_concat_functions,
    pg_convert_functions,
    pg_definition_functions,
    pg_document_functions,
    pg_document_json_functions,
    pg_trigger_definition_functions,
    pg_routine_definition_functions,
    pg_statistics_definition_functions,
    pg_event_trigger_functions,
    pg_extension_functions,
    pg_headline_functions,
    pg_index_property_functions,
    pg_identity_functions,
    pg_relation_size_functions,
    pg_info_functions,
    pg_input_functions,
    pg_keyword_functions,
    pg_large_object_functions,
    pg_lock_functions,
    pg_lsn_functions,
    pg_privilege_functions,
    pg_sequence_functions,
    pg_reg_functions,
    pg_session_functions,
    pg_setting_functions,
    pg_size_functions,
    pg_time_functions,
    pg_transaction_functions,
    pg_ts_parser_functions,
    pg_ts_rank_functions,
    pg_ts_rewrite_functions,
    pg_ts_stat_functions,
    pg_tsquery_functions,
    pg_tsvector_functions,
    pg_xml_map_functions,
    pg_zone_functions,
    sql_ordered_set_builtins,
    NULL,
};
/* clang-format on */

void pg_call_warn(struct sql_call *call, const char *sqlstate, const char *format, ...)
{
    char text[256];
    struct sql_error notice;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sql_error_begin(&notice, call->env->arena);
    sql_fail(&notice, sqlstate, "%s", text);
    notice.severity = SQL_WARNING;
    call->env->session->owner->notice(call->env->session, &notice);
}

struct datum pg_text_or_null(struct slice text)
{
    return text.ptr ? datum_bytes(text) : datum_null();
}

bool pg_make_texts(struct sql_call *call, const struct slice *texts, uint32_t count,
                   struct datum *out)
{
    enum { TYPE_TEXT = 25 };
    struct datum *items = arena_array(call->arena, count + 1, sizeof *items);
    if (!items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_bytes(texts[i]);
    return sql_array_make_vector(call, sql_find_type_id(call->env->session, TYPE_TEXT), items,
                                 count, out);
}

bool pg_call_give_row(struct sql_call *call, const struct datum *values, uint16_t count,
                      struct datum *out)
{
    const struct sql_routine *routine = call->routine;
    uint16_t at = 0;
    if (call->columns) {
        memcpy(call->columns, values, count * sizeof *values);
        return sql_give_null(out);
    }
    const struct sql_type **types = arena_array(call->arena, count, sizeof *types);
    if (!types)
        return sql_fail_memory(call->env->error);
    for (uint16_t i = 0; routine && i < routine->all_count && at < count; i++)
        if (routine->modes[i] != 'i' && routine->modes[i] != 'v')
            types[at++] = sql_call_find_type(call, routine->all_types[i]);
    return at == count ? sql_record_make(call, 0, types, values, count, out)
                       : sql_fail(call->env->error, "0A000",
                                  "function returning record called in context that cannot accept "
                                  "type record");
}
