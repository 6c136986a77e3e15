# How a folder becomes a library, a test a program, a fuzz_*.c a libFuzzer target.

# parlel_ragel(OUT MACHINE...): generates each machine's C and appends its path to OUT.
function(parlel_ragel out)
  foreach(machine ${ARGN})
    file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR} ${machine})
    get_filename_component(directory ${relative} DIRECTORY)
    get_filename_component(base ${relative} NAME_WE)
    set(generated ${CMAKE_BINARY_DIR}/generated/${directory}/${base}.c)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/${directory})
    # A machine may include its neighbours, hence all of them.
    add_custom_command(OUTPUT ${generated} DEPENDS ${ARGN}
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      COMMAND ${RAGEL} -C -G2 -o ${generated} ${relative})
    set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS
      "-I${CMAKE_SOURCE_DIR}/${directory};-Wno-implicit-fallthrough;-Wno-conversion;-Wno-unused-const-variable")
    list(APPEND ${out} ${generated})
  endforeach()
  set(${out} ${${out}} PARENT_SCOPE)
endfunction()

# parlel_find(OUT FOLDER NAME): the files below FOLDER called NAME, those of left out services aside.
function(parlel_find out folder name)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${folder}/${name})
  foreach(service ${PARLEL_SERVICES})
    string(TOUPPER ${service} upper)
    if(NOT PARLEL_WITH_${upper})
      list(FILTER found EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/emulators/${service}/")
    endif()
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# parlel_library(NAME FOLDER [WARNING...]): every .c and .rl below FOLDER except its tests, fuzz
# targets and main.c. A folder that generates more C says how in its own generate.cmake, which
# appends what it made to `sources`.
function(parlel_library name folder)
  parlel_find(sources ${folder} *.c)
  list(FILTER sources EXCLUDE REGEX "/((test|fuzz)_[^/]*|main)\\.c$")
  parlel_find(machines ${folder} *.rl)
  parlel_ragel(sources ${machines})
  parlel_find(generators ${folder} generate.cmake)
  foreach(generator ${generators})
    include(${generator})
  endforeach()
  if(NOT sources) # every service of the floor is left out
    set(sources ${CMAKE_BINARY_DIR}/generated/empty.c)
    file(WRITE ${sources} "extern int parlel_empty;\n")
  endif()
  add_library(${name} STATIC ${sources})
  target_compile_options(${name} PRIVATE ${PARLEL_WARNINGS} ${ARGN})
endfunction()

# parlel_program(NAME MAIN LIBRARY): the product; in a static Release one stripped file.
function(parlel_program name main library)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${main})
    return()
  endif()
  add_executable(${name} ${main})
  target_compile_options(${name} PRIVATE ${PARLEL_WARNINGS})
  target_link_libraries(${name} PRIVATE ${library})
  if(PARLEL_STATIC AND CMAKE_BUILD_TYPE STREQUAL Release)
    target_link_options(${name} PRIVATE ${PARLEL_STATIC_OPTIONS})
  endif()
endfunction()

# parlel_install(NAME): the product, and what it says of itself: its manual page and shell completions.
function(parlel_install name)
  if(NOT TARGET ${name})
    return()
  endif()
  include(GNUInstallDirs)
  set(made ${CMAKE_BINARY_DIR}/generated/install)
  file(MAKE_DIRECTORY ${made})
  install(CODE "
    foreach(said \"help --man:${name}.1\" \"completion bash:${name}\"
            \"completion zsh:_${name}\" \"completion fish:${name}.fish\")
      string(REPLACE \":\" \";\" said \"\${said}\")
      list(GET said 0 arguments)
      list(GET said 1 file)
      string(REPLACE \" \" \";\" arguments \"\${arguments}\")
      execute_process(COMMAND $<TARGET_FILE:${name}> \${arguments}
        OUTPUT_FILE ${made}/\${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()")
  install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${made}/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${made}/_${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${made}/${name}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endfunction()

# parlel_tests(FOLDER LIBRARY): each test_*.c below FOLDER is a cmocka program and a ctest of its own.
function(parlel_tests folder library)
  if(NOT PARLEL_TESTS)
    return()
  endif()
  parlel_find(tests ${folder} test_*.c)
  foreach(test ${tests})
    get_filename_component(name ${test} NAME_WE)
    add_executable(${name} ${test})
    target_compile_options(${name} PRIVATE ${PARLEL_WARNINGS})
    target_link_libraries(${name} PRIVATE ${library} cmocka)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endforeach()
endfunction()

# parlel_fuzzers(FOLDER LIBRARY): each fuzz_NAME.c below FOLDER is a libFuzzer program; as a ctest it
# replays the seeds in corpus/NAME beside it and what earlier runs found, then fuzzes for seconds.
function(parlel_fuzzers folder library)
  if(NOT PARLEL_FUZZ)
    return()
  endif()
  parlel_find(targets ${folder} fuzz_*.c)
  foreach(target ${targets})
    get_filename_component(name ${target} NAME_WE)
    get_filename_component(directory ${target} DIRECTORY)
    string(REPLACE fuzz_ "" seeds ${name})
    set(corpora ${CMAKE_BINARY_DIR}/corpus/${name})
    file(MAKE_DIRECTORY ${corpora})
    if(IS_DIRECTORY ${directory}/corpus/${seeds})
      list(APPEND corpora ${directory}/corpus/${seeds})
    endif()
    add_executable(${name} ${target})
    # LLVMFuzzerTestOneInput is called by libFuzzer, which has no header for it.
    target_compile_options(${name} PRIVATE ${PARLEL_WARNINGS} -Wno-missing-prototypes)
    target_link_libraries(${name} PRIVATE ${library})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${name} -max_total_time=${PARLEL_FUZZ_SECONDS}
      -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=${CMAKE_BINARY_DIR}/ ${corpora})
  endforeach()
endfunction()

# parlel_benches(FOLDER LIBRARY): each .c of FOLDER is a program.
function(parlel_benches folder library)
  if(NOT PARLEL_BENCH)
    return()
  endif()
  parlel_find(benches ${folder} *.c)
  foreach(bench ${benches})
    get_filename_component(name ${bench} NAME_WE)
    add_executable(${name} ${bench})
    target_compile_options(${name} PRIVATE ${PARLEL_WARNINGS})
    target_link_libraries(${name} PRIVATE ${library})
  endforeach()
endfunction()

# parlel_source_checks(): the checks of the source text itself, as ctests.
function(parlel_source_checks)
  if(NOT PARLEL_TESTS)
    return()
  endif()
  add_test(NAME tidy COMMAND ${PYTHON} conformance/tidy WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME tidy_finds COMMAND ${PYTHON} conformance/test_tidy
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME replay_notation COMMAND ${PYTHON} conformance/redis/test_replay
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  foreach(library common protocols emulators server)
    list(APPEND archives $<TARGET_FILE:parlel_${library}>)
  endforeach()
  add_test(NAME symbols COMMAND ${CMAKE_SOURCE_DIR}/conformance/symbols ${archives})
  find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
  if(CLANG_FORMAT)
    foreach(folder common protocols emulators server bench)
      file(GLOB_RECURSE found CONFIGURE_DEPENDS ${folder}/*.c ${folder}/*.h)
      list(APPEND files ${found})
    endforeach()
    add_test(NAME format COMMAND ${CLANG_FORMAT} --dry-run -Werror ${files})
  endif()
endfunction()
