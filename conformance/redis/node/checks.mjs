// Named checks for client programs in JavaScript. REDIS_PORT names the server, CHECK_FILTER a piece
// of the names wanted.
import assert from 'node:assert/strict';

export const port = Number(process.env.REDIS_PORT ?? 6379);
export const equal = assert.deepEqual;
export const ok = assert.ok;
export const rejects = assert.rejects;

const checks = [];
export const check = (name, run) => checks.push({ name, run });

export async function eventually(probe, timeoutMs = 5000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const within = (ms, promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// Runs what was registered, in order, and ends the process.
export async function main() {
  const wanted = process.env.CHECK_FILTER ?? '';
  let failed = 0;
  for (const { name, run } of checks) {
    if (!name.includes(wanted)) continue;
    try {
      await within(20000, run());
      console.log(`ok ${name}`);
    } catch (error) {
      failed++;
      const line = /m?js:(\d+):\d+\)?$/m.exec(error.stack?.split('\n').find((l) => l.includes('/conformance/')) ?? '');
      const text = `${error.message}`.replace(/\s+/g, ' ').slice(0, 400);
      console.log(`FAIL ${name}: ${error.name} at line ${line?.[1] ?? '?'}: ${text}`);
    }
  }
  process.exit(failed ? 1 : 0);
}
