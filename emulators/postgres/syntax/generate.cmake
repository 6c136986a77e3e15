# The hash over the keywords, made of keywords.h.
set(generated ${CMAKE_BINARY_DIR}/generated/emulators/postgres/syntax/keyword_slots.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres/syntax)
find_program(PYTHON NAMES python3 REQUIRED)
add_custom_command(OUTPUT ${generated}
  DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/syntax/keywords.h
          ${CMAKE_SOURCE_DIR}/emulators/postgres/syntax/generate_keywords
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/syntax/generate_keywords
          emulators/postgres/syntax/keywords.h ${generated})
list(APPEND sources ${generated})
