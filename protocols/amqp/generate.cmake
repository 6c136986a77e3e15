# The structures and tables of the methods, made of methods.txt.
set(directory ${CMAKE_BINARY_DIR}/generated/protocols/amqp)
file(MAKE_DIRECTORY ${directory})
add_custom_command(OUTPUT ${directory}/amqp_methods.h ${directory}/amqp_methods.c
  DEPENDS ${CMAKE_SOURCE_DIR}/protocols/amqp/methods.txt
          ${CMAKE_SOURCE_DIR}/protocols/amqp/method_table.py
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} protocols/amqp/method_table.py protocols/amqp/methods.txt
          ${directory}/amqp_methods.h ${directory}/amqp_methods.c)
list(APPEND sources ${directory}/amqp_methods.h ${directory}/amqp_methods.c)
