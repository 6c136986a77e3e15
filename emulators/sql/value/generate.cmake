# Collation elements and cases of characters, made of data/.
set(value emulators/sql/value)
set(collation ${CMAKE_BINARY_DIR}/generated/${value}/collation_tables.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/${value})
add_custom_command(OUTPUT ${collation}
  DEPENDS ${CMAKE_SOURCE_DIR}/${value}/data/collation.tsv ${CMAKE_SOURCE_DIR}/${value}/data/case.tsv
          ${CMAKE_SOURCE_DIR}/${value}/generate_collation
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} ${value}/generate_collation ${value}/data ${collation})
list(APPEND sources ${collation})
