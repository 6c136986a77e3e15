# The children of each kind of node, made of the structs in the headers.
set(ast emulators/sql/syntax)
set(generated ${CMAKE_BINARY_DIR}/generated/${ast}/ast_fields.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/${ast})
find_program(PYTHON NAMES python3 REQUIRED)
set(headers ${ast}/ast.h ${ast}/ast_expr.h ${ast}/ast_query.h ${ast}/ast_table.h ${ast}/ast_object.h
  ${ast}/ast_utility.h)
set(depends ${headers})
list(TRANSFORM depends PREPEND ${CMAKE_SOURCE_DIR}/)
add_custom_command(OUTPUT ${generated}
  DEPENDS ${depends} ${CMAKE_SOURCE_DIR}/${ast}/ast_kinds.h ${CMAKE_SOURCE_DIR}/${ast}/generate_fields
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} ${ast}/generate_fields ${ast}/ast_kinds.h ${generated} ${headers})
list(APPEND sources ${generated})
