"""Files whose entries form a hash chain, of SQLite and of JSON lines: what ledgers, traces and logs are kept in."""
