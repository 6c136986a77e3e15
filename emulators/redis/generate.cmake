# The tables of commands, made of commands.txt.
set(generated ${CMAKE_BINARY_DIR}/generated/emulators/redis/command_table.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/redis)
find_program(PYTHON NAMES python3 REQUIRED)
add_custom_command(OUTPUT ${generated}
  DEPENDS ${CMAKE_SOURCE_DIR}/emulators/redis/commands.txt
          ${CMAKE_SOURCE_DIR}/emulators/redis/command_table.py
          ${CMAKE_SOURCE_DIR}/emulators/redis/generate_commands
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/redis/generate_commands emulators/redis/commands.txt ${generated})
# All texts of COMMAND DOCS are one literal.
set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
list(APPEND sources ${generated})
