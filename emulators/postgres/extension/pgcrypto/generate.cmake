# Blowfish's first state: the digits of pi.
set(pg_blowfish ${CMAKE_BINARY_DIR}/generated/emulators/postgres/extension/pgcrypto/blowfish.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres/extension/pgcrypto)
add_custom_command(OUTPUT ${pg_blowfish}
  DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/extension/pgcrypto/generate_blowfish
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/extension/pgcrypto/generate_blowfish ${pg_blowfish})
list(APPEND sources ${pg_blowfish})
