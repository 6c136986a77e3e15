import java.util.Arrays;
import java.util.concurrent.Callable;

/** Named checks: a line `ok NAME` or `FAIL NAME: why` each. CHECK_FILTER is a piece of the names wanted. */
public final class Checks {
    public interface Check {
        void run() throws Exception;
    }

    private static int failed = 0;

    private Checks() {}

    /** The port that an environment variable names. */
    public static int port(String variable) {
        return Integer.parseInt(System.getenv(variable));
    }

    public static void check(String name, Check check) {
        String wanted = System.getenv("CHECK_FILTER");
        if (wanted != null && !name.contains(wanted)) return;
        try {
            check.run();
            System.out.println("ok " + name);
        } catch (Throwable trouble) {
            failed++;
            String where = Arrays.stream(trouble.getStackTrace())
                .filter(frame -> frame.getFileName() != null && frame.getFileName().endsWith("Checks.java"))
                .filter(frame -> !frame.getFileName().equals("Checks.java"))
                .map(frame -> String.valueOf(frame.getLineNumber())).findFirst().orElse("?");
            System.out.println("FAIL " + name + ": line " + where + ": "
                + String.valueOf(trouble).replace('\n', ' ') + (trouble.getCause() == null ? "" : " / " + trouble.getCause()));
        }
    }

    public static void equal(Object got, Object wanted) {
        if (wanted == null ? got != null : !wanted.equals(got))
            throw new AssertionError("got " + got + ", wanted " + wanted);
    }

    /** The call fails, and its error's text (or its cause's) contains this. */
    public static void fails(String text, Callable<?> call) {
        try {
            call.call();
        } catch (Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause())
                if (String.valueOf(cause.getMessage()).contains(text)) return;
            throw new AssertionError("error " + error + " lacks " + text);
        }
        throw new AssertionError("no error with " + text);
    }

    public static void eventually(Callable<Boolean> probe) throws Exception {
        for (long end = System.nanoTime() + 5_000_000_000L; !probe.call(); Thread.sleep(5))
            if (System.nanoTime() > end) throw new AssertionError("it did not happen in time");
    }

    /** Ends the program with the status of its checks, whatever threads a client has left. */
    public static void close() {
        System.out.flush();
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1);
    }
}
