// Asks pgcodesearch a question and says that the first result was used. database/sql with lib/pq:
//
//	go run search.go 'postgres://user@localhost/codesearch?sslmode=disable' 'where are redirects followed'
package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"

	_ "github.com/lib/pq"
)

func main() {
	db, err := sql.Open("postgres", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select path, start_line, symbol, query_id, chunk_id from codesearch.search($1, k => 5)", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	var firstQuery, firstChunk sql.NullInt64
	for rows.Next() {
		var path, symbol string
		var line int
		var query sql.NullInt64 // null where the search was not logged
		var chunk int64
		if err := rows.Scan(&path, &line, &symbol, &query, &chunk); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s:%d %s\n", path, line, symbol)
		if !firstChunk.Valid {
			firstQuery, firstChunk = query, sql.NullInt64{Int64: chunk, Valid: true}
		}
	}
	if err := rows.Err(); err != nil {
		log.Fatal(err)
	}
	if firstQuery.Valid {
		if _, err := db.Exec("select codesearch.record_feedback($1, $2, 'click')", firstQuery, firstChunk); err != nil {
			log.Fatal(err)
		}
	}
}
