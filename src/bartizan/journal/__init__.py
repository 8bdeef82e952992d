"""Files of SQLite whose entries form a hash chain: what ledgers and traces are kept in."""
