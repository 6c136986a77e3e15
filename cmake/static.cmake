# What the static program leaves out. Each is tried first: another linker, C library or processor may
# know nothing of it, and the program is larger then.
include(CheckCSourceCompiles)

set(PARLEL_STATIC_OPTIONS -static -s)

# parlel_static_option(RESULT OPTION...): links with the options from now on if that works.
function(parlel_static_option result)
  set(CMAKE_REQUIRED_LINK_OPTIONS ${PARLEL_STATIC_OPTIONS} ${ARGN})
  set(CMAKE_REQUIRED_LIBRARIES m)
  check_c_source_compiles("#include <math.h>
    int main(int argc, char **argv)
    {
        double x = argc + (argv[0] != 0);
        return (int)(sin(x) + cos(x) + tan(x) + asin(x) + acos(x) + atan(x) + atan2(x, 2) + exp(x) + log(x) +
                     pow(x, x));
    }" ${result})
  if(${result})
    set(PARLEL_STATIC_OPTIONS ${PARLEL_STATIC_OPTIONS} ${ARGN} PARENT_SCOPE)
  endif()
endfunction()

if(PARLEL_STATIC AND CMAKE_BUILD_TYPE STREQUAL Release)
  parlel_static_option(PARLEL_LINKS_WITHOUT_UNWINDING -Wl,-T,${CMAKE_SOURCE_DIR}/cmake/without_unwinding.ld)

  # glibc holds each of these functions four times. Processors with AVX but without FMA, or with AMD's
  # FMA4, were made from 2011 to 2014: they get the general ones (115 KB).
  foreach(name atan sin cos tan ieee754_atan2 ieee754_exp ieee754_log)
    list(APPEND aliases -Wl,--defsym=__${name}_avx=__${name}_sse2)
  endforeach()
  foreach(name atan sin cos tan ieee754_acos ieee754_asin ieee754_atan2 ieee754_exp ieee754_log ieee754_pow)
    list(APPEND aliases -Wl,--defsym=__${name}_fma4=__${name}_sse2)
  endforeach()
  parlel_static_option(PARLEL_LINKS_FEWER_MATH_VARIANTS ${aliases})
endif()
