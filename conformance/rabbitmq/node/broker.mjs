// The broker under test and what the checks do with it. AMQP_URL names it, MANAGEMENT_URL its HTTP API.
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../redis/node/checks.mjs';

export const url = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/';
const management = process.env.MANAGEMENT_URL ?? 'http://127.0.0.1:15672';
const authorization = `Basic ${Buffer.from('guest:guest').toString('base64')}`;

export { sleep };

// The URL with something in place of what it names.
export function urlWith(changes) {
  const changed = new URL(url);
  Object.assign(changed, changes);
  return changed.href;
}

// A request to the HTTP API; what it answered, decoded.
export async function api(method, path, body) {
  const answer = await fetch(`${management}/api/${path}`, {
    method, headers: { authorization, 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

// Has the server close the connection that calls itself so, once the API knows it (a real one lags).
export async function closeConnection(name) {
  const named = async () => (await api('GET', 'connections')).body
    .find((c) => (c.client_properties?.connection_name ?? c.user_provided_name) === name);
  const connection = await eventually(named, 15000);
  await api('DELETE', `connections/${encodeURIComponent(connection.name)}`);
}

// Collects what is pushed, and waits for as many as asked for.
export class Inbox {
  items = [];
  push = (item) => {
    this.items.push(item);
  };

  async take(count, timeoutMs) {
    await eventually(() => this.items.length >= count, timeoutMs);
    return this.items.splice(0, count);
  }
}
