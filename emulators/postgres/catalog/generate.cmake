# The tables of built-in objects, made of data/.
set(pg_builtins ${CMAKE_BINARY_DIR}/generated/emulators/postgres/catalog/builtins.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres/catalog)
find_program(PYTHON NAMES python3 REQUIRED)
file(GLOB pg_builtin_data CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/catalog/data/*.tsv
  ${CMAKE_SOURCE_DIR}/emulators/postgres/catalog/data/later/*.tsv)
file(GLOB sql_values CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/emulators/sql/value/*.c
  ${CMAKE_SOURCE_DIR}/emulators/sql/value/xml/*.c
  ${CMAKE_SOURCE_DIR}/emulators/postgres/functions/*.c
  ${CMAKE_SOURCE_DIR}/emulators/postgres/catalog/*.c
  ${CMAKE_SOURCE_DIR}/emulators/postgres/text_search/*.c)
add_custom_command(OUTPUT ${pg_builtins}
  DEPENDS ${pg_builtin_data} ${sql_values}
          ${CMAKE_SOURCE_DIR}/emulators/postgres/catalog/generate_builtins
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/catalog/generate_builtins
          emulators/postgres/catalog/data
          emulators/sql/value:emulators/sql/value/xml:emulators/postgres/functions:emulators/postgres/catalog:emulators/postgres/text_search
          ${pg_builtins})
# All names are one literal, which string literals of C11 need not be able to hold.
set_source_files_properties(${pg_builtins} PROPERTIES COMPILE_OPTIONS
  "-Wno-overlength-strings;-Wno-missing-field-initializers")
list(APPEND sources ${pg_builtins})
