// Asks pgcodesearch a question and says that the first result was used. JDBC:
//
//     java -cp postgresql.jar Search.java 'jdbc:postgresql://localhost/codesearch?user=me' 'where are redirects followed'

import java.sql.DriverManager;
import java.sql.SQLException;

public class Search {
    public static void main(String[] arguments) throws SQLException {
        try (var connection = DriverManager.getConnection(arguments[0]);
             var search = connection.prepareStatement(
                 "select path, start_line, symbol, query_id, chunk_id from codesearch.search(?, k => 5)")) {
            search.setString(1, arguments[1]);
            Long query = null;
            long chunk = 0;
            try (var rows = search.executeQuery()) {
                while (rows.next()) {
                    System.out.printf("%s:%d %s%n", rows.getString(1), rows.getInt(2), rows.getString(3));
                    if (rows.isFirst()) {
                        query = rows.getObject(4, Long.class); // null where the search was not logged
                        chunk = rows.getLong(5);
                    }
                }
            }
            if (query != null) {
                try (var feedback = connection.prepareStatement("select codesearch.record_feedback(?, ?, 'click')")) {
                    feedback.setLong(1, query);
                    feedback.setLong(2, chunk);
                    feedback.execute();
                }
            }
        }
    }
}
