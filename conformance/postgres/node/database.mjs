// Where the server under test is, and databases of a program's own on it.
import pg from 'pg';

export const port = Number(process.env.PGPORT);
export const host = '127.0.0.1';
export const options = { host, port, user: 'postgres', password: 'secret', database: process.env.PGDATABASE ?? 'postgres' };
export const url = (database) => `postgres://postgres:secret@${host}:${port}/${database}`;

// An empty database for one program, in place of what an earlier run left.
export async function freshDatabase(name) {
  const client = new pg.Client(options);
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return { ...options, database: name };
}
