import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Backoff, sleep } from "../../../sse-runtime/src/typescript/runtime/retry.ts";

/** The shortest and the longest wait after each of so many failures in a row. */
function waits(failures: number, make: () => Backoff): [number | undefined, number | undefined][] {
  const all = [0, 1].map((chance) => {
    const random = mock.method(Math, "random", () => chance);
    const backoff = make();
    const waits = Array.from({ length: failures }, () => {
      backoff.begins(0);
      return backoff.failed(0);
    });
    random.mock.restore();
    return waits;
  });
  return Array.from({ length: failures }, (_, at) => [all[0]?.[at], all[1]?.[at]]);
}

const advised = (time: number, policy = {}) => () => {
  const backoff = new Backoff(policy);
  backoff.advise(time);
  return backoff;
};

test("waits are drawn from the floor up to a bound that doubles up to the ceiling", () => {
  assert.deepEqual(waits(6, () => new Backoff()), [
    [100, 6_000],
    [100, 12_000],
    [100, 24_000],
    [100, 48_000],
    [100, 60_000],
    [100, 60_000],
  ]);
});

test("the server's `retry:` is the shortest wait, within floor and ceiling", () => {
  assert.deepEqual(waits(2, advised(1_000)), [[1_000, 2_000], [1_000, 4_000]]);
  assert.deepEqual(waits(2, advised(0)), [[100, 200], [100, 400]]);
  assert.deepEqual(waits(2, advised(2 ** 64)), [[60_000, 60_000], [60_000, 60_000]]);
});

test("what a response asks for is waited for, up to the ceiling", () => {
  const backoff = new Backoff();
  const least = (retryAfter: number) => {
    const random = mock.method(Math, "random", () => 0);
    const wait = backoff.failed(0, retryAfter);
    random.mock.restore();
    return wait;
  };
  assert.equal(least(5_000), 5_000);
  assert.equal(least(-5_000), 100);
  assert.equal(least(1e12), 60_000);
});

test("a success counts anew, and its own end is no failure", () => {
  const backoff = new Backoff({ maxAttempts: 2 });
  assert.notEqual(backoff.failed(0), undefined);
  backoff.succeeded();
  assert.notEqual(backoff.failed(0), undefined);
  assert.equal(backoff.attempts, 0);
  assert.notEqual(backoff.failed(0), undefined);
  assert.equal(backoff.failed(0), undefined);
});

test("after a success waits are as short as at first, and time begins anew", () => {
  const random = mock.method(Math, "random", () => 1);
  const backoff = new Backoff({ maxElapsed: 100_000 });
  for (const _ of [1, 2, 3]) backoff.failed(0);
  backoff.succeeded();
  assert.equal(backoff.failed(1_000_000), 6_000);
  assert.equal(backoff.failed(1_000_000), 6_000);
  assert.equal(backoff.failed(1_000_000), 12_000);
  random.mock.restore();
});

test("no attempt begins later than `maxElapsed` after the first in a row", () => {
  const backoff = new Backoff({ maxElapsed: 1_000, floor: 400, ceiling: 400 });
  backoff.begins(0);
  assert.equal(backoff.failed(100), 400);
  backoff.begins(500);
  assert.equal(backoff.failed(600), 400);
  backoff.begins(1_000);
  assert.equal(backoff.failed(1_000), undefined);
});

test("a sleep ends with its signal", async () => {
  const closing = new AbortController();
  const asleep = sleep(1e9, closing.signal);
  closing.abort();
  await asleep;
  await sleep(1e9, closing.signal);
});
