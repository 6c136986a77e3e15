// BullMQ: queues, workers, flows and events of a job system.
import { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import Redis from 'ioredis';
import { check, equal, eventually, main, ok, port } from './checks.mjs';

const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

// A queue with its events and as many workers as asked for, all closed at the end.
async function withQueue(name, run) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  const workers = [];
  const work = async (process, options = {}) => {
    const worker = new Worker(name, process, { connection, ...options });
    worker.on('error', () => {});
    workers.push(worker);
    await worker.waitUntilReady();
    return worker;
  };
  await events.waitUntilReady();
  try {
    await run({ queue, events, work });
  } finally {
    await Promise.all(workers.map((worker) => worker.close(true)));
    await Promise.all([events.close(), queue.close()]);
  }
}

const checkQueue = (name, run) => check(name, () => withQueue(name.replace(/\W+/g, '-'), run));

checkQueue('a job runs and its result comes back', async ({ queue, events, work }) => {
  await work(async (job) => job.data.a + job.data.b);
  const job = await queue.add('sum', { a: 2, b: 3 });
  equal(await job.waitUntilFinished(events, 5000), 5);
  equal(await queue.getJobCounts('completed', 'failed', 'waiting', 'active'), { completed: 1, failed: 0, waiting: 0, active: 0 });
});

checkQueue('jobs in bulk run once each, in order', async ({ queue, work }) => {
  const seen = [];
  await queue.addBulk(Array.from({ length: 200 }, (_, i) => ({ name: 'n', data: { i } })));
  await work(async (job) => seen.push(job.data.i));
  await eventually(() => seen.length === 200);
  equal(seen, Array.from({ length: 200 }, (_, i) => i));
});

checkQueue('concurrent workers share the jobs', async ({ queue, work }) => {
  const seen = [];
  for (let w = 0; w < 3; w++) await work(async (job) => seen.push(job.data.i), { concurrency: 5 });
  await queue.addBulk(Array.from({ length: 150 }, (_, i) => ({ name: 'n', data: { i } })));
  await eventually(() => seen.length >= 150);
  equal(new Set(seen).size, 150);
  equal(seen.length, 150);
});

checkQueue('a waiting worker wakes at once for a new job', async ({ queue, events, work }) => {
  await work(async () => 'woke');
  await new Promise((resolve) => setTimeout(resolve, 50));
  equal(await (await queue.add('x', {})).waitUntilFinished(events, 2000), 'woke');
});

checkQueue('a delayed job waits for its time', async ({ queue, events, work }) => {
  await work(async () => Date.now());
  const begin = Date.now();
  const job = await queue.add('later', {}, { delay: 300 });
  equal(await job.getState(), 'delayed');
  ok((await job.waitUntilFinished(events, 5000)) - begin >= 290);
});

checkQueue('priorities and LIFO decide the order', async ({ queue, work }) => {
  const seen = [];
  for (const [name, opts] of [['low', { priority: 10 }], ['high', { priority: 1 }], ['mid', { priority: 5 }], ['plain', {}], ['last-in', { lifo: true }]])
    await queue.add(name, {}, opts);
  equal(await queue.getPrioritizedCount(), 3);
  await work(async (job) => seen.push(job.name));
  await eventually(() => seen.length === 5);
  equal(seen, ['last-in', 'plain', 'high', 'mid', 'low']);
});

checkQueue('retries with a backoff, then success', async ({ queue, events, work }) => {
  await work(async (job) => {
    if (job.attemptsMade < 2) throw new Error('not yet');
    return job.attemptsMade;
  });
  const job = await queue.add('flaky', {}, { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
  equal(await job.waitUntilFinished(events, 5000), 2);
});

checkQueue('failed jobs: reason, stack, retry by hand', async ({ queue, events, work }) => {
  let broken = true;
  await work(async () => {
    if (broken) throw new UnrecoverableError('broken');
    return 'mended';
  });
  const job = await queue.add('x', {}, { attempts: 5 });
  const text = await job.waitUntilFinished(events, 5000).then(() => '', (error) => error.message);
  equal(text, 'broken');
  const failed = (await queue.getFailed())[0];
  equal([failed.failedReason, failed.attemptsMade], ['broken', 1]);
  broken = false;
  await failed.retry();
  await eventually(async () => (await queue.getJob(job.id)).returnvalue === 'mended');
});

checkQueue('progress, logs and events arrive in order', async ({ queue, events, work }) => {
  const seen = [];
  for (const name of ['added', 'active', 'progress', 'completed']) events.on(name, () => seen.push(name));
  await work(async (job) => {
    await job.updateProgress({ half: true });
    await job.log('line one');
    return 1;
  });
  const job = await queue.add('x', { d: 'x'.repeat(100000) });
  await job.waitUntilFinished(events, 5000);
  await eventually(() => seen.length === 4);
  equal(seen, ['added', 'active', 'progress', 'completed']);
  equal((await queue.getJobLogs(job.id)).logs, ['line one']);
});

checkQueue('a repeating job by interval, and its end', async ({ queue, work }) => {
  let runs = 0;
  await work(async () => runs++);
  await queue.upsertJobScheduler('tick', { every: 60 }, { name: 'tick' });
  await eventually(() => runs >= 3);
  equal((await queue.getJobSchedulers()).length, 1);
  ok(await queue.removeJobScheduler('tick'));
  equal((await queue.getJobSchedulers()).length, 0);
});

checkQueue('a repeating job by cron pattern', async ({ queue, work }) => {
  let runs = 0;
  await work(async () => runs++);
  await queue.upsertJobScheduler('each-second', { pattern: '* * * * * *' }, { name: 'cron' });
  await eventually(() => runs >= 1);
  await queue.removeJobScheduler('each-second');
});

checkQueue('a flow: the parent runs after its children, with their values', async ({ queue, events, work }) => {
  const flows = new FlowProducer({ connection });
  await work(async (job) => {
    if (job.name !== 'parent') return job.data.n * 2;
    const values = Object.values(await job.getChildrenValues());
    return values.sort((a, b) => a - b);
  });
  const child = (n) => ({ name: 'child', data: { n }, queueName: queue.name });
  const { job } = await flows.add({ name: 'parent', queueName: queue.name, children: [child(1), child(2), { ...child(3), children: [child(4)] }] });
  equal(await job.waitUntilFinished(events, 5000), [2, 4, 6]);
  await flows.close();
});

checkQueue('the same job id is added once, deduplication drops repeats', async ({ queue }) => {
  await queue.add('x', { n: 1 }, { jobId: 'same' });
  await queue.add('x', { n: 2 }, { jobId: 'same' });
  equal(await queue.count(), 1);
  const first = await queue.add('y', {}, { deduplication: { id: 'd', ttl: 5000 } });
  const second = await queue.add('y', {}, { deduplication: { id: 'd', ttl: 5000 } });
  equal(first.id, second.id);
});

checkQueue('a rate limit spreads the jobs', async ({ queue, work }) => {
  const at = [];
  await queue.addBulk(Array.from({ length: 6 }, () => ({ name: 'x', data: {} })));
  await work(async () => at.push(Date.now()), { limiter: { max: 2, duration: 150 } });
  await eventually(() => at.length === 6);
  ok(at[5] - at[0] >= 280, `all six within ${at[5] - at[0]} ms`);
});

checkQueue('pause and resume', async ({ queue, work }) => {
  let runs = 0;
  await queue.pause();
  await work(async () => runs++);
  await queue.add('x', {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  equal([runs, await queue.isPaused()], [0, true]);
  await queue.resume();
  await eventually(() => runs === 1);
});

checkQueue('a stalled job is taken up by another worker', async ({ queue, events, work }) => {
  await work(() => new Promise(() => {}), { lockDuration: 200, skipLockRenewal: true, skipStalledCheck: true });
  const job = await queue.add('x', {});
  await eventually(async () => (await job.getState()) === 'active');
  await work(async () => 'rescued', { lockDuration: 1000, stalledInterval: 100 });
  equal(await job.waitUntilFinished(events, 8000), 'rescued');
});

checkQueue('removal: of jobs, by cleaning, of everything', async ({ queue, work }) => {
  const job = await queue.add('a', {});
  await job.remove();
  equal(await queue.getJob(job.id), undefined);
  const kept = [];
  await work(async (j) => kept.push(j.id), { removeOnComplete: { count: 3 } });
  await queue.addBulk(Array.from({ length: 10 }, () => ({ name: 'x', data: {} })));
  await eventually(() => kept.length === 10);
  await eventually(async () => (await queue.getCompletedCount()) === 3);
  equal((await queue.clean(0, 100, 'completed')).length, 3);
  await queue.obliterate({ force: true });
  const redis = new Redis(connection);
  equal(await redis.keys(`bull:${queue.name}:*`), []);
  redis.disconnect();
});

await main();
