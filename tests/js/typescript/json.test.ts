import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, stringify } from "../../../sse-runtime/src/typescript/runtime/json.ts";

test("integers that a number would change are bigints, all others are numbers", () => {
  assert.equal(parse("18446744073709551615"), 18446744073709551615n);
  assert.equal(parse("-9223372036854775808"), -9223372036854775808n);
  assert.equal(parse("340282366920938463463374607431768211455"), 340282366920938463463374607431768211455n);
  assert.equal(parse("9007199254740991"), Number.MAX_SAFE_INTEGER);
  assert.equal(parse("9007199254740992"), 9007199254740992n);
  assert.equal(parse("-9007199254740991"), Number.MIN_SAFE_INTEGER);
  assert.equal(parse("1000000000000000"), 1e15);
});

test("numbers with a fraction or an exponent are numbers, however many digits they have", () => {
  assert.equal(parse("1234567890123456789.5"), 1234567890123456789.5);
  assert.equal(parse("12345678901234567890e2"), 12345678901234567890e2);
  assert.equal(parse("0.12345678901234567890"), 0.1234567890123456789);
});

test("digits in strings and keys stay as they are", () => {
  const text = String.raw`{"12345678901234567890":"12345678901234567890","a\"12345678901234567890":"\\"}`;
  assert.deepEqual(parse(text), JSON.parse(text));
  assert.deepEqual(parse(String.raw`["\\",12345678901234567890,"\\\"",1]`), ["\\", 12345678901234567890n, '\\"', 1]);
});

test("bigints come at any depth", () => {
  const value = { a: [1, { b: 12345678901234567890n }, "c"], d: -12345678901234567890n, e: null };
  const text = '{"a":[1,{"b":12345678901234567890},"c"],"d":-12345678901234567890,"e":null}';
  assert.deepEqual(parse(text), value);
  assert.equal(stringify(value), text);
});

test("a key `__proto__` is a key as any other", () => {
  const value = parse('{"__proto__":12345678901234567890}') as object;
  assert.deepEqual(Object.entries(value), [["__proto__", 12345678901234567890n]]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test("what is no JSON is refused, whatever digits it has", () => {
  const large = "12345678901234567890";
  for (const text of ["", "{", `${large}x`, `"${large}`, `[${large},]`, `0${large}`]) {
    assert.throws(() => parse(text), SyntaxError, text);
  }
});

test("a long string beside a large integer is read", () => {
  const long = '\\"'.repeat(1 << 20);
  assert.deepEqual(parse(`["${long}",12345678901234567890]`), ['"'.repeat(1 << 20), 12345678901234567890n]);
});

test("what is written is what JSON writes, but for bigints", () => {
  for (const value of [null, 1, "a", [undefined, 1], { a: undefined, b: { toJSON: () => 1 } }, undefined]) {
    assert.equal(stringify(value), JSON.stringify(value));
  }
  assert.equal(stringify(5n), "5");
  assert.equal(stringify(["5n", 5n]), '["5n",5]');
});

test("a `toJSON` of bigints, as some programs add, changes nothing", () => {
  const prototype = BigInt.prototype as { toJSON?: () => string };
  prototype.toJSON = function () {
    return String(this);
  };
  try {
    assert.equal(stringify({ a: [12345678901234567890n] }), '{"a":[12345678901234567890]}');
  } finally {
    delete prototype.toJSON;
  }
});
