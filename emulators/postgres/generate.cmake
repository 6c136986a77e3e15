# The table of settings, made of settings.txt.
set(generated ${CMAKE_BINARY_DIR}/generated/emulators/postgres/settings_table.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres)
add_custom_command(OUTPUT ${generated}
  DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/settings.txt
          ${CMAKE_SOURCE_DIR}/emulators/postgres/generate_settings
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/generate_settings emulators/postgres/settings.txt ${generated})
list(APPEND sources ${generated})
