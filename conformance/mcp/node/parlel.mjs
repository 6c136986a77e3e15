// What both lines of the official SDK are checked with: PARLEL is the program, PARLEL_URL a running
// instance of it. A connection is made by `open`, which gives a client of the SDK.
import net from 'node:net';
import { check, equal, ok } from '../../redis/node/checks.mjs';

export const url = new URL('/mcp', process.env.PARLEL_URL);
export const program = process.env.PARLEL;
export const info = { name: 'parlel-conformance', version: '1' };

// Parameters of the SDKs' stdio transports: services of its own, or for the running instance.
export const standalone = {
  command: program, args: ['mcp', '--standalone', 'redis'],
  env: { PARLEL_STATE_DIR: process.env.PARLEL_STATE_DIR, PATH: process.env.PATH }, stderr: 'inherit',
};
export const relayed = {
  command: program, args: ['mcp'],
  env: { PARLEL_URL: process.env.PARLEL_URL, PATH: process.env.PATH }, stderr: 'inherit',
};

const call = (client, name, args = {}) => client.callTool({ name: `parlel_${name}`, arguments: args });
const text = (result) => result.content[0].text;

// The result of a tool that succeeds, as both forms say it.
async function result(client, name, args) {
  const answer = await call(client, name, args);
  ok(!answer.isError, JSON.stringify(answer));
  equal(JSON.parse(text(answer)), answer.structuredContent);
  return answer.structuredContent;
}

const execute = async (client, command) => (await result(client, 'execute', { service: 'redis', command })).result;

const rejection = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

// A Redis client of one line a reply.
async function connectRedis(client) {
  const { services } = await result(client, 'list_services');
  const { port, address } = services.find((s) => s.name === 'redis');
  const socket = net.connect(port, address);
  const waiting = [];
  let rest = '';
  socket.on('data', (data) => {
    rest += data;
    for (let end; (end = rest.indexOf('\r\n')) >= 0; rest = rest.slice(end + 2)) {
      if (rest.startsWith('$') && !rest.startsWith('$-')) continue; // its value follows
      waiting.shift()?.(rest.slice(0, end));
    }
  });
  const say = (line) => new Promise((resolve) => { waiting.push(resolve); socket.write(`${line}\r\n`); });
  return { say, end: () => socket.destroy() };
}

const TOOLS = ['checkpoint', 'clock', 'execute', 'fault', 'fork', 'get_requests', 'inspect', 'journal', 'list_services',
  'reset', 'rewind', 'seed', 'start_services', 'status', 'stop_services', 'wait'];

// callFor(signal, client, params): a call of a tool that ends with the signal.
export function describe(label, open, callFor) {
  const withClient = (name, run) => check(`${label}: ${name}`, async () => {
    const client = await open();
    try {
      const { tools } = await client.listTools(); // from here on results are held against their schemas
      await result(client, 'fault', { do: 'clear' });
      await result(client, 'reset');
      await run(client, tools);
    } finally {
      await client.close();
    }
  });

  withClient('tools', async (client, tools) => {
    equal(tools.map((t) => t.name).sort(), TOOLS.map((t) => `parlel_${t}`));
    for (const tool of tools) {
      ok(tool.title && tool.description && tool.annotations, tool.name);
      equal([tool.inputSchema.type, tool.inputSchema.additionalProperties, tool.outputSchema.type],
        ['object', false, 'object']);
    }
    equal(tools.find((t) => t.name === 'parlel_inspect').annotations.readOnlyHint, true);
    equal(tools.find((t) => t.name === 'parlel_reset').annotations.destructiveHint, true);
  });

  withClient('instructions and the server\'s name', async (client) => {
    ok(client.getInstructions().includes('parlel_execute'));
    equal(client.getServerVersion().name, 'parlel');
  });

  withClient('execute', async (client) => {
    equal(await execute(client, 'SET greeting "hello world"'), 'OK');
    equal(await execute(client, 'GET greeting'), 'hello world');
    equal(await execute(client, 'HSET h a 1 b 2'), 2);
    equal(await execute(client, 'HGETALL h'), { a: '1', b: '2' });
    equal(await execute(client, 'GET nothing'), null);
  });

  withClient('the service\'s own error', async (client) => {
    await execute(client, 'SET s 1');
    const answer = await call(client, 'execute', { service: 'redis', command: 'LPUSH s 1' });
    equal(answer.isError, true);
    ok(text(answer).startsWith('WRONGTYPE: Operation against a key holding the wrong kind of value'), text(answer));
    ok(text(answer).includes('Hint: '));
  });

  withClient('wrong arguments', async (client) => {
    for (const [name, args, piece] of [
      ['execute', { service: 'redis' }, 'command is missing'],
      ['execute', { service: 'redis', command: 'PING', colour: 'red' }, "'colour'"],
      ['journal', { limit: 'many' }, 'limit: expected an integer'],
      ['fault', { do: 'dance' }, 'do: expected one of'],
      ['inspect', { service: 'mars' }, "no service 'mars'"],
      ['rewind', { name: 'never' }, 'never'],
    ]) {
      const answer = await call(client, name, args);
      ok(answer.isError && text(answer).includes(piece), `${name}: ${text(answer)}`);
    }
  });

  withClient('an unknown tool', async (client) => {
    equal((await rejection(call(client, 'nothing'))).code, -32602);
  });

  withClient('results fit their schemas', async (client) => {
    await execute(client, 'SET k v EX 100');
    for (const [name, args] of [
      ['list_services'], ['status'], ['inspect', { service: 'redis' }], ['get_requests', { service: 'redis' }],
      ['journal', { limit: 5 }], ['checkpoint', { name: 'c' }], ['checkpoint'], ['rewind', { name: 'c' }],
      ['checkpoint', { name: 'c', do: 'drop' }], ['fork', { name: 'w' }], ['fork'],
      ['execute', { service: 'redis', command: 'DBSIZE', world: 'w' }], ['fork', { name: 'w', do: 'drop' }],
      ['clock'], ['clock', { advance: '1s' }], ['fault', { op: 'GET', action: 'error' }], ['fault'],
      ['fault', { do: 'clear' }], ['seed', { document: { redis: { keys: { a: '1' } } } }], ['reset', { service: 'redis' }],
      ['start_services', { services: ['redis'] }],
    ])
      await result(client, name, args);
  });

  withClient('resources', async (client) => {
    await execute(client, 'SET k v');
    const { resources } = await client.listResources();
    ok(resources.some((r) => r.uri === 'parlel://redis/state'));
    for (const { uri } of resources) {
      const { contents } = await client.readResource({ uri });
      equal(contents[0].uri, uri);
      JSON.parse(contents[0].text);
    }
    const { contents } = await client.readResource({ uri: 'parlel://redis/state' });
    ok(contents[0].text.includes('"k"'));
    const { resourceTemplates } = await client.listResourceTemplates();
    ok(resourceTemplates.some((t) => t.uriTemplate === 'parlel://{service}/schema'));
    const error = await rejection(client.readResource({ uri: 'parlel://mars/state' }));
    ok([-32002, -32602].includes(error.code), `${error.code}`);
  });

  withClient('a long result', async (client) => {
    await execute(client, `RPUSH l ${Array.from({ length: 1000 }, (_, i) => i).join(' ')}`);
    const long = await result(client, 'execute', { service: 'redis', command: 'LRANGE l 0 -1' });
    equal(long.result.length, 200);
    ok(long.note.includes('800 elements'), long.note);
  });

  withClient('wait for a command, beside others', async (client) => {
    const waited = result(client, 'wait', { service: 'redis', op: 'SET', key: 'job:*', timeout: '10s' });
    const redis = await connectRedis(client);
    equal(await redis.say('SET other 1'), '+OK');
    equal(await redis.say('SET job:1 1'), '+OK');
    equal((await waited).records.map((r) => r.key), ['job:1']);
    redis.end();
  });

  withClient('a wait that ends too late', async (client) => {
    const answer = await call(client, 'wait', { op: 'GET', timeout: '50ms' });
    equal(answer.isError, true);
    equal(answer.structuredContent.records, []);
  });

  withClient('a wait that is given up', async (client) => {
    const giveUp = new AbortController();
    const waited = rejection(callFor(giveUp.signal, client, { name: 'parlel_wait', arguments: { timeout: '30s' } }));
    setTimeout(() => giveUp.abort(), 50);
    await waited;
    equal(await execute(client, 'PING'), 'PONG');
  });

  withClient('a test\'s day', async (client) => {
    await result(client, 'seed', { document: { redis: { keys: { stock: '3' } } } });
    await result(client, 'checkpoint', { name: 'seeded' });
    const redis = await connectRedis(client);
    equal(await redis.say('SET session x EX 60'), '+OK');
    await result(client, 'clock', { advance: '61s' });
    equal(await redis.say('GET session'), '$-1');
    await result(client, 'fault', { service: 'redis', op: 'DECR', nth: 3, action: 'error=ERR:sold out' });
    equal([await redis.say('DECR stock'), await redis.say('DECR stock'), await redis.say('DECR stock')],
      [':2', ':1', '-ERR sold out']);
    await result(client, 'rewind', { name: 'seeded' });
    equal(await redis.say('GET stock'), '3');
    const { records } = await result(client, 'journal', { service: 'redis', key: 'stock' });
    equal(records.slice(-4).map((r) => [r.op, r.outcome]),
      [['DECR', 'ok'], ['DECR', 'ok'], ['DECR', 'error:ERR'], ['GET', 'ok']]);
    redis.end();
  });
}
