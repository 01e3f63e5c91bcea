import java.sql.*;

/** Asks a gateway through Flink's JDBC driver and prints what it answers. */
public class Probe {
    public static void main(String[] args) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:flink://" + args[0]); Statement s = c.createStatement()) {
            System.out.println("catalog " + c.getCatalog() + ", schema " + c.getSchema());
            try (ResultSet r = c.getMetaData().getCatalogs()) {
                while (r.next()) System.out.println("catalogs " + r.getString(1));
            }
            try (ResultSet r = c.getMetaData().getSchemas()) {
                while (r.next()) System.out.println("schemas " + r.getString(1) + " of " + r.getString(2));
            }
            s.execute("SET 'execution.runtime-mode' = 'batch'");
            s.execute("CREATE TABLE numbers (n INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '12000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '12000')");
            s.execute("CREATE TABLE nothing (n INT) WITH ('connector' = 'blackhole')");
            try (ResultSet r = s.executeQuery("SELECT n, CAST(n AS STRING) AS t, n * 1.5 AS d, n > 2 AS b, TIMESTAMP '2024-01-02 03:04:05.678' AS ts, DATE '2024-01-02' AS dt, CAST(NULL AS INT) AS x FROM (VALUES 1, 2, 3) AS v (n) ORDER BY n")) {
                ResultSetMetaData m = r.getMetaData();
                for (int i = 1; i <= m.getColumnCount(); i++) System.out.println("column " + m.getColumnName(i) + " " + m.getColumnTypeName(i));
                while (r.next()) {
                    System.out.println("row " + r.getInt("n") + " " + r.getString("t") + " " + r.getBigDecimal("d") + " " + r.getBoolean("b") + " " + r.getTimestamp("ts") + " " + r.getDate("dt") + " " + r.getObject("x"));
                }
            }
            long rows = 0, sum = 0;
            try (ResultSet r = s.executeQuery("SELECT n FROM numbers")) {
                while (r.next()) { rows++; sum += r.getInt(1); }
            }
            System.out.println("rows " + rows + ", sum " + sum);
            System.out.println("insert " + s.execute("INSERT INTO nothing SELECT n FROM numbers"));
            try (ResultSet r = s.getResultSet()) {
                r.next();
                System.out.println("job of " + r.getString(1).length() + " digits");
            }
            try {
                s.executeQuery("SELECT nope FROM numbers");
            } catch (Exception e) {
                Throwable t = e;
                while (t.getCause() != null) t = t.getCause();
                System.out.println("error " + t.getMessage().replaceAll("(?s).*Caused by: ", "").split("\n")[0]);
            }
        }
    }
}
