import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Decoder, type WireItem } from "../../../sse-runtime/src/typescript/runtime/decoder.ts";

/** The streams that the decoder in Rust is held to. */
interface Vector {
  readonly name: string;
  readonly stream?: string;
  readonly bytes?: number[];
  readonly maxLine?: number;
  readonly maxEvent?: number;
  readonly items: string[];
}

const file = new URL("../../../sse-runtime/src/wire/decode/vectors.json", import.meta.url);
const vectors = JSON.parse(await readFile(file, "utf8")) as Vector[];
const utf8 = new TextEncoder();

function textOf(item: WireItem): string {
  switch (item.kind) {
    case "message":
      return `${item.event}|${item.data}|${item.id}`;
    case "id":
      return `id:${item.id}`;
    case "retry":
      return item.time === 2 ** 64 ? "retry:longest" : `retry:${item.time}`;
    case "too-long":
      return item.what === "a line" ? "error:line" : "error:event";
  }
}

function read(decoder: Decoder, chunks: readonly Uint8Array[]): string[] {
  const seen = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let item = decoder.next(); item !== undefined; item = decoder.next()) seen.push(textOf(item));
  }
  return seen;
}

for (const { name, stream, bytes, maxLine, maxEvent, items } of vectors) {
  test(name, () => {
    const decoder = () => new Decoder("", { line: maxLine, event: maxEvent });
    const whole = stream === undefined ? Uint8Array.from(bytes ?? []) : utf8.encode(stream);
    assert.deepEqual(read(decoder(), [whole]), items);
    const single = Array.from(whole, (byte) => [Uint8Array.of(byte), new Uint8Array()]).flat();
    assert.deepEqual(read(decoder(), single), items, "byte by byte");
    for (let cut = 0; cut < whole.length; cut += 1) {
      const parts = [whole.subarray(0, cut), whole.subarray(cut)];
      assert.deepEqual(read(decoder(), parts), items, `cut at ${cut}`);
    }
  });
}

test("a line that ended in CR is not held back", () => {
  const decoder = new Decoder();
  assert.deepEqual(read(decoder, [utf8.encode("data: a\r\r")]), ["message|a|"]);
  assert.deepEqual(read(decoder, [utf8.encode("\ndata: b\n\n")]), ["message|b|"]);
});

test("a decoder goes on with the id of the stream before", () => {
  assert.deepEqual(read(new Decoder("7"), [utf8.encode("data: a\n\nid\ndata: b\n\n")]), ["message|a|7", "message|b|"]);
});

test("of a line over its limit nothing is kept, however long it is", () => {
  const decoder = new Decoder("", { line: 8 });
  const chunk = utf8.encode("x".repeat(1 << 16));
  assert.deepEqual(read(decoder, [chunk]), ["error:line"]);
  const before = process.memoryUsage().heapUsed;
  for (let chunks = 0; chunks < 10_000; chunks += 1) assert.deepEqual(read(decoder, [chunk]), []);
  assert.ok(process.memoryUsage().heapUsed - before < 100 << 20, "650 MB went through");
  assert.deepEqual(read(decoder, [utf8.encode("\n\ndata: b\n\n")]), ["message|b|"]);
});
