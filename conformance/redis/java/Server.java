/** The servers under test: REDIS_PORT names one, REDIS_CLUSTER_PORT one in cluster mode. */
final class Server {
    static final int PORT = Checks.port("REDIS_PORT");
    static final int CLUSTER_PORT = Checks.port("REDIS_CLUSTER_PORT");

    private Server() {}

    /** A value that fills sockets' buffers. */
    static byte[] large() {
        byte[] value = new byte[50_000_000];
        for (int i = 0; i < value.length; i++) value[i] = (byte) (i % 251);
        return value;
    }
}
