import java.util.Arrays;
import java.util.concurrent.Callable;

/** Named checks: a line `ok NAME` or `FAIL NAME: why` each. REDIS_PORT names the server,
 *  REDIS_CLUSTER_PORT one in cluster mode, CHECK_FILTER a piece of the names wanted. */
final class Checks {
    interface Check {
        void run() throws Exception;
    }

    static final int PORT = Integer.parseInt(System.getenv("REDIS_PORT"));
    static final int CLUSTER_PORT = Integer.parseInt(System.getenv("REDIS_CLUSTER_PORT"));
    private static int failed = 0;

    private Checks() {}

    static void check(String name, Check check) {
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

    static void equal(Object got, Object wanted) {
        if (wanted == null ? got != null : !wanted.equals(got))
            throw new AssertionError("got " + got + ", wanted " + wanted);
    }

    /** The call fails, and its error's text (or its cause's) contains this. */
    static void fails(String text, Callable<?> call) {
        try {
            call.call();
        } catch (Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause())
                if (String.valueOf(cause.getMessage()).contains(text)) return;
            throw new AssertionError("error " + error + " lacks " + text);
        }
        throw new AssertionError("no error with " + text);
    }

    static void eventually(Callable<Boolean> probe) throws Exception {
        for (long end = System.nanoTime() + 5_000_000_000L; !probe.call(); Thread.sleep(5))
            if (System.nanoTime() > end) throw new AssertionError("it did not happen in time");
    }

    static byte[] large() {
        byte[] value = new byte[50_000_000];
        for (int i = 0; i < value.length; i++) value[i] = (byte) (i % 251);
        return value;
    }

    /** Ends the program with the status of its checks, whatever threads a client has left. */
    static void close() {
        System.out.flush();
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1);
    }
}
