import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor, Source } from "../../../sse-runtime/src/typescript/runtime/endpoint.ts";
import { ClientError } from "../../../sse-runtime/src/typescript/runtime/errors.ts";
import { requestOf } from "../../../sse-runtime/src/typescript/runtime/request.ts";

type Sources = Readonly<Record<string, Source>>;

type Base = string | URL;

function request(method: "GET" | "POST", path: string, sources: Sources, payload: unknown, base: Base = "http://a") {
  const descriptor = { name: "A::b", method, path, sources, data: "json", names: "any" } as const;
  return requestOf(descriptor as Descriptor<unknown, Record<string, unknown>>, base, payload);
}

const get = (payload: object, sources: Sources = {}, path = "/b") => request("GET", path, sources, payload).url;
const of = (path: string) => ({ v: { path } });

/** The payload is refused because of its member `v`. */
function refuses(call: () => unknown): void {
  assert.throws(call, (error: unknown) => {
    assert.ok(error instanceof ClientError && error.reason.kind === "request");
    assert.equal(error.reason.field, "v");
    assert.match(error.message, /^field `v`: /);
    return true;
  });
}

test("what has no source goes to the query, encoded", () => {
  assert.equal(get({ a: "x y&z=ü", b: 1, c: true }), "http://a/b?a=x%20y%26z%3D%C3%BC&b=1&c=true");
  assert.equal(get({ a: 12345678901234567890n }), "http://a/b?a=12345678901234567890");
  assert.equal(get({ "ä b": "" }), "http://a/b?%C3%A4%20b=");
  assert.equal(get({}), "http://a/b");
});

test("what is not there is left out, and a list repeats its key", () => {
  assert.equal(get({ a: null, b: undefined, c: ["x", null, "y"], d: [] }), "http://a/b?c=x&c=y");
});

test("what is nested does not go to a query", () => {
  for (const v of [{}, [[]], [{}], NaN, Infinity, () => 1, Symbol()]) refuses(() => get({ v }));
});

test("a path parameter is one segment, whatever it holds", () => {
  assert.equal(get({ v: "a/b?c#d%é." }, of("p"), "/x/{p}/y"), "http://a/x/a%2Fb%3Fc%23d%25%C3%A9./y");
  assert.equal(get({ v: 7 }, of("p"), "/x/v{p}.json"), "http://a/x/v7.json");
});

test("a path parameter that would be another path is refused", () => {
  for (const v of ["", ".", "..", null, undefined]) refuses(() => get({ v }, of("p"), "/x/{p}"));
});

test("a wildcard keeps its slashes", () => {
  assert.equal(get({ v: "a/b c/d" }, of("p"), "/x/{*p}"), "http://a/x/a/b%20c/d");
  for (const v of ["", "/a", "a//b", "a/../b", "a/."]) refuses(() => get({ v }, of("p"), "/x/{*p}"));
});

test("half of a surrogate pair goes nowhere", () => {
  refuses(() => get({ v: "\ud800" }));
  refuses(() => get({ v: "\ud800" }, of("p"), "/{p}"));
});

test("headers, cookies and the last event id have what is theirs, the body the rest", () => {
  const sources: Sources = {
    h: { header: "x-h" },
    c: { cookie: "c" },
    d: { cookie: "d" },
    l: "last-event-id",
    n: { header: "x-n" },
  };
  const made = request("POST", "/b", sources, { h: "ü", c: "1", d: 2, l: 3, n: null, rest: [1n], left: undefined });
  assert.deepEqual(made.headers, [
    ["accept", "text/event-stream"],
    ["x-h", "Ã¼"],
    ["cookie", "c=1; d=2"],
    ["content-type", "application/json"],
  ]);
  assert.equal(made.lastEventId, "3");
  assert.equal(made.body, '{"rest":[1]}');
});

test("what a header or a cookie cannot carry is refused", () => {
  for (const v of ["a\nb", "a\rb", "a\0b", " a", "a ", "\x7f", "\ud800"]) {
    refuses(() => request("GET", "/b", { v: { header: "x" } }, { v }));
  }
  for (const v of ["a b", "a;b", 'a"b', "a,b", "a\\b", "ü", "a\n"]) {
    refuses(() => request("GET", "/b", { v: { cookie: "x" } }, { v }));
  }
});

test("a `POST` without a payload has no body", () => {
  assert.equal(request("POST", "/b", {}, undefined).body, undefined);
});

test("a base may have a path, and no more", () => {
  const at = (base: Base) => request("GET", "/b", {}, {}, base).url;
  assert.equal(at("http://a:81/x/y/"), "http://a:81/x/y/b");
  assert.equal(at(new URL("https://a/x")), "https://a/x/b");
  for (const base of ["", "/x", "a", "ftp://a", "http://u:p@a", "http://u@a", "http://a/?b", "http://a/#b"]) {
    assert.throws(() => at(base), ClientError, base);
  }
});
