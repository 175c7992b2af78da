// Asks pgcodesearch a question and says that the first result was used. node-postgres (npm install pg):
//
//     node search.mjs 'postgres://user@localhost/codesearch' 'where are redirects followed'

import pg from 'pg'

const [url, question] = process.argv.slice(2)
const client = new pg.Client({ connectionString: url })
await client.connect()
const { rows } = await client.query(
  'select path, start_line, symbol, query_id, chunk_id from codesearch.search($1, k => 5)', [question])
for (const row of rows) {
  console.log(`${row.path}:${row.start_line} ${row.symbol}`)
}
if (rows.length > 0 && rows[0].query_id !== null) { // null where the search was not logged
  await client.query("select codesearch.record_feedback($1, $2, 'click')", [rows[0].query_id, rows[0].chunk_id])
}
await client.end()
