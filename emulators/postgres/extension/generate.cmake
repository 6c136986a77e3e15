# The table of extensions and the rules of unaccent, made of data/.
set(pg_extensions ${CMAKE_BINARY_DIR}/generated/emulators/postgres/extension/extensions.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres/extension)
file(GLOB pg_extension_data CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/data/*.tsv
  ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/data/*.own)
add_custom_command(OUTPUT ${pg_extensions}
  DEPENDS ${pg_extension_data} ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/generate_extensions
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/extension/generate_extensions
          emulators/postgres/extension/data ${pg_extensions})
# Rows are one literal, which string literals of C11 need not be able to hold.
set_source_files_properties(${pg_extensions} PROPERTIES COMPILE_OPTIONS "-Wno-overlength-strings")
list(APPEND sources ${pg_extensions})
set(pg_unaccent ${CMAKE_BINARY_DIR}/generated/emulators/postgres/extension/unaccent_rules.c)
add_custom_command(OUTPUT ${pg_unaccent}
  DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/data/unaccent.map
          ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/generate_unaccent
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/extension/generate_unaccent
          emulators/postgres/extension/data/unaccent.map ${pg_unaccent})
list(APPEND sources ${pg_unaccent})
