/* Where the pointers of catalog objects are. Numbers need no mention: whole structs are copied. */
#include "emulators/sql/analyze/shape.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/dialect.h"

#define AT(type, member)    (uint16_t) offsetof(struct type, member)
#define WIDTH(type, member) (uint16_t)sizeof(((struct type *)0)->member)
#define ITEM(type, member)  (uint16_t)sizeof(*((struct type *)0)->member)
/* clang-format off */
#define EXPR(type, member) {SQL_MEMBER_EXPR, 0, AT(type, member), 0, 0, NULL}
#define EXPRS(type, member) {SQL_MEMBER_EXPRS, 0, AT(type, member), 0, 0, NULL}
#define QUERY(type, member) {SQL_MEMBER_QUERY, 0, AT(type, member), 0, 0, NULL}
#define SLICE(type, member) {SQL_MEMBER_SLICE, 0, AT(type, member), 0, 0, NULL}
#define COUNTED(kind, type, member, counter, size, shape) \
    {kind, WIDTH(type, counter), AT(type, member), AT(type, counter), size, shape}
#define SLICES(type, member, counter) \
    COUNTED(SQL_MEMBER_SLICES, type, member, counter, 0, NULL)
#define RAWS(type, member, counter) \
    COUNTED(SQL_MEMBER_RAWS, type, member, counter, ITEM(type, member), NULL)
#define STRUCTS(type, member, counter, shape) \
    COUNTED(SQL_MEMBER_STRUCTS, type, member, counter, 0, shape)
#define POINTERS(type, member, counter, shape) \
    COUNTED(SQL_MEMBER_POINTERS, type, member, counter, 0, shape)
#define STRUCT(type, member, shape) {SQL_MEMBER_STRUCT, 0, AT(type, member), 0, 0, shape}
#define FORGET(type, member) {SQL_MEMBER_FORGET, 0, AT(type, member), 0, 0, NULL}
#define LIST(...) (const struct sql_member[]){__VA_ARGS__}
#define SHAPE(type, ...) \
    {(uint16_t)sizeof(struct type), \
     (uint16_t)(sizeof(LIST(__VA_ARGS__)) / sizeof(struct sql_member)), LIST(__VA_ARGS__), 0, NULL}
/* A kind of object: its first member is struct sql_object. */
#define HEAD(type) SLICE(type, object.name), RAWS(type, object.acl, object.acl_count)
#define OBJECT(type, ...) SHAPE(type, HEAD(type), __VA_ARGS__)
#define PLAIN(type) SHAPE(type, HEAD(type))

static const struct sql_shape column_shape =
    SHAPE(sql_column, SLICE(sql_column, name), EXPR(sql_column, value),
          {SQL_MEMBER_DATUM, 0, AT(sql_column, missing), AT(sql_column, type), 0, NULL},
          RAWS(sql_column, acl, acl_count), SLICES(sql_column, options, option_count));

static const struct sql_shape index_shape =
    SHAPE(sql_index, RAWS(sql_index, columns, column_count), EXPRS(sql_index, expressions),
          EXPR(sql_index, where), RAWS(sql_index, opclasses, column_count),
          RAWS(sql_index, collations, column_count), RAWS(sql_index, flags, column_count),
          RAWS(sql_index, exclusion_ops, key_count));

static const struct sql_shape sequence_shape = {sizeof(struct sql_sequence_options), 0, NULL, 0,
                                                NULL};

static const struct sql_shape partition_key_shape =
    SHAPE(sql_partition_key, RAWS(sql_partition_key, columns, count),
          EXPRS(sql_partition_key, expressions), RAWS(sql_partition_key, opclasses, count),
          RAWS(sql_partition_key, collations, count));

static const struct sql_shape partition_bound_shape =
    SHAPE(sql_partition_bound, EXPRS(sql_partition_bound, values),
          EXPRS(sql_partition_bound, from), EXPRS(sql_partition_bound, to),
          RAWS(sql_partition_bound, from_kinds, from.count),
          RAWS(sql_partition_bound, to_kinds, to.count));

static const struct sql_shape aggregate_shape =
    SHAPE(sql_aggregate, SLICE(sql_aggregate, initial), SLICE(sql_aggregate, moving_initial));

static const struct sql_shape label_shape =
    SHAPE(sql_enum_label, SLICE(sql_enum_label, label));

static const struct sql_shape row_column_shape =
    SHAPE(sql_row_column, SLICE(sql_row_column, name));

#define IDS(member, counter) RAWS(sql_relation, member, counter)
static const struct sql_shape shapes[SQL_OBJECT_KIND_COUNT] = {
    [SQL_OBJECT_OTHER] = OBJECT(sql_other, SLICES(sql_other, fields, field_count),
        RAWS(sql_other, numbers, number_count)),
    [SQL_OBJECT_SCHEMA] = PLAIN(sql_schema),
    [SQL_OBJECT_RELATION] = OBJECT(sql_relation,
        STRUCTS(sql_relation, columns, column_count, &column_shape),
        IDS(indexes, index_count), IDS(constraints, constraint_count),
        IDS(referencing, referencing_count), IDS(triggers, trigger_count), IDS(rules, rule_count),
        IDS(policies, policy_count), IDS(parents, parent_count), IDS(children, child_count),
        STRUCT(sql_relation, index, &index_shape), STRUCT(sql_relation, sequence, &sequence_shape),
        QUERY(sql_relation, view), STRUCT(sql_relation, partition_key, &partition_key_shape),
        STRUCT(sql_relation, partition_bound, &partition_bound_shape),
        SLICES(sql_relation, options, option_count), FORGET(sql_relation, layout)),
    [SQL_OBJECT_CONSTRAINT] = OBJECT(sql_constraint,
        RAWS(sql_constraint, columns, column_count),
        RAWS(sql_constraint, foreign_columns, column_count),
        RAWS(sql_constraint, set_columns, set_column_count),
        RAWS(sql_constraint, pf_ops, column_count), RAWS(sql_constraint, pp_ops, column_count),
        RAWS(sql_constraint, ff_ops, column_count), EXPR(sql_constraint, check)),
    [SQL_OBJECT_TRIGGER] = OBJECT(sql_trigger, RAWS(sql_trigger, columns, column_count),
        EXPR(sql_trigger, when), SLICES(sql_trigger, arguments, argument_count),
        SLICE(sql_trigger, old_table), SLICE(sql_trigger, new_table)),
    [SQL_OBJECT_RULE] = OBJECT(sql_rule, EXPR(sql_rule, where),
        POINTERS(sql_rule, actions, action_count, &sql_shape_query)),
    [SQL_OBJECT_POLICY] = OBJECT(sql_policy, RAWS(sql_policy, roles, role_count),
        EXPR(sql_policy, using), EXPR(sql_policy, check)),
    [SQL_OBJECT_TYPE] = OBJECT(sql_type_object, SLICE(sql_type_object, type.name),
        STRUCTS(sql_type_object, labels.labels, labels.count, &label_shape),
        STRUCTS(sql_type_object, row.columns, row.count, &row_column_shape),
        EXPR(sql_type_object, default_value), SLICE(sql_type_object, default_text),
        RAWS(sql_type_object, constraints, constraint_count)),
    [SQL_OBJECT_ROUTINE] = OBJECT(sql_routine, RAWS(sql_routine, arg_types, arg_count),
        RAWS(sql_routine, all_types, all_count), RAWS(sql_routine, modes, all_count),
        SLICES(sql_routine, names, name_count), EXPRS(sql_routine, defaults),
        SLICE(sql_routine, source), SLICE(sql_routine, binary),
        POINTERS(sql_routine, body, body_count, &sql_shape_query),
        SLICES(sql_routine, settings, setting_count),
        STRUCT(sql_routine, aggregate, &aggregate_shape)),
    [SQL_OBJECT_OPERATOR] = PLAIN(sql_operator),
    [SQL_OBJECT_CAST] = PLAIN(sql_cast_object),
    [SQL_OBJECT_COLLATION] = OBJECT(sql_collation, SLICE(sql_collation, collate),
        SLICE(sql_collation, ctype), SLICE(sql_collation, locale)),
    [SQL_OBJECT_CLASS] = PLAIN(sql_class_object),
    [SQL_OBJECT_FAMILY] = PLAIN(sql_family_object),
    [SQL_OBJECT_FAMILY_MEMBER] = PLAIN(sql_family_member),
    [SQL_OBJECT_ROLE] = OBJECT(sql_role, SLICE(sql_role, password),
        SLICES(sql_role, settings, setting_count)),
    [SQL_OBJECT_DATABASE] = OBJECT(sql_database_object, SLICE(sql_database_object, collate),
        SLICE(sql_database_object, ctype), SLICE(sql_database_object, comment),
        SLICES(sql_database_object, settings, setting_count)),
    [SQL_OBJECT_MEMBERSHIP] = PLAIN(sql_membership),
    [SQL_OBJECT_DEFAULT_ACL] = PLAIN(sql_default_acl),
    [SQL_OBJECT_COMMENT] = OBJECT(sql_comment, SLICE(sql_comment, text)),
    [SQL_OBJECT_EDGE] = PLAIN(sql_edge),
    [SQL_OBJECT_EDGES] = OBJECT(sql_edges, RAWS(sql_edges, edges, edge_count)),
    [SQL_OBJECT_EXTENSION] = OBJECT(sql_extension, SLICE(sql_extension, version)),
    [SQL_OBJECT_EVENT_TRIGGER] = OBJECT(sql_event_trigger, SLICE(sql_event_trigger, event),
        SLICES(sql_event_trigger, tags, tag_count)),
    [SQL_OBJECT_STATISTICS] = OBJECT(sql_statistics_object,
        RAWS(sql_statistics_object, columns, column_count),
        SLICE(sql_statistics_object, kind_text), EXPRS(sql_statistics_object, expressions)),
    [SQL_OBJECT_SETTINGS] = OBJECT(sql_settings_object,
        SLICES(sql_settings_object, settings, setting_count)),
};
/* clang-format on */

const struct sql_shape *sql_object_shape(enum sql_object_kind kind)
{
    return &shapes[kind];
}

enum sql_object_kind sql_object_kind_of(const struct sql_dialect *dialect, uint32_t class_id)
{
    const struct sql_class_ids *ids = &dialect->classes_of;
    const struct {
        uint32_t class_id;
        enum sql_object_kind kind;
    } kinds[] = {
        {ids->relation,        SQL_OBJECT_RELATION     },
        {ids->type,            SQL_OBJECT_TYPE         },
        {ids->constraint,      SQL_OBJECT_CONSTRAINT   },
        {ids->dependency,      SQL_OBJECT_EDGE         },
        {ids->dependencies,    SQL_OBJECT_EDGES        },
        {ids->routine,         SQL_OBJECT_ROUTINE      },
        {ids->schema,          SQL_OBJECT_SCHEMA       },
        {ids->trigger,         SQL_OBJECT_TRIGGER      },
        {ids->rule,            SQL_OBJECT_RULE         },
        {ids->policy,          SQL_OBJECT_POLICY       },
        {ids->operator_,       SQL_OBJECT_OPERATOR     },
        {ids->cast,            SQL_OBJECT_CAST         },
        {ids->collation,       SQL_OBJECT_COLLATION    },
        {ids->operator_class,  SQL_OBJECT_CLASS        },
        {ids->operator_family, SQL_OBJECT_FAMILY       },
        {ids->role,            SQL_OBJECT_ROLE         },
        {ids->database,        SQL_OBJECT_DATABASE     },
        {ids->membership,      SQL_OBJECT_MEMBERSHIP   },
        {ids->default_acl,     SQL_OBJECT_DEFAULT_ACL  },
        {ids->comment,         SQL_OBJECT_COMMENT      },
        {ids->shared_comment,  SQL_OBJECT_COMMENT      },
        {ids->extension,       SQL_OBJECT_EXTENSION    },
        {ids->method_operator, SQL_OBJECT_FAMILY_MEMBER},
        {ids->method_function, SQL_OBJECT_FAMILY_MEMBER},
        {ids->event_trigger,   SQL_OBJECT_EVENT_TRIGGER},
        {ids->statistics,      SQL_OBJECT_STATISTICS   },
        {ids->settings,        SQL_OBJECT_SETTINGS     },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].class_id == class_id)
            return kinds[i].kind;
    return SQL_OBJECT_OTHER;
}
