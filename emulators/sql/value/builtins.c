#include "emulators/sql/value/builtins.h"

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bit.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/enum.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/fn_regex.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/geometry.h"
#include "emulators/sql/value/inet.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/like.h"
#include "emulators/sql/value/money.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/range.h"
#include "emulators/sql/value/record.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/tid.h"
#include "emulators/sql/value/type_io.h"
#include "emulators/sql/value/xid.h"
#include "emulators/sql/value/xml/xml.h"

/* One row a file of functions. */
/* clang-format off */
static const struct sql_builtin *const families[] = {
    sql_array_builtins,
    sql_array_set_builtins,
    sql_array_text_builtins,
    sql_bit_builtins,
    sql_box_builtins,
    sql_bytea_builtins,
    sql_circle_builtins,
    sql_compare_builtins,
    sql_date_builtins,
    sql_date_derived_builtins,
    sql_enum_builtins,
    sql_extract_builtins,
    sql_float_aggregate_builtins,
    sql_float_builtins,
    sql_float_math_builtins,
    sql_random_builtins,
    sql_format_builtins,
    sql_format_number_builtins,
    sql_inet_builtins,
    sql_integer_builtins,
    sql_interval_builtins,
    sql_json_aggregate_builtins,
    sql_json_change_builtins,
    sql_json_each_builtins,
    sql_json_get_builtins,
    sql_json_make_builtins,
    sql_json_populate_builtins,
    sql_jsonpath_builtins,
    sql_like_builtins,
    sql_line_builtins,
    sql_lseg_builtins,
    sql_macaddr_builtins,
    sql_money_builtins,
    sql_name_builtins,
    sql_normalize_builtins,
    sql_number_io_builtins,
    sql_numeric_aggregate_builtins,
    sql_numeric_builtins,
    sql_numeric_cast_builtins,
    sql_path_builtins,
    sql_point_builtins,
    sql_polygon_builtins,
    sql_range_builtins,
    sql_record_builtins,
    sql_regex_builtins,
    sql_regex_match_builtins,
    sql_span_builtins,
    sql_text_builtins,
    sql_text_case_builtins,
    sql_text_compare_builtins,
    sql_text_digest_builtins,
    sql_text_encode_builtins,
    sql_text_format_builtins,
    sql_text_hash_builtins,
    sql_text_quote_builtins,
    sql_tid_builtins,
    sql_time_builtins,
    sql_timestamp_builtins,
    sql_trunc_builtins,
    sql_type_io_builtins,
    sql_typmod_builtins,
    sql_uuid_builtins,
    sql_xid_builtins,
    sql_xml_builtins,
    NULL,
};
/* clang-format on */

sql_function *sql_builtin_find(struct slice symbol)
{
    if (symbol.len == 0)
        return NULL;
    for (size_t f = 0; families[f]; f++)
        for (const struct sql_builtin *row = families[f]; row->symbol; row++)
            if ((uint8_t)row->symbol[0] == symbol.ptr[0] && slice_eq_str(symbol, row->symbol))
                return row->call;
    return NULL;
}
