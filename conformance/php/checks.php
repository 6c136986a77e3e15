<?php
// Named checks for client programs in PHP: a line `ok NAME` or `FAIL NAME: why` each. CHECK_FILTER names a piece of
// the names wanted.
declare(strict_types=1);

$failed = 0;

/** Runs the function as a check; a program whose checks are given something defines check_arguments(). */
function check(string $name, callable $run): void
{
    global $failed;
    $wanted = (string) getenv('CHECK_FILTER');
    if ($wanted !== '' && !str_contains($name, $wanted)) {
        return;
    }
    try {
        $run(...(function_exists('check_arguments') ? check_arguments() : []));
        fwrite(STDOUT, "ok $name\n"); // not echo: output would forbid the session its headers
    } catch (Throwable $trouble) {
        $failed++;
        $text = substr(str_replace("\n", ' ', $trouble->getMessage()), 0, 400);
        $line = $trouble->getLine();
        foreach ($trouble->getTrace() as $frame) {
            if (($frame['file'] ?? '') === $_SERVER['SCRIPT_FILENAME'] && $frame['function'] !== 'check') {
                $line = $frame['line'];
            }
        }
        fwrite(STDOUT, "FAIL $name: line $line: $text\n");
    }
}

function equal(mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        throw new Exception('got ' . substr(var_export($got, true), 0, 300) . ', wanted ' . substr(var_export($wanted, true), 0, 300));
    }
}

function eventually(callable $probe): void
{
    for ($end = microtime(true) + 5; !$probe(); usleep(5000)) {
        if (microtime(true) > $end) {
            throw new Exception('it did not happen in time');
        }
    }
}

/** The trouble of that class that the function throws. */
function thrown(string $type, callable $run): Throwable
{
    try {
        $run();
    } catch (Throwable $trouble) {
        if ($trouble instanceof $type) {
            return $trouble;
        }
        throw $trouble;
    }
    throw new Exception("no $type");
}

/** Ends the program with the status of its checks. */
function close_checks(): never
{
    global $failed;
    exit($failed ? 1 : 0);
}
