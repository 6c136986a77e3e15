# The lists of words that are not searched for.
set(stopwords ${CMAKE_BINARY_DIR}/generated/emulators/postgres/text_search/stopwords.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/emulators/postgres/text_search)
file(GLOB stopword_lists CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/emulators/postgres/text_search/stopwords/*.txt)
add_custom_command(OUTPUT ${stopwords}
  DEPENDS ${stopword_lists} ${CMAKE_SOURCE_DIR}/emulators/postgres/text_search/generate_stopwords
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMAND ${PYTHON} emulators/postgres/text_search/generate_stopwords ${stopwords} ${stopword_lists})
list(APPEND sources ${stopwords})
