# Language, warnings and the flags of each build type.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_compile_definitions(_POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
include_directories(${CMAKE_SOURCE_DIR})
include_directories(${CMAKE_BINARY_DIR}/generated) # headers that a folder's generate.cmake makes
# Libraries' headers need not be warning-free.
include_directories(SYSTEM /usr/include/lua5.1)
# ASSERT and the sanitizers name files as the repository does.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

set(PARLEL_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
    -Wcast-qual -Wwrite-strings -Wundef -Werror -Wno-missing-field-initializers)

# A program at a fixed address: smaller, and calls through no table. Nothing unwinds at run time;
# debuggers read .debug_frame. Small functions are inlined across modules when linking.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -flto=auto -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_RELEASE "-O2 -flto=auto -no-pie -Wl,--gc-sections")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")
set(sanitizers "-fsanitize=address,undefined -fno-sanitize-recover=undefined")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g -fno-omit-frame-pointer ${sanitizers}")
# The same checks with coverage counters for libFuzzer.
set(CMAKE_C_FLAGS_FUZZ "${CMAKE_C_FLAGS_SANITIZE} -fsanitize=fuzzer-no-link")
if(PARLEL_FUZZ AND NOT CMAKE_C_COMPILER_ID STREQUAL Clang)
  message(FATAL_ERROR "PARLEL_FUZZ needs clang: cmake --preset fuzz")
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(RAGEL ragel REQUIRED)
find_program(PYTHON python3 REQUIRED) # for a folder's generate.cmake
