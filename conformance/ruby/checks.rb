# Named checks for client programs in Ruby: a line `ok NAME` or `FAIL NAME: why` each. CHECK_FILTER is a piece of
# the names wanted.
require "timeout"

$failed = 0

# What every check is given: a program that has something to give defines its own.
def check_arguments
  []
end

# Runs the block as a check.
def check(name)
  return unless name.include?(ENV.fetch("CHECK_FILTER", ""))
  Timeout.timeout(60) { yield(*check_arguments) }
  puts "ok #{name}"
  $stdout.flush
rescue Exception => error # rubocop:disable Lint/RescueException: a check may fail in any way
  $failed += 1
  where = error.backtrace.to_a.reject { |row| row.include?("/ruby/checks.rb") }.grep(/conformance/).map { |row| row[/:(\d+)/, 1] }.first
  puts "FAIL #{name}: line #{where}: #{error.class}: #{error.message.tr("\n", " ")[0, 400]}"
end

def equal(got, wanted)
  raise "got #{got.inspect[0, 300]}, wanted #{wanted.inspect[0, 300]}" unless got == wanted
end

def eventually(seconds = 5)
  give_up = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
  until (value = yield)
    raise "it did not happen in time" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > give_up
    sleep 0.005
  end
  value
end

# The error of that class that the block raises.
def fails(type)
  yield
rescue type => error
  error
else
  raise "no #{type}"
end

# Ends the program with the status of its checks.
def close_checks
  exit($failed.zero? ? 0 : 1)
end
