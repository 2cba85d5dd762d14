"""The durable record: schema, migrations, append, queries. SQLite, or PostgreSQL by URL."""
